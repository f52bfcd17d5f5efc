"""The search for the least total cost equals trying everything, whatever the costs are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.engine.routing import choose
from orders.engine.routing.choose import Load, Question, find_cheapest

SITES = (11, 12, 13, 14)

Prices = Mapping[int, tuple[int, int, int | None]]
"""Warehouse → (price of a parcel, price of a unit, units of the heaviest parcel)."""


def cost_by(prices: Prices, site: int, load: Load) -> Decimal | None:
    first, each, most = prices[site]
    units = sum(units for _sku, units in load)
    return None if most is not None and units > most else Decimal(first + each * units)


def floor_by(prices: Prices, site: int, load: Load) -> Decimal:
    first, each, _most = prices[site]
    return Decimal(first + each * sum(units for _sku, units in load))


def try_everything(question: Question, prices: Prices) -> Decimal | None:
    """The least total over every allowed placement, found without any cleverness."""
    totals: list[Decimal] = []
    for size in range(1, question.max_parts + 1):
        for sites in combinations(question.sites, size):
            totals.extend(totals_of(question, sites, prices))
    return min(totals, default=None)


def totals_of(question: Question, sites: tuple[int, ...], prices: Prices) -> Iterator[Decimal]:
    ways: list[list[tuple[int, ...]]] = []
    for sku, units in question.units:
        room = [question.room.get((site, sku), 0) for site in sites]
        every = [s for s in product(*(range(min(units, free) + 1) for free in room)) if sum(s) == units]
        ways.append([shares for shares in every if max(shares) == units] or every)
    for choice in product(*ways):
        loads = [
            tuple((sku, shares[at]) for (sku, _units), shares in zip(question.units, choice, strict=True) if shares[at])
            for at in range(len(sites))
        ]
        costs = [cost_by(prices, site, load) for site, load in zip(sites, loads, strict=True) if load]
        if None not in costs:
            yield sum((cost for cost in costs if cost is not None), Decimal(0))


@st.composite
def questions(draw: st.DrawFn) -> tuple[Question, Prices]:
    sites = SITES[: draw(st.integers(1, 4))]
    skus = range(1, draw(st.integers(1, 4)) + 1)
    units = tuple((sku, draw(st.integers(1, 4))) for sku in skus)
    room = {(site, sku): draw(st.integers(0, 5)) for site in sites for sku in skus}
    prices = {
        site: (draw(st.integers(0, 9)), draw(st.integers(0, 4)), draw(st.none() | st.integers(1, 8))) for site in sites
    }
    return Question(units, sites, room, draw(st.integers(1, 4))), prices


def ask(question: Question, prices: Prices) -> choose.Found:
    return find_cheapest(
        question,
        lambda site, load: cost_by(prices, site, load),
        lambda site, load: floor_by(prices, site, load),
    )


@given(questions())
@settings(max_examples=300, deadline=None)
def test_equals_trying_everything(asked: tuple[Question, Prices]) -> None:
    question, prices = asked
    found = ask(question, prices)
    assert found.search == choose.EXACT
    assert (None if found.best is None else found.best.total) == try_everything(question, prices)


@given(questions())
@settings(max_examples=150, deadline=None)
def test_what_is_found_serves_every_unit_from_what_is_there(asked: tuple[Question, Prices]) -> None:
    question, prices = asked
    best = ask(question, prices).best
    if best is None:
        return
    served: dict[int, int] = {}
    for site, load in best.parts:
        assert load
        for sku, units in load:
            assert 0 < units <= question.room[site, sku]
            served[sku] = served.get(sku, 0) + units
    assert served == dict(question.units)
    assert len(best.parts) <= question.max_parts


@given(questions())
@settings(max_examples=100, deadline=None)
def test_greedy_never_undercuts_the_exact_search_and_says_what_it_is(asked: tuple[Question, Prices]) -> None:
    question, prices = asked
    exact = ask(question, prices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "LIMIT", 0)
        greedy = ask(question, prices)
    splits = question.max_parts > 1 and len(question.sites) > 1 and sum(units for _sku, units in question.units) > 1
    if splits and greedy.search == choose.GREEDY and greedy.best is not None:
        assert exact.best is not None
        assert exact.best.total is not None
        assert greedy.best.total is not None
        assert greedy.best.total >= exact.best.total


@pytest.mark.parametrize(
    ("why", "prices", "room", "parts"),
    [
        ("the cheaper of two", {11: (9, 0, None), 12: (8, 0, None)}, {(11, 1): 2, (12, 1): 2}, ((12, ((1, 2),)),)),
        (
            "the first in rank of equals",
            {11: (8, 0, None), 12: (8, 0, None)},
            {(11, 1): 2, (12, 1): 2},
            ((11, ((1, 2),)),),
        ),
        (
            "one parcel before two that cost the same",
            {11: (4, 0, 1), 12: (4, 4, None)},
            {(11, 1): 1, (12, 1): 2},
            ((12, ((1, 2),)),),
        ),
        (
            "divided, where nobody has everything",
            {11: (4, 0, None), 12: (8, 0, None)},
            {(11, 1): 1, (12, 1): 1},
            ((11, ((1, 1),)), (12, ((1, 1),))),
        ),
        (
            "where there is stock, though dearer",
            {11: (4, 0, None), 12: (8, 0, None)},
            {(11, 1): 1, (12, 1): 2},
            ((12, ((1, 2),)),),
        ),
    ],
)
def test_scenarios(
    why: str, prices: Prices, room: dict[tuple[int, int], int], parts: tuple[tuple[int, Load], ...]
) -> None:
    found = ask(Question(((1, 2),), (11, 12), room, 2), prices)
    assert found.best is not None, why
    assert found.best.parts == parts, why


def test_many_ways_are_searched_greedily() -> None:
    sites = tuple(range(1, 8))
    units = tuple((sku, 1) for sku in range(1, 13))
    # No warehouse has everything, so that no set of them can be left out.
    room = {(site, sku): 1 for site in sites for sku, _units in units if (site + sku) % 2}
    found = find_cheapest(
        Question(units, sites, room, 3), lambda site, _load: Decimal(site), lambda site, _load: Decimal(site)
    )
    assert found.search == choose.GREEDY
    assert found.best is not None
    assert found.best.total == Decimal(3)
