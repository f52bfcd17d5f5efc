"""What must hold for all schemes and baskets."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from promotions.engine.check import check_scheme
from promotions.engine.match import plan_gifts
from promotions.engine.values import Basket, BasketLine, Gift, GoodsScope, Kind, SchemeFacts, Tier, TierMode

from .make import NOON, basket, gifts_of, scheme, snapshot

GIFTS = (91, 92, 93)
MEASURED = (Kind.BUY_AND_GET, Kind.QUANTITY_REACHED, Kind.AMOUNT_REACHED, Kind.BUY_A_GET_A)
lines = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(0, 5_000)), min_size=1, max_size=6)


@st.composite
def schemes(draw: st.DrawFn, scheme_id: int = 1) -> SchemeFacts:
    kind = draw(st.sampled_from(MEASURED))
    top = 9_000 if kind is Kind.AMOUNT_REACHED else 12
    single = kind in {Kind.BUY_AND_GET, Kind.BUY_A_GET_A}
    thresholds = draw(st.lists(st.integers(1, top), min_size=1, max_size=1 if single else 3, unique=True))
    tiers = tuple(
        Tier(
            threshold,
            threshold,
            tuple(Gift(sku, draw(st.integers(1, 3))) for sku in draw(st.sets(st.sampled_from(GIFTS), min_size=1))),
            pick=draw(st.integers(1, 2)),
        )
        for threshold in sorted(thresholds)
    )
    skus = draw(st.frozensets(st.integers(1, 5), max_size=4))
    return scheme(
        kind,
        *tiers,
        id=scheme_id,
        mode=draw(st.sampled_from(TierMode)),
        scope=GoodsScope(skus=skus),
        group=draw(st.sampled_from(["", "A", "B"])),
    )


@settings(max_examples=300, deadline=None)
@given(schemes(), lines, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_irrelevant(
    one: SchemeFacts, bought: list[tuple[int, int, int]], rng: random.Random
) -> None:
    second = replace(one, id=2, group=one.group)
    shuffled = bought[:]
    rng.shuffle(shuffled)
    first_plan = plan_gifts([basket(*bought)], snapshot(one, second))
    other_plan = plan_gifts([basket(*shuffled)], snapshot(one, second))
    assert gifts_of(first_plan) == gifts_of(other_plan)
    assert first_plan.stock_left == other_plan.stock_left


@settings(max_examples=400, deadline=None)
@given(schemes(), lines, st.integers(1, 5), st.integers(1, 6), st.integers(0, 5_000))
def test_more_goods_never_give_fewer_gifts(
    one: SchemeFacts, bought: list[tuple[int, int, int]], sku: int, units: int, fen: int
) -> None:
    if check_scheme(one):
        return
    fewer = sum(gifts_of(plan_gifts([basket(*bought)], snapshot(one))).values())
    more = sum(gifts_of(plan_gifts([basket(*bought, (sku, units, fen))], snapshot(one))).values())
    assert more >= fewer


@settings(max_examples=300, deadline=None)
@given(schemes(), schemes(2), schemes(3), lines)
def test_units_are_consumed_at_most_once_in_a_group(
    one: SchemeFacts, two: SchemeFacts, three: SchemeFacts, bought: list[tuple[int, int, int]]
) -> None:
    verdict = plan_gifts([basket(*bought)], snapshot(one, two, three)).baskets[0]
    used: Counter[tuple[str, int]] = Counter()
    for grant in verdict.grants:
        for index, units in grant.consumed:
            if grant.scheme.group:
                used[grant.scheme.group, index] += units
    assert all(units <= bought[index][1] for (_group, index), units in used.items())


def reference(one: SchemeFacts, bought: Basket) -> Counter[int]:
    """The gifts of one scheme, found the slow way: unit by unit, step by step."""
    inside = [line for line in bought.lines if not one.scope.skus or line.sku_id in one.scope.skus]
    gifts: Counter[int] = Counter()
    if one.kind is Kind.BUY_A_GET_A:
        units = Counter[int]()
        for line in inside:
            units[line.sku_id] += line.quantity
        for sku, count in units.items():
            while count >= one.tiers[0].threshold:
                gifts[sku] += one.tiers[0].pick
                count -= one.tiers[0].threshold
                if one.mode is not TierMode.MULTIPLE:
                    break
        return gifts
    measure = sum(line.amount if one.kind is Kind.AMOUNT_REACHED else line.quantity for line in inside)
    for step in sorted(one.tiers, key=lambda t: t.threshold, reverse=True):
        while measure >= step.threshold:
            for gift in step.gifts:
                gifts[gift.sku_id] += gift.quantity
            if one.mode is TierMode.HIGHEST:
                return gifts
            if one.mode is TierMode.EACH:
                break
            measure -= step.threshold
    return gifts


@settings(max_examples=400, deadline=None)
@given(schemes(), lines)
def test_gifts_equal_the_slow_reference(one: SchemeFacts, bought: list[tuple[int, int, int]]) -> None:
    made = basket(*bought)
    assert gifts_of(plan_gifts([made], snapshot(one))) == dict(reference(one, made))


def test_the_slow_reference_knows_a_case_by_hand() -> None:
    one = scheme(Kind.QUANTITY_REACHED, Tier(2, 2, (Gift(91, 1),)), mode=TierMode.MULTIPLE)
    made = Basket(1, 1, "b", "33", NOON, NOON, (BasketLine(0, 1, 5, 500),))
    assert reference(one, made) == {91: 2}
