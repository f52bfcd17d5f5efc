"""Routing by rules: the tables of docs/algorithms/routing.md, and scenarios in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orders.engine.route import plan_route
from orders.engine.routing.coverage import CoverageIndex
from orders.engine.routing.wishes import Wishes, WishWord
from orders.engine.rules import BlacklistHit, BuyerBook, GoodsFacts
from orders.engine.values import Plan, RuleHead, Snapshot
from tests.doc_tables import worked_table
from tests.orders.routes import (
    ANYWHERE,
    BY_YTO,
    EAST,
    NAMES,
    SF,
    WEST,
    YTO,
    ZTO,
    make_rule,
    make_table,
    one,
    told,
    world,
)
from tests.orders.values import make_draft, make_order

ROWS: dict[tuple[int | None, int | None], dict[str, bool]] = {
    (YTO, None): {"33": True, "3302": False, "330106": False},
    (YTO, 7): {"330206": True, "3301": False},
}


@pytest.mark.parametrize("row", worked_table("routing", "coverage"), ids=lambda row: row["region"])
def test_coverage(row: dict[str, str]) -> None:
    index = CoverageIndex(ROWS)
    found = [index.carrier(YTO, warehouse, row["region"]).value for warehouse in (1, 7)]
    assert found == [row["from warehouse 1"], row["from warehouse 7"]]


SCENARIOS: list[tuple[str, Snapshot, dict[str, Any], tuple[str, str]]] = [
    ("a default warehouse and carrier", world(ANYWHERE, BY_YTO), {}, ("W1", "YTO")),
    (
        "the first rule in rank that fits",
        world([make_rule(1, WEST, regions=("44",)), make_rule(2, EAST)], BY_YTO),
        {},
        ("W1", "YTO"),
    ),
    ("no rule for the region", world([make_rule(1, EAST, regions=("44",))], BY_YTO), {}, ("exception", "no_warehouse")),
    ("no rule for the shop", world([make_rule(1, EAST, shops=[9])], BY_YTO), {}, ("exception", "no_warehouse")),
    (
        "a warehouse that does not ship there",
        world(ANYWHERE, BY_YTO, coverage=CoverageIndex({(None, EAST): {"44": True}})),
        {},
        ("exception", "no_warehouse"),
    ),
    (
        "the rule after one whose warehouse does not ship there",
        world([*ANYWHERE, make_rule(3, WEST)], BY_YTO, coverage=CoverageIndex({(None, EAST): {"44": True}})),
        {},
        ("W2", "YTO"),
    ),
    (
        "goods kept elsewhere",
        world([*ANYWHERE, make_rule(3, WEST)], BY_YTO, goods={1: GoodsFacts(1, stocking=frozenset({WEST}))}),
        {},
        ("W2", "YTO"),
    ),
    (
        "the warehouse that has everything",
        world([make_rule(1, EAST, in_stock=True), make_rule(3, WEST)], BY_YTO, stock={(EAST, 1): 0}),
        {},
        ("W2", "YTO"),
    ),
    (
        "a region that the carrier excludes",
        world(ANYWHERE, BY_YTO, coverage=CoverageIndex({(YTO, None): {"": True, "3301": False}})),
        {},
        ("exception", "no_carrier"),
    ),
    (
        "the next carrier",
        world(
            ANYWHERE,
            [*BY_YTO, make_rule(3, SF)],
            coverage=CoverageIndex({(YTO, None): {"": True, "3301": False}}),
        ),
        {},
        ("W1", "SF"),
    ),
    (
        "a carrier's regions from this warehouse alone",
        world(ANYWHERE, [*BY_YTO, make_rule(3, SF)], coverage=CoverageIndex({(YTO, WEST): {"44": True}})),
        {},
        ("W1", "YTO"),
    ),
    (
        "heavy parcels by another carrier",
        world(ANYWHERE, [make_rule(2, YTO, max_weight_g=3000), make_rule(3, ZTO, min_weight_g=3000)]),
        {"grams": 3000},
        ("W1", "ZTO"),
    ),
    (
        "a parcel heavier than the carrier takes",
        world(ANYWHERE, BY_YTO, carriers={YTO: {"max_weight_g": 2999}}),
        {"grams": 3000},
        ("exception", "too_heavy"),
    ),
    (
        "cash on delivery",
        world(ANYWHERE, [*BY_YTO, make_rule(3, SF)], carriers={YTO: {"cash_on_delivery": False}}),
        {"payment_kind": "cod"},
        ("W1", "SF"),
    ),
    (
        "goods that the carrier may not take",
        world(ANYWHERE, BY_YTO, goods={1: GoodsFacts(1, restrictions=frozenset({"cold"}))}),
        {},
        ("exception", "restricted_goods"),
    ),
    (
        "goods that another carrier may take",
        world(
            ANYWHERE,
            [*BY_YTO, make_rule(3, SF)],
            goods={1: GoodsFacts(1, restrictions=frozenset({"cold"}))},
            carriers={SF: {"carries": frozenset({"cold"})}},
        ),
        {},
        ("W1", "SF"),
    ),
    (
        "a carrier that is not in use",
        world(ANYWHERE, BY_YTO, carriers={YTO: {"enabled": False}}),
        {},
        ("exception", "no_carrier"),
    ),
    (
        "no freight for the region",
        world(ANYWHERE, BY_YTO, tables=[make_table(YTO, 6, prefix="44")]),
        {},
        ("exception", "no_freight_row"),
    ),
    (
        "a price by weight without a weight",
        world(ANYWHERE, BY_YTO, tables=[make_table(YTO, 6, each=2)]),
        {"grams": 0},
        ("exception", "zero_weight"),
    ),
    (
        "the cheapest carrier",
        world(ANYWHERE, [make_rule(2, None)], tables=[make_table(YTO, 7), make_table(SF, 9), make_table(ZTO, 6)]),
        {},
        ("W1", "ZTO"),
    ),
    (
        "of equals the first in rank",
        world(ANYWHERE, [make_rule(2, None)], tables=[make_table(SF, 7), make_table(ZTO, 7)]),
        {},
        ("W1", "SF"),
    ),
    (
        "of equals the one with the better priority",
        world(
            ANYWHERE,
            [make_rule(2, None)],
            tables=[make_table(SF, 7), make_table(ZTO, 7)],
            carriers={ZTO: {"priority": 1}},
        ),
        {},
        ("W1", "ZTO"),
    ),
    ("no region", world(ANYWHERE, BY_YTO), {"region_code": None}, ("exception", "unknown_region")),
    (
        "a region too coarse for an exclusion",
        world(ANYWHERE, BY_YTO, coverage=CoverageIndex({(YTO, None): {"": True, "330106": False}})),
        {"region_code": "330000"},
        ("exception", "address_incomplete"),
    ),
    (
        "a district of another city",
        world(ANYWHERE, BY_YTO, buyers=BuyerBook(conflicts={5: "天河区"})),
        {"receiver_id": 5},
        ("exception", "address_conflict"),
    ),
    (
        "a buyer on the blacklist",
        world(ANYWHERE, BY_YTO, buyers=BuyerBook(by_buyer={(1, "b"): BlacklistHit(1, "fraud", stops=True)})),
        {"buyer_id": "b"},
        ("exception", "blacklisted"),
    ),
    (
        "a buyer to be looked at",
        world(ANYWHERE, BY_YTO, buyers=BuyerBook(by_buyer={(1, "b"): BlacklistHit(1, "fraud", stops=False)})),
        {"buyer_id": "b"},
        ("W1", "YTO"),
    ),
    (
        "a blacklisted receiver whose order a person audits",
        world(ANYWHERE, BY_YTO, buyers=BuyerBook(by_receiver={5: BlacklistHit(1, "fraud", stops=True)})),
        {"receiver_id": 5, "approved_by": 9},
        ("W1", "YTO"),
    ),
]


@pytest.mark.parametrize(
    ("snapshot", "asked", "outcome"),
    [scenario[1:] for scenario in SCENARIOS],
    ids=[scenario[0] for scenario in SCENARIOS],
)
def test_scenarios(snapshot: Snapshot, asked: dict[str, Any], outcome: tuple[str, str]) -> None:
    assert told(one(snapshot, **asked)) == outcome


WORDS = Wishes(
    WishWord(RuleHead(number, 1, word, frozenset()), word, carrier)
    for number, (word, carrier) in enumerate((("圆通", YTO), ("顺丰", SF), ("中通", ZTO)), start=50)
)
NO_SF = {SF: {"enabled": False}}


@pytest.mark.parametrize(
    ("why", "carriers", "draft", "outcome", "code"),
    [
        ("message", {}, {"buyer_message": "请发顺丰"}, ("W1", "SF"), "wished_in_message"),
        ("memo", {}, {"seller_memo": "发中通", "buyer_message": "发顺丰"}, ("W1", "ZTO"), "wished_in_memo"),
        ("refused carrier", {}, {"buyer_message": "不要圆通"}, ("W1", "ZTO"), "chosen"),
        ("message that cannot be met", NO_SF, {"buyer_message": "发顺丰"}, ("W1", "YTO"), "chosen"),
        ("memo that cannot be met", NO_SF, {"seller_memo": "发顺丰"}, ("exception", "wish_not_met"), "wish_not_met"),
        (
            "memo that cannot be met, audited by a person",
            NO_SF,
            {"seller_memo": "发顺丰", "approved_by": 3},
            ("W1", "YTO"),
            "chosen",
        ),
    ],
)
def test_wishes_of_the_carrier(
    why: str, carriers: Mapping[int, Mapping[str, Any]], draft: dict[str, Any], outcome: tuple[str, str], code: str
) -> None:
    snapshot = world(ANYWHERE, [*BY_YTO, make_rule(3, ZTO)], carriers=carriers, wishes=WORDS)
    order = one(snapshot, **draft)
    assert (told(order), order.decisions[-1].code) == (outcome, code), why


def test_orders_of_a_batch_do_not_count_on_the_same_units() -> None:
    snapshot = world(
        [make_rule(1, None)],
        BY_YTO,
        stock={(EAST, 1): 1, (WEST, 1): 1},
        tables=[make_table(YTO, 5, warehouse=EAST), make_table(YTO, 9, warehouse=WEST)],
    )
    orders = tuple(make_order(make_draft(key=key), {1: 300}) for key in range(3))
    plan = plan_route(Plan(orders, snapshot.available), snapshot)
    assert [NAMES[order.warehouse_id or 0] for order in plan.orders] == ["W1", "W2", "W1"]
    assert plan.stock_left == snapshot.available
