"""Stage deposit: an order of which only the deposit is paid waits for the final payment.

It comes before campaigns, so that nothing is given, routed or reserved for what the buyer may never pay; listings are matched and bundles
expanded before it, so that a clerk sees in good time what will be needed. No audit, policy or rule lets such an order pass: the trade
brings the final payment, and the order is then decided on as if it had come just now.
"""

from __future__ import annotations

from dataclasses import replace

from orders.engine.decisions import Decision, Outcome
from orders.engine.values import OrderPlan, Plan, Presale, Snapshot

STAGE = "deposit"


def plan_deposit(plan: Plan, _snapshot: Snapshot) -> Plan:
    """Let orders wait whose final payment is missing."""
    if all(order.draft.deposit is None for order in plan.orders):
        return plan
    return replace(plan, orders=tuple([_wait(order) for order in plan.orders]))


def _wait(order: OrderPlan) -> OrderPlan:
    draft = order.draft
    if draft.deposit is None or order.exceptions:
        return order
    facts = {"paid": str(draft.deposit), "missing": str(draft.paid_amount - draft.deposit)}
    return order.decided(Decision(STAGE, Outcome.APPLIED, "deposit_paid", facts=facts), presale=Presale("", None))
