"""Route: the warehouse that ships and the carrier that drives, by ranked rules, and by price where a rule says so.

An address that contradicts itself, and a buyer or receiver on the blacklist, stop an order here, unless a person audits it. Rules are
tried by (priority, id), those that are defaults last; see ``orders.engine.routing`` for who serves, and docs/algorithms/routing.md.
"""

from __future__ import annotations

from typing import Any

from oms.core.values import replace
from orders.engine.decisions import Decision, Outcome
from orders.engine.reasons import ExceptionReason
from orders.engine.routing.carriers import CarrierChoice, Errand
from orders.engine.routing.choose import Load
from orders.engine.routing.warehouses import Ask, Served, WarehouseDesk, alternatives, weigh
from orders.engine.split import SplitKind, split_order
from orders.engine.values import OrderPlan, Plan, RoutingRuleFacts, Snapshot

WAREHOUSE_STAGE = "warehouse"
CARRIER_STAGE = "carrier"
SCREEN_STAGE = "screen"

MOST_ALTERNATIVES = 6


def plan_route(plan: Plan, snapshot: Snapshot) -> Plan:
    """Choose warehouse and carrier for every order that nothing has stopped; an order may be divided over warehouses."""
    router = _Router(plan, snapshot)
    return replace(plan, orders=tuple(part for order in plan.orders for part in router.route(order)))


