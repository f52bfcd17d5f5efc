"""Stage 1, match listings: what the buyer clicked on becomes SKUs of the item master."""

from __future__ import annotations

from dataclasses import replace

from orders.engine.decisions import Decision, Outcome
from orders.engine.reasons import ExceptionReason
from orders.engine.values import DraftLine, OrderPlan, Plan, PlannedLine, Snapshot, planned

STAGE = "match"


def plan_match(plan: Plan, snapshot: Snapshot) -> Plan:
    """Give every line its SKU by the listing's binding; lines that already have one keep it."""
    return replace(plan, orders=tuple(_match(order, snapshot) for order in plan.orders))


def _match(order: OrderPlan, snapshot: Snapshot) -> OrderPlan:
    lines: list[PlannedLine] = []
    how: dict[str, str] = {}
    unmatched: list[DraftLine] = []
    disabled: list[str] = []
    weight = 0
    shop = order.draft.shop_id
    for draft in order.draft.lines:
        sku_id = draft.sku_id
        if sku_id is None:
            binding = snapshot.bindings.get((shop, draft.item_id, draft.platform_sku_id))
            if binding is None:
                if draft.ships:
                    unmatched.append(draft)
            else:
                sku_id = binding.sku_id
                how[str(draft.position)] = binding.how
        unit = 0
        if sku_id is not None and draft.ships:
            sku = snapshot.skus[sku_id]
            unit = sku.weight_g
            weight += unit * draft.quantity
            if not sku.enabled:
                disabled.append(sku.code)
        lines.append(planned(draft, sku_id, unit))
    found = {"lines": tuple(lines), "weight_g": weight}
    if unmatched:
        facts = {"titles": [f"{line.title} {line.spec}".strip() for line in unmatched]}
        decision = Decision(STAGE, Outcome.CANNOT_TELL, ExceptionReason.UNMATCHED_LISTING, facts=facts)
        return order.stopped(ExceptionReason.UNMATCHED_LISTING, decision, **found)
    if disabled:
        decision = Decision(STAGE, Outcome.REJECTED, ExceptionReason.SKU_DISABLED, facts={"skus": disabled})
        return order.stopped(ExceptionReason.SKU_DISABLED, decision, **found)
    if how:
        return order.decided(Decision(STAGE, Outcome.APPLIED, "matched", facts={"how": how}), **found)
    return order.decided(Decision(STAGE, Outcome.SKIPPED, "already_matched"), **found)
