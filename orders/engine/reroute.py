"""Another warehouse or carrier for orders that passed the audit: routed as a person's order is, and their stock taken there.

    free      what is available, without what the orders hold
    moves     the new warehouse is another one than the order's: all its units are taken there, or it stays as it was
    left      free, less what earlier orders of the batch took, and what they gave back where they moved away

An order that stays at its warehouse keeps what it holds. Pure; the orders come with what a person asks for in ``draft.kept``.
"""

from __future__ import annotations

from collections.abc import Sequence

from oms.core.values import replace
from orders.engine.decisions import Decision, Outcome
from orders.engine.margin import margin_of
from orders.engine.reasons import ExceptionReason
from orders.engine.reserve import STAGE as RESERVE
from orders.engine.route import plan_route
from orders.engine.values import OrderPlan, Plan, Snapshot, StockKey


def plan_reroute(orders: Sequence[OrderPlan], snapshot: Snapshot) -> tuple[OrderPlan, ...]:
    """The orders with their new place, in the given order; those that cannot have it are stopped by the reason.

    ``reserved`` names the units of orders that move; it is empty for those that keep theirs. An order of a person is never divided.
    """
    room: dict[StockKey, int] = dict(snapshot.available)
    for order in orders:
        for warehouse, sku, units in order.draft.reserved:
            room[warehouse, sku] = room.get((warehouse, sku), 0) + units
    routed = plan_route(Plan(tuple(orders), room), snapshot).orders
    left = dict(snapshot.available)
    return tuple(_with_margin(_moved(order, left, snapshot), snapshot) for order in routed)


def _moved(order: OrderPlan, left: dict[StockKey, int], snapshot: Snapshot) -> OrderPlan:
    site = order.warehouse_id
    if order.waits or site is None:
        return order
    if order.draft.order_id in snapshot.orders_under_check:
        return _under_check(order)
    leaving = [(warehouse, sku, units) for warehouse, sku, units in order.draft.reserved if warehouse != site]
    if any((site, sku) in snapshot.stock_under_check for _from, sku, _units in leaving):
        return _under_check(order)
    short = {
        snapshot.skus[sku].code: [units, max(left.get((site, sku), 0), 0)]
        for _from, sku, units in leaving
        if units > left.get((site, sku), 0)
    }
    if short:
        decision = Decision(RESERVE, Outcome.CANNOT_TELL, ExceptionReason.OUT_OF_STOCK, facts={"short": short})
        return order.stopped(ExceptionReason.OUT_OF_STOCK, decision)
    for warehouse, sku, units in leaving:
        left[site, sku] -= units
        left[warehouse, sku] = left.get((warehouse, sku), 0) + units
    return replace(order, reserved=tuple((sku, units) for _from, sku, units in leaving))


def _under_check(order: OrderPlan) -> OrderPlan:
    return order.stopped(
        ExceptionReason.UNDER_CHECK, Decision(RESERVE, Outcome.CANNOT_TELL, ExceptionReason.UNDER_CHECK)
    )


def _with_margin(order: OrderPlan, snapshot: Snapshot) -> OrderPlan:
    margin = margin_of(order, snapshot)
    return replace(order, terms=replace(order.terms, margin=None if margin is None else margin.amount))
