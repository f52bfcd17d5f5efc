"""Numbers that people read, made from ids that the database hands out.

A number is ``prefix + yymmdd + id modulo ten million``: unique as long as fewer than ten million documents of a kind
are made on one day, and made without a counter row that every worker would have to lock. Gaps are allowed.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import connection, models

MODULUS = 10_000_000
BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """``count`` fresh ids of the model's table from its identity sequence, in one query, ascending."""
    if count <= 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def business_day(at: dt.datetime) -> dt.date:
    """The calendar day in China on which the instant falls."""
    return at.astimezone(BUSINESS_ZONE).date()


def number(prefix: str, day: dt.date, identity: int) -> str:
    """The number of a document, such as ``SO2611230000841``."""
    return f"{prefix}{day:%y%m%d}{identity % MODULUS:07d}"
