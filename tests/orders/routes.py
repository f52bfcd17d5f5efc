"""Values for the tests of routing: two warehouses, three carriers, and what rules make of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orders.engine.route import plan_route
from orders.engine.rules import RuleFacts
from orders.engine.values import CarrierFacts, OrderPlan, Plan, RoutingRuleFacts, RuleHead, Snapshot, WarehouseFacts
from tests.orders.values import make_draft, make_order, make_sku, make_snapshot
from warehouse.engine.freight import Table, Tariff, Zone

EAST, WEST = 1, 2
YTO, SF, ZTO = 21, 22, 23
NAMES = {EAST: "W1", WEST: "W2", YTO: "YTO", SF: "SF", ZTO: "ZTO"}


def make_rule(number: int, target: int | None, **values: Any) -> RoutingRuleFacts:
    given: dict[str, Any] = {"regions": (), "payment": "any", "from_warehouse_id": None, **values}
    shops = given.pop("shops", frozenset())
    return RoutingRuleFacts(RuleHead(number, 3, f"rule {number}", frozenset(shops)), target_id=target, **given)


def make_table(
    carrier: int, price: str | int, *, warehouse: int | None = None, prefix: str = "", each: int = 0
) -> Table:
    zone = Zone(prefix, 1000, Decimal(price), 1000, Decimal(each))
    return Table(carrier, 1, NAMES[carrier], carrier, warehouse, {prefix: zone})


def world(
    warehouse_rules: Sequence[RoutingRuleFacts] = (),
    carrier_rules: Sequence[RoutingRuleFacts] = (),
    *,
    stock: Mapping[tuple[int, int], int] | None = None,
    carriers: Mapping[int, Mapping[str, Any]] | None = None,
    tables: Sequence[Table] = (),
    **facts: Any,
) -> Snapshot:
    """Two warehouses and three carriers in use; carriers that collect cash and carry nothing special unless said."""
    snapshot = make_snapshot([make_sku(sku) for sku in (1, 2)], stock=stock)
    given = carriers or {}
    carrier_facts = {
        number: replace(CarrierFacts(number, NAMES[number], True, True), **given.get(number, {}))
        for number in (YTO, SF, ZTO)
    }
    return replace(
        snapshot,
        warehouses={number: WarehouseFacts(number, NAMES[number], True) for number in (EAST, WEST)},
        carriers=carrier_facts,
        warehouse_rules=tuple(warehouse_rules),
        carrier_rules=tuple(carrier_rules),
        rules=RuleFacts(tariff=Tariff(tables), **facts),
    )


def routed(snapshot: Snapshot, *, grams: int = 300, lines: Sequence[Any] = (), **draft: Any) -> tuple[OrderPlan, ...]:
    order = make_order(make_draft(lines, **draft), {1: grams, 2: grams})
    return plan_route(Plan((order,), snapshot.available), snapshot).orders


def one(snapshot: Snapshot, **asked: Any) -> OrderPlan:
    (order,) = routed(snapshot, **asked)
    return order


def told(order: OrderPlan) -> tuple[str, str]:
    """Warehouse and carrier by name, or the exception."""
    if order.exceptions:
        return ("exception", order.exceptions[0])
    return NAMES[order.warehouse_id or 0], NAMES[order.carrier_id or 0]


ANYWHERE = [make_rule(1, EAST)]
BY_YTO = [make_rule(2, YTO)]