class _Router:
    def __init__(self, plan: Plan, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._left = dict(plan.stock_left)
        self._desk = WarehouseDesk(snapshot, self._left)

    def route(self, order: OrderPlan) -> tuple[OrderPlan, ...]:
        if order.waits:
            return (order,)
        stopped = self._screen(order)
        if stopped is not None:
            return (stopped,)
        ask = self._ask(order)
        served = self._desk.serve(ask)
        if not served.parts:
            return (self._unserved(order, served),)
        if not order.draft.held:
            for site, load, _choice in served.parts:
                for sku, units in load:
                    self._left[site, sku] = self._left.get((site, sku), 0) - units
        chosen = self._warehouse_decision(served)
        if len(served.parts) == 1:
            site, _load, choice = served.parts[0]
            return (self._routed(order, site, choice, chosen),)
        parts = split_order(order, _line_parts(order, served), SplitKind.WAREHOUSE, chosen)
        return tuple(
            self._routed(part, site, choice) for part, (site, _load, choice) in zip(parts, served.parts, strict=True)
        )

    def _screen(self, order: OrderPlan) -> OrderPlan | None:
        draft = order.draft
        if draft.region_code is None:
            decision = Decision(WAREHOUSE_STAGE, Outcome.CANNOT_TELL, ExceptionReason.UNKNOWN_REGION)
            return order.stopped(ExceptionReason.UNKNOWN_REGION, decision)
        if draft.approved_by is not None:
            return None
        buyers = self._snapshot.rules.buyers
        named = buyers.conflicts.get(draft.receiver_id)
        if named is not None:
            facts = {"named": named}
            decision = Decision(SCREEN_STAGE, Outcome.CANNOT_TELL, ExceptionReason.ADDRESS_CONFLICT, facts=facts)
            return order.stopped(ExceptionReason.ADDRESS_CONFLICT, decision)
        hit = buyers.hit(draft.shop_id, draft.buyer_id, draft.receiver_id)
        if hit is not None and hit.stops:
            facts = {"reason": hit.reason}
            decision = Decision(SCREEN_STAGE, Outcome.REJECTED, ExceptionReason.BLACKLISTED, facts=facts)
            return order.stopped(ExceptionReason.BLACKLISTED, decision)
        return None

    def _ask(self, order: OrderPlan) -> Ask:
        draft = order.draft
        grams: dict[int, int] = {}
        total: dict[int, int] = {}
        kept: dict[int, frozenset[int]] = {}
        goods = self._snapshot.rules.goods
        for line in order.lines:
            sku_id = line.sku_id
            if sku_id is not None and line.ships:
                grams[sku_id] = line.weight_g
                total[sku_id] = total.get(sku_id, 0) + line.quantity
                facts = goods.get(sku_id)
                if facts is not None and facts.stocking:
                    kept[sku_id] = facts.stocking
        units = tuple(sorted(total.items()))
        wish = self._snapshot.rules.wishes.of(draft.shop_id, draft.seller_memo, draft.buyer_message)
        return Ask(
            Errand(draft.shop_id, draft.region_code or "", draft.payment_kind, wish, draft.kept.carrier_id),
            units,
            weigh(units, grams, self._snapshot),
            # A person audits the order as it lies before them; a parcel paid on delivery is one sum.
            may_split="split" not in draft.left_alone and draft.payment_kind != "cod" and draft.approved_by is None,
            overrule=draft.approved_by is not None,
            grams=grams,
            kept=kept,
            warehouse_id=draft.kept.warehouse_id,
        )

    def _unserved(self, order: OrderPlan, served: Served) -> OrderPlan:
        if served.stuck is None:
            reason = ExceptionReason.WISH_NOT_MET if served.asked else ExceptionReason.NO_WAREHOUSE
            decision = Decision(WAREHOUSE_STAGE, Outcome.CANNOT_TELL, reason, passed_over=served.passed_over)
            return order.stopped(reason, decision)
        warehouse_id, choice = served.stuck
        name = self._snapshot.warehouses[warehouse_id].name
        decision = Decision(
            CARRIER_STAGE,
            Outcome.CANNOT_TELL,
            choice.reason,
            facts={"warehouse": name},
            passed_over=choice.passed_over,
        )
        return order.stopped(choice.reason.value, decision, warehouse_id=warehouse_id)

    def _routed(self, order: OrderPlan, warehouse_id: int, choice: CarrierChoice, *chosen: Decision) -> OrderPlan:
        if choice.carrier_id is None:
            raise AssertionError("an order is served by a carrier")
        return replace(
            order,
            decisions=(*order.decisions, *chosen, self._carrier_decision(choice)),
            warehouse_id=warehouse_id,
            carrier_id=choice.carrier_id,
            terms=order.terms if choice.freight is None else replace(order.terms, freight=choice.amount),
        )

    def _warehouse_decision(self, served: Served) -> Decision:
        names = [self._snapshot.warehouses[site].name for site, _load, _choice in served.parts]
        facts: dict[str, Any] = {"name": " + ".join(names)}
        rule = served.rule
        if rule is None:
            return Decision(WAREHOUSE_STAGE, Outcome.APPLIED, "asked_by_person", facts=facts)
        code = "chosen"
        if served.found is not None and served.found.best is not None:
            code = "cheapest" if len(names) == 1 else "cheapest_split"
            facts["total"] = str(served.found.best.total)
            facts["search"] = served.found.search
            others = alternatives(served.found, served.found.best)[:MOST_ALTERNATIVES]
            facts["alternatives"] = [self._alternative(other.parts, other.total) for other in others]
        if served.stock:
            facts["stock"] = served.stock
        return _decision(WAREHOUSE_STAGE, code, rule, served.passed_over, facts)

    def _alternative(self, parts: tuple[tuple[int, Load], ...], total: Any) -> dict[str, Any]:
        name = " + ".join(self._snapshot.warehouses[site].name for site, _load in parts)
        return {"name": name, "total": None if total is None else str(total)}

    def _carrier_decision(self, choice: CarrierChoice) -> Decision:
        carriers = self._snapshot.carriers
        facts: dict[str, Any] = {"name": carriers[choice.carrier_id or 0].name}
        if choice.freight is not None:
            facts["freight"] = choice.freight.to_json()
        if len(choice.considered) > 1:
            facts["alternatives"] = [
                {
                    "name": carriers[priced.carrier_id].name if priced.carrier_id in carriers else "",
                    "total": None if priced.amount is None else str(priced.amount),
                    **({"why": priced.code} if priced.code else {}),
                }
                for priced in choice.considered
                if priced.carrier_id != choice.carrier_id
            ][:MOST_ALTERNATIVES]
        head = choice.head
        return Decision(
            CARRIER_STAGE,
            Outcome.APPLIED,
            choice.code,
            rule_id=None if head is None else head.id,
            rule_version=None if head is None else head.version,
            rule_name="" if head is None else head.name,
            facts=facts,
            passed_over=choice.passed_over,
            rule_kind=choice.rule_kind,
        )


def _decision(stage: str, code: str, rule: RoutingRuleFacts, passed: Any, facts: dict[str, Any]) -> Decision:
    head = rule.head
    return Decision(stage, Outcome.APPLIED, code, head.id, head.version, head.name, facts, passed, "routing")


def _line_parts(order: OrderPlan, served: Served) -> list[dict[int, int]]:
    """The loads of the parts as units of the order's lines; what does not ship stays with the first part."""
    left = [dict(load) for _site, load, _choice in served.parts]
    parts: list[dict[int, int]] = [{} for _ in left]
    for index, line in enumerate(order.lines):
        wanted = line.quantity
        if line.sku_id is None or not line.ships:
            parts[0][index] = wanted
            continue
        for part, load in zip(parts, left, strict=True):
            taken = min(wanted, load.get(line.sku_id, 0))
            if taken:
                part[index] = taken
                load[line.sku_id] -= taken
                wanted -= taken
    return parts
