"""The row locks of the warehouse, each in key order. Stock is locked last in a transaction, and never skipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import connection

from oms.core.bulk import array_text

StockKey = tuple[int, int]


def lock_balances(keys: Iterable[StockKey]) -> dict[StockKey, int]:
    """Lock the balances in key order and return what is available of each; missing balances are absent."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.warehouse_id, b.sku_id, b.on_hand - b.reserved - b.safety FROM warehouse_stockbalance b "
            "JOIN unnest(%s::bigint[], %s::bigint[]) AS w(warehouse_id, sku_id) "
            "ON b.warehouse_id = w.warehouse_id AND b.sku_id = w.sku_id "
            "ORDER BY b.warehouse_id, b.sku_id FOR UPDATE OF b",
            [array_text([k[0] for k in wanted]), array_text([k[1] for k in wanted])],
        )
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def change_balances(on_hand: Mapping[StockKey, int], reserved: Mapping[StockKey, int], *, guard: bool) -> set[StockKey]:
    """Add to on hand and reserved of many balances by one statement that locks them in key order.

    With ``guard`` a balance changes only if what is available covers the growth of the reserved figure. Returns the keys that
    changed; the CHECK constraints stop what no caller may do.
    """
    keys = sorted(set(on_hand) | set(reserved))
    if not keys:
        return set()
    condition = " AND (held.reserved <= 0 OR b.on_hand - b.reserved - b.safety >= held.reserved)" if guard else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT b.id, w.on_hand, w.reserved FROM warehouse_stockbalance b "
            "JOIN unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[]) AS w(warehouse_id, sku_id, on_hand, reserved) "
            "ON b.warehouse_id = w.warehouse_id AND b.sku_id = w.sku_id "
            "ORDER BY b.warehouse_id, b.sku_id FOR UPDATE OF b) "
            "UPDATE warehouse_stockbalance b SET on_hand = b.on_hand + held.on_hand, reserved = b.reserved + held.reserved "
            f"FROM held WHERE b.id = held.id{condition} RETURNING b.warehouse_id, b.sku_id",
            [
                array_text([k[0] for k in keys]),
                array_text([k[1] for k in keys]),
                array_text([on_hand.get(k, 0) for k in keys]),
                array_text([reserved.get(k, 0) for k in keys]),
            ],
        )
        return {(row[0], row[1]) for row in cursor.fetchall()}


def lock_live_shipments(order_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Lock the shipments of the orders that are not cancelled, in key order: order id to (shipment id, state)."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, order_id, state FROM warehouse_shipment WHERE order_id = ANY(%s) AND state <> 'cancelled' "
            "ORDER BY id FOR UPDATE",
            [wanted],
        )
        return {row[1]: (row[0], row[2]) for row in cursor.fetchall()}


def claim_live_shipments(order_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """As ``lock_live_shipments``, but those that somebody holds are left out instead of waited for."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, order_id, state FROM warehouse_shipment WHERE order_id = ANY(%s) AND state <> 'cancelled' "
            "ORDER BY id FOR UPDATE SKIP LOCKED",
            [wanted],
        )
        return {row[1]: (row[0], row[2]) for row in cursor.fetchall()}


def close_reservations(demand_ids: Iterable[int], state: str) -> list[tuple[int, int, int]]:
    """Close the active reservations of the demands, locked in key order; warehouse, SKU and units of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT id FROM warehouse_reservation WHERE demand_id = ANY(%s) AND state = 'active' "
            "ORDER BY demand_id, sku_id FOR UPDATE) "
            "UPDATE warehouse_reservation r SET state = %s, closed_at = now() FROM held WHERE r.id = held.id "
            "RETURNING r.warehouse_id, r.sku_id, r.quantity",
            [list(demand_ids), state],
        )
        return list(cursor.fetchall())


class LockedShipment(NamedTuple):
    """What shipping needs of a shipment that it is about to change."""

    id: int
    no: str
    order_id: int
    state: str
    warehouse_id: int
    carrier_id: int
    waybill_no: str
    intercepted: bool
    intercept_reason: str
    reprint_due: bool


class LockedPurchase(NamedTuple):
    """What of a purchase order decides whether it may be changed or received."""

    id: int
    no: str
    state: str
    warehouse_id: int
    external_no: str


class LockedRange(NamedTuple):
    """A range of waybill numbers with what is left of it: ``next`` up to and with ``last``."""

    id: int
    carrier_id: int
    prefix: str
    width: int
    next: int
    last: int


def lock_shipments(ids: Iterable[int]) -> dict[int, LockedShipment]:
    """Lock shipments in key order, waiting for whoever holds them; those that do not exist are absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, no, order_id, state, warehouse_id, carrier_id, waybill_no, intercepted, intercept_reason, "
            "reprint_due FROM warehouse_shipment WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            [sorted(set(ids))],
        )
        return {row[0]: LockedShipment._make(row) for row in cursor.fetchall()}


def lock_ranges(carrier_ids: Iterable[int]) -> list[LockedRange]:
    """Lock the carriers' ranges that are in use and not used up, in key order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, carrier_id, prefix, width, next, last FROM warehouse_waybillrange "
            "WHERE carrier_id = ANY(%s) AND enabled AND next <= last ORDER BY id FOR UPDATE",
            [sorted(set(carrier_ids))],
        )
        return [LockedRange._make(row) for row in cursor.fetchall()]


def lock_purchase(purchase_id: int) -> LockedPurchase | None:
    """Lock a purchase order, waiting for whoever holds it; None when there is none. Its lines and arrivals belong to who holds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, no, state, warehouse_id, external_no FROM warehouse_purchaseorder WHERE id = %s FOR UPDATE",
            [purchase_id],
        )
        row = cursor.fetchone()
        return None if row is None else LockedPurchase._make(row)


def lock_opening_balances() -> None:
    """Let one import of opening stock at a time see what is open and add to it, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('warehouse.opening_balances'))")
