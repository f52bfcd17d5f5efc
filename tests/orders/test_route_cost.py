"""Routing by the least total cost: the table of docs/algorithms/routing.md, and what else counts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from orders.engine.rules import ShopCosts
from orders.engine.values import OrderPlan
from tests.doc_tables import worked_table
from tests.orders.routes import BY_YTO, EAST, NAMES, WEST, YTO, ZTO, make_rule, make_table, one, routed, world
from tests.orders.values import make_draft_line


def stock_of(text: str, warehouse: int) -> dict[tuple[int, int], int]:
    return {(warehouse, "AB".index(item[0]) + 1): int(item[1:]) for item in text.split()}


def served_by(orders: Sequence[OrderPlan]) -> str:
    if len(orders) == 1:
        nowhere = orders[0].decisions[0].facts.get("stock") == "nowhere"
        return NAMES[orders[0].warehouse_id or 0] + (", waits for goods" if nowhere else "")
    return " + ".join(
        " ".join([NAMES[order.warehouse_id or 0], *(f"{'AB'[sku - 1]}{units}" for sku, units in order.units().items())])
        for order in orders
    )


@pytest.mark.parametrize("row", worked_table("routing", "cheapest"), ids=lambda row: row["case"])
def test_least_total_cost(row: dict[str, str]) -> None:
    snapshot = world(
        [make_rule(1, None, max_parts=int(row["parts"]))],
        [make_rule(2, YTO)],
        stock=stock_of(row["stock W1"], EAST) | stock_of(row["stock W2"], WEST),
        tables=[make_table(YTO, row["cost W1"], warehouse=EAST), make_table(YTO, row["cost W2"], warehouse=WEST)],
    )
    orders = routed(snapshot, lines=[make_draft_line(1, 2, sku_id=1), make_draft_line(2, 1, sku_id=2)])
    assert served_by(orders) == row["served by"]
    assert Decimal(orders[0].decisions[0].facts["total"]) == Decimal(row["total"])
    assert sum(order.terms.freight or 0 for order in orders) == Decimal(row["total"])


def test_packing_counts_against_a_second_parcel() -> None:
    asked = {"lines": [make_draft_line(1, 1, sku_id=1), make_draft_line(2, 1, sku_id=2)]}
    stock = {(EAST, 1): 1, (WEST, 1): 1, (WEST, 2): 1}
    tables = [make_table(YTO, 1, warehouse=EAST), make_table(YTO, 3, warehouse=WEST, each=3)]
    rules = [make_rule(1, None, max_parts=2)]
    lean = world(rules, BY_YTO, stock=stock, tables=tables)
    packed = world(rules, BY_YTO, stock=stock, tables=tables, costs={1: ShopCosts(packing=Decimal(5))})
    assert len(routed(lean, grams=1000, **asked)) == 2
    assert len(routed(packed, grams=1000, **asked)) == 1


def test_what_does_not_ship_stays_with_the_first_part() -> None:
    snapshot = world(
        [make_rule(1, None, max_parts=2)],
        BY_YTO,
        stock={(EAST, 1): 1, (WEST, 2): 1},
        tables=[make_table(YTO, 5)],
    )
    lines = [
        make_draft_line(1, 1, sku_id=2, price="30.00"),
        make_draft_line(2, 1, sku_id=1, price="20.00"),
        make_draft_line(3, 1, sku_id=1, price="10.00", refund="refunded"),
    ]
    orders = routed(snapshot, lines=lines)
    assert [[line.draft.position for line in order.lines] for order in orders] == [[2, 3], [1]]
    assert [order.origin for order in orders] == ["warehouse", "warehouse"]
    assert sum(order.draft.paid_amount for order in orders) == Decimal("60.00")


@pytest.mark.parametrize("draft", [{"left_alone": ("split",)}, {"payment_kind": "cod"}, {"approved_by": 4}])
def test_orders_that_must_stay_whole(draft: dict[str, Any]) -> None:
    snapshot = world(
        [make_rule(1, None, max_parts=2)], BY_YTO, stock={(EAST, 1): 1, (WEST, 1): 1}, tables=[make_table(YTO, 5)]
    )
    assert len(routed(snapshot, lines=[make_draft_line(1, 2)], **draft)) == 1


def test_decision_tells_what_the_alternatives_would_have_cost() -> None:
    snapshot = world(
        [make_rule(1, None)],
        [make_rule(2, None)],
        stock={(EAST, 1): 1, (WEST, 1): 1},
        tables=[make_table(YTO, 5, warehouse=EAST), make_table(YTO, 9, warehouse=WEST), make_table(ZTO, 8)],
    )
    warehouse, carrier = one(snapshot).decisions
    assert (warehouse.code, warehouse.rule_id, warehouse.rule_version, warehouse.rule_kind) == (
        "cheapest",
        1,
        3,
        "routing",
    )
    assert warehouse.facts["alternatives"] == [{"name": "W2", "total": "8.00"}]
    assert {item["name"]: (item["total"], item.get("why")) for item in carrier.facts["alternatives"]} == {
        "SF": (None, "no_freight_table"),
        "ZTO": ("8.00", None),
    }
    assert carrier.facts["freight"]["amount"] == "5.00"
