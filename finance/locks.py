"""The row locks of finance, each in key order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection


class ClaimedPosting(NamedTuple):
    """An order that this process posts now."""

    id: int
    order_id: int
    shipment_id: int


def claim_postings(limit: int, *, only: Sequence[int] | None = None) -> list[ClaimedPosting]:
    """Lock up to ``limit`` due postings (of these ids alone, if given) that no other process holds, the oldest first."""
    among, params = ("", []) if only is None else (" AND id = ANY(%s)", [list(only)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, order_id, shipment_id FROM finance_postingdue WHERE reason_code = ''{among} "
            "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
            [*params, limit],
        )
        return [ClaimedPosting._make(row) for row in cursor.fetchall()]


def reopen_postings(ids: Sequence[int]) -> int:
    """Make postings that were set aside due again; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT id FROM finance_postingdue WHERE id = ANY(%s) AND reason_code <> '' "
            "ORDER BY id FOR UPDATE) "
            "UPDATE finance_postingdue d SET reason_code = '', facts = '{}' FROM held WHERE d.id = held.id",
            [list(ids)],
        )
        return int(cursor.rowcount)
