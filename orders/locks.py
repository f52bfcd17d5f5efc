"""The row locks of the orders, each in key order. See docs/locking.md for the order between tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction

from oms.core.bulk import array_text
from orders.states import APPROVED
from warehouse.locks import claim_live_shipments, lock_live_shipments
from warehouse.states import RELEASED


class LockedTrade(NamedTuple):
    """What intake needs of a trade that it is about to change."""

    id: int
    trade_no: str
    modified: dt.datetime | None
    digest: bytes
    state: str
    receiver_id: int | None
    receiver_digest: str


class DueTrade(NamedTuple):
    """A due trade as the pipeline claims it; ``document`` is the stored form (``orders.trades.document``)."""

    id: int
    shop_id: int
    trade_no: str
    version: int
    document: dict[str, Any]
    receiver_id: int | None
    region_code: str | None
    placed_at: dt.datetime | None
    paid_at: dt.datetime | None
    paid_amount: Decimal
    reason_code: str
    order_id: int | None


def lock_trades(shop_id: int, trade_nos: Sequence[str]) -> list[LockedTrade]:
    """Lock the shop's trades with these numbers in key order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, trade_no, modified, digest, state, receiver_id, COALESCE(document->>'receiver_digest', '') "
            "FROM orders_trade WHERE trade_no = ANY(%s) AND shop_id = %s ORDER BY id FOR UPDATE",
            [list(trade_nos), shop_id],
        )
        return [LockedTrade._make((*row[:3], bytes(row[3]), *row[4:])) for row in cursor.fetchall()]


def claim_due_trades(
    limit: int, *, shop_ids: Sequence[int] | None = None, only: Sequence[int] | None = None
) -> list[DueTrade]:
    """Lock up to ``limit`` due trades (of these shops, of these ids alone, if given) that no other worker holds, those paid first first;
    held until the transaction ends."""
    among, params = "", list[Any]()
    for column, ids in (("shop_id", shop_ids), ("id", only)):
        if ids is not None:
            among, params = f"{among} AND t.{column} = ANY(%s)", [*params, list(ids)]
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT t.* FROM orders_trade t WHERE t.state = 'due'" + among + " "
            "ORDER BY t.paid_at, t.id LIMIT %s FOR UPDATE SKIP LOCKED) "
            "SELECT due.id, due.shop_id, due.trade_no, due.version, due.document::text, due.receiver_id, r.region_id, "
            "due.placed_at, due.paid_at, due.paid_amount, due.reason_code, o.id "
            "FROM due LEFT JOIN catalog_receiver r ON r.id = due.receiver_id "
            "LEFT JOIN orders_order o ON o.origin_trade_id = due.id ORDER BY due.paid_at, due.id",
            [*params, limit],
        )
        return [DueTrade._make((*row[:4], orjson.loads(row[4]), *row[5:])) for row in cursor.fetchall()]


def claim_due_orders(limit: int, *, only: Sequence[int] | None = None) -> list[int]:
    """Lock up to ``limit`` orders (of these alone, if given) that are to be processed again and that nobody holds; ids in the order of
    being due.

    Asked with no room left as well, so that a full batch makes as many statements as one that is not.
    """
    among, params = ("", []) if only is None else ("AND id = ANY(%s) ", [list(only)])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM orders_order WHERE reprocess_at <= now() "
            f"AND state IN ('exception', 'presale', 'cs_review') {among}"
            "ORDER BY reprocess_at, id LIMIT %s FOR UPDATE SKIP LOCKED",
            [*params, max(limit, 0)],
        )
        return [row[0] for row in cursor.fetchall()]


