"""Stage 4, split by rules: every rule in rank order divides what the rules before it left in one piece.

A rule applies to the orders of its shops. An order that a person put together again (``left_alone``) or is auditing stays as it is.
"""

from __future__ import annotations

from dataclasses import replace

from orders.engine.decisions import Decision, Outcome
from orders.engine.parts import MOST_PARTS, Part, by_box, by_product, by_shortage, by_weight, left_by_sku
from orders.engine.split import STAGE, SplitKind, split_order
from orders.engine.values import OrderPlan, Plan, Snapshot, SplitFacts

SHORTAGE = SplitKind.SHORTAGE.value


def plan_split(plan: Plan, snapshot: Snapshot) -> Plan:
    """Divide the orders as the rules say."""
    if not snapshot.split_rules:
        return plan
    left = left_by_sku(plan.stock_left)
    orders: list[OrderPlan] = []
    for order in plan.orders:
        draft = order.draft
        if order.waits or draft.intercepted or draft.approved_by is not None or "split" in draft.left_alone:
            orders.append(order)
            continue
        pieces: tuple[OrderPlan, ...] = (order,)
        served = False
        for rule in snapshot.split_rules:
            # What is in stock is shared out once for an order, whatever the number of rules that ask for it.
            if (rule.head.shops and draft.shop_id not in rule.head.shops) or (served and rule.kind == SHORTAGE):
                continue
            served = served or rule.kind == SHORTAGE
            pieces = tuple([made for piece in pieces for made in _divide(piece, rule, snapshot, left)])
        orders.extend(pieces)
    return replace(plan, orders=tuple(orders))


def parts_of(order: OrderPlan, rule: SplitFacts, snapshot: Snapshot, left: dict[int, int]) -> list[Part]:
    """The parts that the rule asks for; nothing when it asks for none."""
    if rule.kind == "product":
        return by_product(order, rule.skus)
    if rule.kind == "box":
        return by_box(order, snapshot.skus)
    if rule.kind == "weight":
        return by_weight(order, rule.limit)
    if rule.kind == "shortage":
        return by_shortage(order, left)
    raise ValueError(f"no such kind of split rule: {rule.kind}")


def _divide(order: OrderPlan, rule: SplitFacts, snapshot: Snapshot, left: dict[int, int]) -> tuple[OrderPlan, ...]:
    parts = parts_of(order, rule, snapshot, left)
    if not parts:
        return (order,)
    too_many = len(parts) > MOST_PARTS
    decision = Decision(
        STAGE,
        Outcome.ABSTAINED if too_many else Outcome.APPLIED,
        "too_many_parts" if too_many else "split",
        rule_id=rule.head.id,
        rule_version=rule.head.version,
        rule_name=rule.head.name,
        facts={"kind": rule.kind, "parts": len(parts)},
    )
    return (order.decided(decision),) if too_many else split_order(order, parts, rule.kind, decision)
