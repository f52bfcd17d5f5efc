"""Stage 2, route: the warehouse that ships and the carrier that drives, by ranked rules.

Rules are tried by (priority, id); the first that fits decides. A rule fits when its shops, its regions (code prefixes) and its
payment kind do, and what it names is in use; a carrier's rule also when the chosen warehouse is the one it is for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from orders.engine.decisions import Decision, Outcome, PassedOver
from orders.engine.reasons import ExceptionReason
from orders.engine.values import OrderPlan, Plan, RoutingRuleFacts, Snapshot

WAREHOUSE_STAGE = "warehouse"
CARRIER_STAGE = "carrier"

Verdict = tuple[RoutingRuleFacts | None, tuple[PassedOver, ...]]


def plan_route(plan: Plan, snapshot: Snapshot) -> Plan:
    """Choose warehouse and carrier for every order that nothing has stopped."""
    router = _Router(snapshot)
    return replace(plan, orders=tuple(router.route(order) for order in plan.orders))


class _Router:
    """Answers each distinct question (shop, region, payment, warehouse) once for the batch."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._asked: dict[tuple[int, str, str, int | None], Verdict] = {}

    def route(self, order: OrderPlan) -> OrderPlan:
        if order.waits:
            return order
        draft = order.draft
        if draft.region_code is None:
            decision = Decision(WAREHOUSE_STAGE, Outcome.CANNOT_TELL, ExceptionReason.UNKNOWN_REGION)
            return order.stopped(ExceptionReason.UNKNOWN_REGION, decision)
        rule, passed = self._ask(draft.shop_id, draft.region_code, draft.payment_kind, None)
        if rule is None:
            decision = Decision(WAREHOUSE_STAGE, Outcome.CANNOT_TELL, ExceptionReason.NO_WAREHOUSE, passed_over=passed)
            return order.stopped(ExceptionReason.NO_WAREHOUSE, decision)
        warehouse = self._snapshot.warehouses[rule.target_id]
        order = order.decided(_chosen(WAREHOUSE_STAGE, rule, passed, warehouse.name), warehouse_id=warehouse.id)
        rule, passed = self._ask(draft.shop_id, draft.region_code, draft.payment_kind, warehouse.id)
        if rule is None:
            decision = Decision(CARRIER_STAGE, Outcome.CANNOT_TELL, ExceptionReason.NO_CARRIER, passed_over=passed)
            return order.stopped(ExceptionReason.NO_CARRIER, decision)
        carrier = self._snapshot.carriers[rule.target_id]
        return order.decided(_chosen(CARRIER_STAGE, rule, passed, carrier.name), carrier_id=carrier.id)

    def _ask(self, shop_id: int, region: str, payment: str, warehouse_id: int | None) -> Verdict:
        question = (shop_id, region, payment, warehouse_id)
        verdict = self._asked.get(question)
        if verdict is None:
            if warehouse_id is None:
                verdict = _first_fitting(self._snapshot.warehouse_rules, question, self._warehouse_usable)
            else:
                verdict = _first_fitting(self._snapshot.carrier_rules, question, self._carrier_usable)
            self._asked[question] = verdict
        return verdict

    def _warehouse_usable(self, rule: RoutingRuleFacts, _payment: str) -> str | None:
        warehouse = self._snapshot.warehouses.get(rule.target_id)
        return None if warehouse is not None and warehouse.enabled else "target_disabled"

    def _carrier_usable(self, rule: RoutingRuleFacts, payment: str) -> str | None:
        carrier = self._snapshot.carriers.get(rule.target_id)
        if carrier is None or not carrier.enabled:
            return "target_disabled"
        return "no_cash_on_delivery" if payment == "cod" and not carrier.cash_on_delivery else None


def _first_fitting(
    rules: tuple[RoutingRuleFacts, ...],
    question: tuple[int, str, str, int | None],
    usable: Callable[[RoutingRuleFacts, str], str | None],
) -> Verdict:
    shop_id, region, payment, warehouse_id = question
    passed: list[PassedOver] = []
    for rule in rules:
        codes: list[str] = []
        if rule.head.shops and shop_id not in rule.head.shops:
            codes.append("other_shop")
        if rule.regions and not any(region.startswith(prefix) for prefix in rule.regions):
            codes.append("other_region")
        if rule.payment not in {"any", payment}:
            codes.append("other_payment")
        if rule.from_warehouse_id is not None and rule.from_warehouse_id != warehouse_id:
            codes.append("other_warehouse")
        unusable = usable(rule, payment)
        if unusable is not None:
            codes.append(unusable)
        if not codes:
            return rule, tuple(passed)
        # Rules for other shops or places say nothing about this order; only near misses are worth telling.
        if not {"other_shop", "other_region", "other_warehouse"}.intersection(codes):
            passed.append(PassedOver(rule.head.id, rule.head.version, rule.head.name, tuple(codes)))
    return None, tuple(passed)


def _chosen(stage: str, rule: RoutingRuleFacts, passed: tuple[PassedOver, ...], name: str) -> Decision:
    return Decision(
        stage,
        Outcome.APPLIED,
        "chosen",
        rule_id=rule.head.id,
        rule_version=rule.head.version,
        rule_name=rule.head.name,
        facts={"name": name},
        passed_over=passed,
    )