def claim_merge_candidates(keys: Iterable[bytes], besides: Collection[int]) -> list[int]:
    """Lock the orders with these merge keys whose parcel nobody has begun, in key order; those that somebody holds are left out.

    Shipments come before orders; nothing is waited for, since the caller holds locks already. Three queries at most.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM orders_order WHERE merge_key = ANY(%s) AND id <> ALL(%s) " + MERGEABLE + " ORDER BY id",
            [wanted, list(besides)],
        )
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    shipments = claim_live_shipments(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, state FROM orders_order WHERE id = ANY(%s) "
            + MERGEABLE
            + " ORDER BY id FOR UPDATE SKIP LOCKED",
            [ids],
        )
        return [
            order_id
            for order_id, state in cursor.fetchall()
            if state != "approved" or shipments.get(order_id, (0, ""))[1] == RELEASED
        ]


MERGEABLE = (
    "AND state IN ('cs_review', 'finance_review', 'approved') AND NOT held AND NOT intercepted "
    "AND NOT 'merge' = ANY(left_alone)"
)


def lock_orders(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Lock orders in key order, waiting for whoever holds them, and return what ``LOCKED_ORDER`` names by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(LOCKED_ORDER)} FROM orders_order WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE",
            [array_text(wanted)],
        )
        return {row[0]: dict(zip(LOCKED_ORDER, row, strict=True)) for row in cursor.fetchall()}


MARK_COLUMNS = ("tags", "internal_note", "reminders", "reminded_at")
"""The columns of ``orders.engine.marks``."""

OWNER_COLUMNS = ("department_id", "salesperson_id", "business_type")
"""The columns of who an order belongs to."""

LOCKED_ORDER = (
    "id",
    "state",
    "version",
    "held",
    "intercepted",
    "attention",
    "no",
    "shop_id",
    "posted",
    "urgent",
    "left_alone",
    "origin",
    "deposit",
    *MARK_COLUMNS,
    *OWNER_COLUMNS,
)


LATE_PARCELS = 5


class _LateParcel(Exception):
    """An order got its parcel while it was waited for."""


def lock_with_parcels(ids: Iterable[int]) -> tuple[dict[int, tuple[int, str]], dict[int, dict[str, Any]]]:
    """Lock the live shipments of the orders, then the orders, and return both (``lock_live_shipments``, ``lock_orders``).

    An order may be approved while it is waited for. Its parcel would then be locked after it, against the order of locks: what was
    locked here is let go (the savepoint) and locked anew, now with the parcel.
    """
    wanted = sorted(set(ids))
    for attempt in range(1, LATE_PARCELS + 1):
        try:
            with transaction.atomic():
                live, locked = lock_live_shipments(wanted), lock_orders(wanted)
                if attempt < LATE_PARCELS and any(
                    row["state"] == APPROVED and order_id not in live for order_id, row in locked.items()
                ):
                    raise _LateParcel
                return live, locked
        except _LateParcel:
            continue
    raise AssertionError("unreachable")


def mark_due(ids: Iterable[int]) -> None:
    """Make orders before the audit due for the pipeline. They are locked in key order; one held by a batch is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT id FROM orders_order WHERE id = ANY(%s) "
            "AND state IN ('exception', 'presale', 'cs_review') ORDER BY id FOR UPDATE) "
            "UPDATE orders_order o SET reprocess_at = now() FROM held WHERE o.id = held.id",
            [sorted(set(ids))],
        )


class LockedUpload(NamedTuple):
    """A waybill upload as it stands under lock."""

    id: int
    order_id: int
    state: str
    waybill_no: str
    reason_code: str
    will_retry: bool


def lock_uploads(ids: Iterable[int]) -> dict[int, LockedUpload]:
    """Lock waybill uploads in key order; those that do not exist are absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, order_id, state, waybill_no, reason_code, will_retry FROM orders_waybillupload "
            "WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [sorted(set(ids))],
        )
        return {row[0]: LockedUpload._make(row) for row in cursor.fetchall()}


class LockedMemo(NamedTuple):
    """A memo for a platform as it stands under lock."""

    id: int
    order_id: int
    revision: int
    state: str
    reason_code: str
    will_retry: bool


def lock_memos(ids: Iterable[int]) -> dict[int, LockedMemo]:
    """Lock memos for platforms in key order; those that do not exist are absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, order_id, revision, state, reason_code, will_retry FROM orders_memoupload "
            "WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [sorted(set(ids))],
        )
        return {row[0]: LockedMemo._make(row) for row in cursor.fetchall()}


def lock_memo_messages(topic: str, memo_ids: Iterable[int]) -> dict[int, list[int]]:
    """Lock the open outbox messages of memos in key order: memo id to message ids. Before the memos, as delivery does it."""
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, split_part(key, ':', 1)::bigint FROM core_outboxmessage WHERE topic = %s AND state <> 'done' "
            "AND split_part(key, ':', 1) = ANY(%s) ORDER BY id FOR UPDATE",
            [topic, [str(memo_id) for memo_id in memo_ids]],
        )
        for message_id, memo_id in cursor.fetchall():
            found.setdefault(memo_id, []).append(message_id)
    return found


def lock_upload_messages(topic: str, upload_ids: Iterable[int]) -> dict[int, int]:
    """Lock the outbox messages of uploads in key order: upload id to message id. Before the uploads, as delivery does it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, key FROM core_outboxmessage WHERE topic = %s AND key = ANY(%s) ORDER BY id FOR UPDATE",
            [topic, [str(upload_id) for upload_id in upload_ids]],
        )
        return {int(key): message_id for message_id, key in cursor.fetchall()}
