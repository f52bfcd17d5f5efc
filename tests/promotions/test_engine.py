"""Which gifts a basket earns, told as scenarios."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from promotions.engine.match import plan_gifts, waits
from promotions.engine.values import (
    Basket,
    BasketLine,
    Choice,
    Gift,
    GoodsScope,
    Kind,
    Limit,
    LimitUnit,
    NoStock,
    SchemeFacts,
    Tier,
    TierMode,
)

from .make import BAG, BRUSH, CARD, CUP, NOON, SOAP, TOWEL, basket, earned, gifts_of, scheme, snapshot, tier

EACH, HIGHEST, MULTIPLE = TierMode.EACH, TierMode.HIGHEST, TierMode.MULTIPLE
THREE_FIVE = (tier(3, (BAG, 1)), tier(5, (CUP, 2)))
YUAN = 100

SCENARIOS: dict[str, tuple[SchemeFacts, Basket, dict[int, int]]] = {
    "any unit brings the gift": (scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1))), basket((SOAP, 4, 400)), {BAG: 1}),
    "any unit, once for each": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), mode=MULTIPLE),
        basket((SOAP, 4, 400)),
        {BAG: 4},
    ),
    "two of three units are not enough": (scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 1))), basket((SOAP, 2, 200)), {}),
    "units of several lines count together": (
        scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 1))),
        basket((SOAP, 2, 200), (TOWEL, 1, 300)),
        {BAG: 1},
    ),
    "steps: the highest alone": (scheme(Kind.QUANTITY_REACHED, *THREE_FIVE), basket((SOAP, 6, 600)), {CUP: 2}),
    "steps: each reached one": (
        scheme(Kind.QUANTITY_REACHED, *THREE_FIVE, mode=EACH),
        basket((SOAP, 6, 600)),
        {BAG: 1, CUP: 2},
    ),
    "steps: as often as they fit, the highest first": (
        scheme(Kind.QUANTITY_REACHED, *THREE_FIVE, mode=MULTIPLE),
        basket((SOAP, 13, 1300)),
        {CUP: 4, BAG: 1},
    ),
    "amount one fen short": (
        scheme(Kind.AMOUNT_REACHED, tier(300 * YUAN, (BAG, 1))),
        basket((SOAP, 1, 300 * YUAN - 1)),
        {},
    ),
    "amount reached": (
        scheme(Kind.AMOUNT_REACHED, tier(300 * YUAN, (BAG, 1))),
        basket((SOAP, 1, 300 * YUAN)),
        {BAG: 1},
    ),
    "every 300 yuan": (
        scheme(Kind.AMOUNT_REACHED, tier(300 * YUAN, (BAG, 1)), mode=MULTIPLE),
        basket((SOAP, 2, 700 * YUAN)),
        {BAG: 2},
    ),
    "buy two get one of the same": (
        scheme(Kind.BUY_A_GET_A, tier(2, pick=1), mode=MULTIPLE),
        basket((SOAP, 5, 500), (TOWEL, 1, 300)),
        {SOAP: 2},
    ),
    "buy A get A once": (scheme(Kind.BUY_A_GET_A, tier(2, pick=1)), basket((SOAP, 5, 500)), {SOAP: 1}),
    "only the category counts": (
        scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 1)), scope=GoodsScope(categories=frozenset({"care"}))),
        basket((SOAP, 2, 200), (TOWEL, 9, 900), (BRUSH, 1, 50)),
        {BAG: 1},
    ),
    "the category above counts": (
        scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 1)), scope=GoodsScope(categories=frozenset({"bath"}))),
        basket((SOAP, 2, 200), (TOWEL, 9, 900), (BRUSH, 1, 50)),
        {BAG: 1},
    ),
    "all but one SKU": (
        scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 1)), scope=GoodsScope(without_skus=frozenset({SOAP}))),
        basket((SOAP, 9, 900), (TOWEL, 2, 300)),
        {},
    ),
    "another shop": (scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), shops=frozenset({2})), basket((SOAP, 1, 100)), {}),
    "another region": (scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), regions=("31", "32")), basket((SOAP, 1, 100)), {}),
    "the region's city": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), regions=("3301",)),
        basket((SOAP, 1, 1)),
        {BAG: 1},
    ),
    "another member level": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), member_levels=frozenset({"gold"})),
        basket((SOAP, 1, 100)),
        {},
    ),
    "the member's tag": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), member_tags=frozenset({"vip"})),
        basket((SOAP, 1, 100), member_tags=frozenset({"vip", "new"})),
        {BAG: 1},
    ),
    "the window's end is outside": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), starts_at=NOON - dt.timedelta(hours=1), ends_at=NOON),
        basket((SOAP, 1, 100)),
        {},
    ),
    "the window's start is inside": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), starts_at=NOON),
        basket((SOAP, 1, 100)),
        {BAG: 1},
    ),
    "by the moment of the order": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), ends_at=NOON, by_payment=False),
        basket((SOAP, 1, 100), placed_at=NOON - dt.timedelta(minutes=1)),
        {BAG: 1},
    ),
    "not paid yet": (scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1))), basket((SOAP, 1, 100), paid_at=None), {}),
    "one of several: the first in stock": (
        scheme(Kind.BUY_AND_GET, tier(1, (50, 1), (CUP, 1), choice=Choice.ONE_OF)),
        basket((SOAP, 1, 100)),
        {CUP: 1},
    ),
    "any three of the list: the fullest shelf first": (
        scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1), (CUP, 1), (CARD, 1), choice=Choice.ANY_OF, pick=3)),
        basket((SOAP, 1, 100)),
        {CUP: 2, BAG: 1},
    ),
}
STOCK = {SOAP: 100, TOWEL: 100, BAG: 100, CUP: 100, CARD: 0}
FULL_SHELVES = {"any three of the list: the fullest shelf first": {BAG: 1, CUP: 2, CARD: 0}}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    given, bought, expected = SCENARIOS[name]
    assert earned(bought, given, stock=FULL_SHELVES.get(name, STOCK)) == expected


@pytest.mark.parametrize(
    ("word", "gifts", "missing", "waiting"),
    [
        (NoStock.DROP, {BAG: 1}, 2, False),
        (NoStock.WAIT, {BAG: 1}, 2, True),
        (NoStock.SUBSTITUTE, {BAG: 1, CUP: 1, CARD: 1}, 0, False),
    ],
)
def test_a_gift_that_is_not_in_stock(word: NoStock, gifts: dict[int, int], missing: int, waiting: bool) -> None:
    given = scheme(Kind.BUY_AND_GET, tier(1, (BAG, 3)), no_stock=word, substitutes=(CUP, CARD))
    plan = plan_gifts([basket((SOAP, 1, 100))], snapshot(given, stock={BAG: 1, CUP: 1, CARD: 5}))
    grant = plan.baskets[0].grants[0]
    assert gifts_of(plan) == gifts
    assert sum(gift.quantity for gift in grant.missing) == missing
    assert waits(grant) is waiting


def test_goods_of_one_group_are_consumed_once() -> None:
    first = scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 1)), id=1, group="A", mode=MULTIPLE)
    second = scheme(Kind.QUANTITY_REACHED, tier(2, (CUP, 1)), id=2, group="A", mode=MULTIPLE)
    other = scheme(Kind.QUANTITY_REACHED, tier(2, (CARD, 1)), id=3, group="B", mode=MULTIPLE)
    assert earned(basket((SOAP, 8, 800)), first, second, other) == {BAG: 2, CUP: 1, CARD: 4}


def test_what_stands_alone_is_alone() -> None:
    usual = scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), id=1)
    alone = scheme(Kind.BUY_AND_GET, tier(1, (CUP, 1)), id=2, alone=True)
    assert earned(basket((SOAP, 1, 100)), alone, usual) == {CUP: 1}
    plan = plan_gifts([basket((SOAP, 1, 100))], snapshot(usual, alone))
    assert gifts_of(plan) == {BAG: 1}
    assert [passed.code for passed in plan.baskets[0].passed_over] == ["stands_alone"]


def test_discounted_and_presale_lines_may_be_left_out() -> None:
    given = scheme(Kind.QUANTITY_REACHED, tier(2, (BAG, 1)), skip_discounted=True, skip_presale=True)
    lines = (
        BasketLine(0, SOAP, 1, 100, discounted=True),
        BasketLine(1, TOWEL, 1, 100),
        BasketLine(2, BRUSH, 1, 90, presale=True),
    )
    assert earned(basket(*lines), given) == {}


LIMITED: dict[str, tuple[dict[str, Any], list[int]]] = {
    "no limit": ({}, [1, 1, 1, 1]),
    "total units": ({"total": Limit(2)}, [1, 1, 0, 0]),
    "total orders": ({"total": Limit(3, LimitUnit.ORDERS)}, [1, 1, 1, 0]),
    "each buyer once": ({"per_buyer": Limit(1)}, [1, 1, 0, 0]),
    "two a day": ({"per_day": Limit(2)}, [1, 1, 0, 1]),
}


@pytest.mark.parametrize("name", LIMITED)
def test_limits_are_used_up_in_the_order_of_the_baskets(name: str) -> None:
    limits, expected = LIMITED[name]
    later = NOON + dt.timedelta(hours=20)
    baskets = [
        basket((SOAP, 1, 100), key=1, buyer="a"),
        basket((SOAP, 1, 100), key=2, buyer="b"),
        basket((SOAP, 1, 100), key=3, buyer="a"),
        basket((SOAP, 1, 100), key=4, buyer="b", paid_at=later),
    ]
    plan = plan_gifts(baskets, snapshot(scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), **limits)))
    assert [gifts_of(plan, position).get(BAG, 0) for position in range(4)] == expected


def test_a_limit_cuts_the_times_and_falls_back_to_a_lower_step() -> None:
    often = scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), mode=MULTIPLE, per_buyer=Limit(2))
    assert earned(basket((SOAP, 5, 500)), often) == {BAG: 2}
    steps = scheme(Kind.QUANTITY_REACHED, tier(3, (BAG, 2)), tier(5, (CUP, 3)), per_buyer=Limit(2))
    assert earned(basket((SOAP, 6, 600)), steps) == {BAG: 2}
    same = scheme(Kind.BUY_A_GET_A, tier(2, pick=1), mode=MULTIPLE, per_buyer=Limit(1))
    assert earned(basket((SOAP, 8, 800)), same) == {SOAP: 1}


def test_what_was_used_before_counts() -> None:
    given = scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), total=Limit(10), per_buyer=Limit(2))
    plan = plan_gifts([basket((SOAP, 1, 100))], snapshot(given, used={(1, "total"): 10}))
    assert [passed.code for passed in plan.baskets[0].passed_over] == ["quota_used_up"]
    plan = plan_gifts([basket((SOAP, 1, 100))], snapshot(given, used={(1, "buyer:taobao:b1"): 2}))
    assert [passed.code for passed in plan.baskets[0].passed_over] == ["buyer_limit_reached"]


def test_growth_tells_what_each_counter_grew_by() -> None:
    given = scheme(Kind.BUY_AND_GET, tier(1, (BAG, 2)), total=Limit(10), per_day=Limit(5, LimitUnit.ORDERS))
    plan = plan_gifts([basket((SOAP, 1, 100)), basket((SOAP, 1, 100), key=2)], snapshot(given))
    assert plan.growth == {(1, "total"): 4, (1, "day:2026-11-11"): 2}
    assert plan.stock_left[BAG] == 1_000_000 - 4


def test_steps_that_are_not_saved_yet_are_told_apart() -> None:
    unsaved = (Tier(0, 3, (Gift(BAG),)), Tier(0, 6, (Gift(CUP),)))
    each = scheme(Kind.QUANTITY_REACHED, *unsaved, mode=TierMode.EACH)
    assert earned(basket((SOAP, 6, 600)), each) == {BAG: 1, CUP: 1}
