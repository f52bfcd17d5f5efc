"""Assign: the department, the salesperson and the business type of an order, each by the first rule in rank order that sets it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orders.engine.decisions import Decision, Outcome
from orders.engine.rules import AssignmentFacts
from orders.engine.values import OrderPlan, Plan, Snapshot

STAGE = "assign"


def plan_assign(plan: Plan, snapshot: Snapshot) -> Plan:
    """Assign every order that nothing has stopped; without any rule nothing is noted. What a person said stays."""
    rules = snapshot.rules.assignments
    if not rules and all(order.draft.marks.owner is None for order in plan.orders):
        return plan
    return replace(plan, orders=tuple(_assign(order, snapshot, rules) for order in plan.orders))


def _assign(order: OrderPlan, snapshot: Snapshot, rules: tuple[AssignmentFacts, ...]) -> OrderPlan:
    owner = order.draft.marks.owner
    if owner is not None:
        terms = replace(
            order.terms,
            department_id=owner.department_id,
            salesperson_id=owner.salesperson_id,
            business_type=owner.business_type,
        )
        return order.decided(Decision(STAGE, Outcome.ABSTAINED, "kept_by_person"), terms=terms)
    if order.waits or not rules:
        return order
    found: dict[str, Any] = {}
    used: list[AssignmentFacts] = []
    for rule in rules:
        sets = {
            name: value
            for name, value in (
                ("department_id", rule.department_id),
                ("salesperson_id", rule.salesperson_id),
                ("business_type", rule.business_type or None),
            )
            if value is not None and name not in found
        }
        if sets and _fits(rule, order, snapshot):
            found.update(sets)
            used.append(rule)
            if len(found) == 3:
                break
    if not used:
        return order.decided(Decision(STAGE, Outcome.ABSTAINED, "not_assigned"))
    head = used[0].head
    facts = {**found, "rules": [[rule.head.id, rule.head.version, rule.head.name] for rule in used]}
    decision = Decision(
        STAGE, Outcome.APPLIED, "assigned", head.id, head.version, head.name, facts, rule_kind="assignment"
    )
    return order.decided(decision, terms=replace(order.terms, **found))


def _fits(rule: AssignmentFacts, order: OrderPlan, snapshot: Snapshot) -> bool:
    draft = order.draft
    if rule.head.shops and draft.shop_id not in rule.head.shops:
        return False
    if rule.regions and not (draft.region_code or "").startswith(rule.regions):
        return False
    if rule.payment not in {"any", draft.payment_kind}:
        return False
    if rule.warehouses and order.warehouse_id not in rule.warehouses:
        return False
    if rule.min_amount is not None and draft.paid_amount < rule.min_amount:
        return False
    if rule.max_amount is not None and draft.paid_amount > rule.max_amount:
        return False
    return not rule.categories or any(
        not rule.categories.isdisjoint(snapshot.rules.goods_of(line.sku_id).categories)
        for line in order.lines
        if line.sku_id is not None and line.ships
    )
