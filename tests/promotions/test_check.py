"""What may not go live."""

from __future__ import annotations

import datetime as dt

import pytest

from promotions.engine.check import check_scheme, conflicts
from promotions.engine.values import Choice, GoodsScope, Kind, Limit, NoStock, SchemeFacts, TierMode

from .make import BAG, CUP, NOON, SOAP, TOWEL, scheme, tier

Q = Kind.QUANTITY_REACHED
WRONG: dict[str, tuple[SchemeFacts, str]] = {
    "window_reversed": (scheme(Q, tier(1, (BAG, 1)), starts_at=NOON, ends_at=NOON), "ends_at"),
    "scope_empty": (
        scheme(Q, tier(1, (BAG, 1)), scope=GoodsScope(skus=frozenset({1}), without_skus=frozenset({1}))),
        "scope",
    ),
    "no_tiers": (scheme(Q), "tiers"),
    "threshold_not_positive": (scheme(Q, tier(0, (BAG, 1))), "tiers"),
    "tiers_overlap": (scheme(Q, tier(3, (BAG, 1)), tier(3, (CUP, 1))), "tiers"),
    "one_tier_only": (scheme(Kind.BUY_AND_GET, tier(1, (BAG, 1)), tier(2, (BAG, 2))), "tiers"),
    "fewer_gifts_above": (scheme(Q, tier(2, (BAG, 2)), tier(5, (CUP, 1))), "tiers"),
    "no_gifts": (scheme(Q, tier(2)), "tiers"),
    "gift_quantity_not_positive": (scheme(Q, tier(2, (BAG, 0))), "tiers"),
    "gift_twice": (scheme(Q, tier(2, (BAG, 1), (BAG, 2))), "tiers"),
    "pick_not_positive": (scheme(Q, tier(2, (BAG, 1), choice=Choice.ANY_OF, pick=0)), "tiers"),
    "gift_is_condition": (scheme(Q, tier(2, (SOAP, 1)), scope=GoodsScope(skus=frozenset({SOAP}))), "tiers"),
    "no_substitutes": (scheme(Q, tier(2, (BAG, 1)), no_stock=NoStock.SUBSTITUTE), "substitutes"),
    "limit_not_positive": (scheme(Q, tier(2, (BAG, 1)), total=Limit(0)), "total"),
    "day_above_total": (scheme(Q, tier(2, (BAG, 1)), total=Limit(5), per_day=Limit(6)), "per_day"),
    "buyer_above_total": (scheme(Q, tier(2, (BAG, 1)), total=Limit(5), per_buyer=Limit(6)), "per_buyer"),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_is_named_at_its_field(code: str) -> None:
    wrong, field = WRONG[code]
    assert (code, field) in [(problem.code, problem.field) for problem in check_scheme(wrong)]


def test_a_right_scheme_has_no_problem() -> None:
    right = scheme(Q, tier(2, (BAG, 1)), tier(5, (CUP, 3)), mode=TierMode.MULTIPLE, total=Limit(9), per_buyer=Limit(2))
    assert check_scheme(right) == []


def test_a_multiple_that_gives_less_in_between_is_refused() -> None:
    """At 6 units two times three give 4 bags; at 7 units the step of seven would give 3."""
    falling = scheme(Q, tier(3, (BAG, 2)), tier(7, (CUP, 3)), mode=TierMode.MULTIPLE)
    assert "fewer_gifts_above" in [problem.code for problem in check_scheme(falling)]


def test_conflicts_are_found_in_pairs() -> None:
    hour = dt.timedelta(hours=1)
    first = scheme(Q, tier(2, (BAG, 1)), id=1, group="A", scope=GoodsScope(skus=frozenset({SOAP})))
    same = scheme(Q, tier(2, (CUP, 1)), id=2, group="A", scope=GoodsScope(skus=frozenset({SOAP, TOWEL})))
    elsewhere = scheme(
        Q, tier(2, (CUP, 1)), id=3, group="A", scope=GoodsScope(skus=frozenset({TOWEL})), shops=frozenset({7})
    )
    over = scheme(Q, tier(2, (BAG, 1)), id=4, alone=True, starts_at=NOON, ends_at=NOON + hour)
    before = scheme(Q, tier(2, (BAG, 1)), id=5, ends_at=NOON, shops=frozenset({8}))
    found = [(a.id, b.id, code) for a, b, code in conflicts([first, same, elsewhere, over, before])]
    assert (1, 2, "same_group") in found
    assert (1, 4, "stands_alone") in found
    assert (1, 3, "same_group") not in found
    assert all({4, 5} != {a, b} for a, b, _code in found)
