"""Leases on due rows, for work that happens outside a transaction.

A process claims rows by ``FOR UPDATE SKIP LOCKED``, commits, works, and records its result only where it still holds
the row: each claim raises the row's fence, so a process that slept past its lease cannot write over its successor.

Leases are short, so that a killed process is soon replaced, and kept alive beside the work (``kept``), so that a long call is no reason
to lose one.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection

from oms.core.models.lease import Leased

LEASE = dt.timedelta(seconds=15)
"""What a claimed row is given at first and with each renewal."""
LONGEST_S = 600.0
"""A lease is kept alive for so long at most: as long as the longest task (CELERY_TASK_TIME_LIMIT)."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A row held until its lease ends; ``attempt`` counts claims including this one."""

    id: int
    fence: int
    attempt: int


def claim(
    model: type[Leased], *, where: str, params: Sequence[Any] = (), order_by: str, limit: int, lease: dt.timedelta
) -> list[Claim]:
    """Claim up to ``limit`` free rows that meet the SQL condition, in order; one statement, its own commit."""
    table = connection.ops.quote_name(model._meta.db_table)
    statement = (
        f"WITH due AS (SELECT id FROM {table} WHERE (lease_until IS NULL OR lease_until < now()) AND ({where}) "
        f"ORDER BY {order_by} LIMIT %s FOR UPDATE SKIP LOCKED) "
        f"UPDATE {table} t SET lease_until = now() + make_interval(secs => %s), fence = t.fence + 1, attempt = t.attempt + 1 "
        f"FROM due WHERE t.id = due.id RETURNING t.id, t.fence, t.attempt"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, limit, lease.total_seconds()])
        return [Claim(*row) for row in sorted(cursor.fetchall())]


def still_held(model: type[Leased], claims: Iterable[Claim]) -> set[int]:
    """Lock the claimed rows in key order and return the ids whose fence is still ours; inside a transaction."""
    held = list(claims)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id FROM {table} t JOIN unnest(%s::bigint[], %s::bigint[]) AS c(id, fence) "
            f"ON t.id = c.id AND t.fence = c.fence ORDER BY t.id FOR UPDATE OF t",
            [[c.id for c in held], [c.fence for c in held]],
        )
        return {row[0] for row in cursor.fetchall()}


def renew(model: type[Leased], held: Claim, lease: dt.timedelta) -> bool:
    """Extend a lease that is still ours; False when another process has taken the row over."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET lease_until = now() + make_interval(secs => %s) WHERE id = %s AND fence = %s",
            [lease.total_seconds(), held.id, held.fence],
        )
        return bool(cursor.rowcount == 1)


@contextmanager
def kept(model: type[Leased], claims: Sequence[Claim], lease: dt.timedelta = LEASE) -> Iterator[None]:
    """Keep the leases alive while the block runs, from a thread of its own; those given up or lost meanwhile are let be.

    The thread opens its connection when the block takes longer than a third of the lease.
    """
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(model, claims, lease, done), name="leases", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()


def _keep(model: type[Leased], claims: Sequence[Claim], lease: dt.timedelta, done: threading.Event) -> None:
    deadline = time.monotonic() + LONGEST_S
    try:
        while not done.wait(lease.total_seconds() / 3) and time.monotonic() < deadline:
            _renew_all(model, claims, lease)
    except DatabaseError as error:
        # The work itself will complain; a lease that is not kept only runs out.
        logger.warning("leases could not be kept: %s", error)
    finally:
        connection.close()


def _renew_all(model: type[Leased], claims: Sequence[Claim], lease: dt.timedelta) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH held AS (SELECT t.id FROM {table} t JOIN unnest(%s::bigint[], %s::bigint[]) AS c(id, fence) "
            f"ON t.id = c.id AND t.fence = c.fence WHERE t.lease_until IS NOT NULL ORDER BY t.id FOR UPDATE OF t SKIP LOCKED) "
            f"UPDATE {table} t SET lease_until = now() + make_interval(secs => %s) FROM held WHERE t.id = held.id",
            [[c.id for c in claims], [c.fence for c in claims], lease.total_seconds()],
        )
