"""The measurement of the lists finds what it looks for, on a small archive."""

from __future__ import annotations

import pytest

from tests.bench import lists

pytestmark = pytest.mark.django_db

ORDERS = 2000


def test_every_case_finds_what_it_asks_for_in_few_statements() -> None:
    lines = list(lists.measure(ORDERS, runs=2))
    data, *cases = lines
    assert data["orders"] == ORDERS
    assert data["open"] * 9 < ORDERS < data["open"] * 12
    assert len({line["case"] for line in cases}) == len(cases) >= 20
    assert all(line["queries"] <= 30 for line in cases), cases
    assert all(line["p95_ms"] >= line["p50_ms"] > 0 for line in cases)
