"""Sharing conserves every fen, whatever the weights."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core.money import CENT, UnableToShare, money, share

AMOUNTS = st.decimals(min_value=-100_000, max_value=100_000, places=2, allow_nan=False)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=30)


@given(AMOUNTS, WEIGHTS.filter(any))
def test_parts_add_up_and_none_is_a_fen_off_its_exact_share(total: Decimal, weights: list[int]) -> None:
    parts = share(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < CENT


@given(AMOUNTS, WEIGHTS.filter(any))
def test_a_negative_total_is_shared_like_its_opposite(total: Decimal, weights: list[int]) -> None:
    assert share(-total, weights) == [-part for part in share(total, weights)]


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("10.00", [1, 1, 1], ["3.34", "3.33", "3.33"]),
        ("0.01", [1, 1], ["0.01", "0.00"]),
        ("0.05", [3, 7], ["0.02", "0.03"]),
        ("9.99", [0, 5], ["0.00", "9.99"]),
        ("0.00", [0, 0], ["0.00", "0.00"]),
    ],
)
def test_largest_remainder_and_ties_to_the_earlier(total: str, weights: list[int], parts: list[str]) -> None:
    assert share(Decimal(total), weights) == [Decimal(part) for part in parts]


@pytest.mark.parametrize(("total", "weights"), [("1.00", []), ("1.00", [0, 0]), ("1.00", [2, -1])])
def test_what_cannot_be_shared(total: str, weights: list[int]) -> None:
    with pytest.raises(UnableToShare):
        share(Decimal(total), weights)


def test_rounds_half_up() -> None:
    assert [money("0.005"), money("0.015"), money("-0.005")] == [Decimal("0.01"), Decimal("0.02"), Decimal("-0.01")]
