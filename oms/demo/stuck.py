"""Which processes hang, read from their signs of life without loading the product: the supervisor has no Django of its own."""

from __future__ import annotations

from contextlib import closing

import psycopg2

SILENT_AFTER = 45
"""Seconds, as ``oms.core.heartbeat`` has it."""


def stuck(url: str) -> set[int]:
    """Ids of processes that have not said goodbye and were not heard of for too long.

    None while the database is away, or has not been back for as long: until then nobody could say anything.
    """
    try:
        with closing(psycopg2.connect(url, connect_timeout=2)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM core_heart WHERE stopped_at IS NULL AND beat_at < now() - make_interval(secs => %s) "
                "AND pg_postmaster_start_time() < now() - make_interval(secs => %s)",
                [SILENT_AFTER, SILENT_AFTER],
            )
            return {pid for (pid,) in cursor.fetchall()}
    except psycopg2.OperationalError:
        return set()
