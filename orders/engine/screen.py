"""Stage 0, screen: orders whose buyer wants the money back stop before anything else is decided."""

from __future__ import annotations

from dataclasses import replace

from orders.engine.decisions import Decision, Outcome
from orders.engine.reasons import ExceptionReason
from orders.engine.values import OrderPlan, Plan, Snapshot

STAGE = "screen"


def plan_screen(plan: Plan, _snapshot: Snapshot) -> Plan:
    """Stop orders with an undecided refund, and orders of which nothing is left to ship."""
    return replace(plan, orders=tuple(_screen(order) for order in plan.orders))


def _screen(order: OrderPlan) -> OrderPlan:
    lines = order.draft.lines
    waiting = [line.position for line in lines if line.refund_open]
    if waiting:
        decision = Decision(STAGE, Outcome.REJECTED, ExceptionReason.REFUND_REQUESTED, facts={"lines": waiting})
        return order.stopped(ExceptionReason.REFUND_REQUESTED, decision)
    if not any(line.ships for line in lines):
        decision = Decision(STAGE, Outcome.REJECTED, ExceptionReason.NOTHING_TO_SHIP)
        return order.stopped(ExceptionReason.NOTHING_TO_SHIP, decision)
    return order
