"""Stage 4, reserve stock: orders that passed the customer service audit take their units, in the order of the batch.

An order takes all it needs or nothing. What is left is handed on, so that no unit is promised twice. What a failed check has stopped
waits until the figures agree again.
"""

from __future__ import annotations

from orders.engine.decisions import Decision, Outcome
from orders.engine.reasons import ExceptionReason
from orders.engine.values import OrderPlan, Plan, Snapshot

STAGE = "reserve"


def plan_reserve(plan: Plan, snapshot: Snapshot) -> Plan:
    """Allot the stock that is left to the orders that passed, first come first served."""
    left = dict(plan.stock_left)
    checked = bool(snapshot.orders_under_check or snapshot.stock_under_check)
    orders: list[OrderPlan] = []
    for order in plan.orders:
        if order.waits or not order.cs_passed or order.warehouse_id is None:
            orders.append(order)
            continue
        warehouse = order.warehouse_id
        needed = order.units()
        if checked and (
            order.draft.order_id in snapshot.orders_under_check
            or any((warehouse, sku) in snapshot.stock_under_check for sku in needed)
        ):
            decision = Decision(STAGE, Outcome.CANNOT_TELL, ExceptionReason.UNDER_CHECK)
            orders.append(order.stopped(ExceptionReason.UNDER_CHECK, decision))
            continue
        short = {
            snapshot.skus[sku].code: [units, max(left.get((warehouse, sku), 0), 0)]
            for sku, units in needed.items()
            if units > left.get((warehouse, sku), 0)
        }
        if short:
            decision = Decision(STAGE, Outcome.CANNOT_TELL, ExceptionReason.OUT_OF_STOCK, facts={"short": short})
            orders.append(order.stopped(ExceptionReason.OUT_OF_STOCK, decision))
            continue
        for sku, units in needed.items():
            left[warehouse, sku] -= units
        decision = Decision(STAGE, Outcome.APPLIED, "reserved", facts={"units": sum(needed.values())})
        orders.append(order.decided(decision, reserved=tuple(needed.items())))
    return Plan(tuple(orders), left)
