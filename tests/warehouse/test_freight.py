"""Freight: the worked tables of docs/algorithms/freight.md, and what the page guarantees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doc_tables import worked_table
from warehouse.engine.freight import (
    Freight,
    Rounding,
    Table,
    Tariff,
    Unknown,
    Zone,
    added_steps,
    chargeable_weight,
    price,
)


def make_zone(prefix: str = "", **values: Any) -> Zone:
    given_values: dict[str, Any] = {
        "first_weight_g": 1000,
        "first_price": Decimal("6.00"),
        "added_weight_g": 500,
        "added_price": Decimal("2.50"),
        **values,
    }
    return Zone(prefix, **given_values)


def make_table(*zones: Zone, carrier: int = 1, warehouse: int | None = None, rounding: Rounding = Rounding.UP) -> Table:
    name = f"table {carrier} {warehouse}"
    return Table(10 * carrier, 3, name, carrier, warehouse, {zone.prefix: zone for zone in zones}, 8000, rounding)


@pytest.mark.parametrize("row", worked_table("freight", "zones"), ids=lambda row: row["region"])
def test_zone_with_the_longest_prefix(row: dict[str, str]) -> None:
    table = make_table(*(make_zone(prefix) for prefix in ("", "33", "3302", "65")))
    zone = table.zone_of(row["region"])
    assert zone is not None
    assert (zone.prefix or "everywhere") == row["zone"]


@pytest.mark.parametrize("row", worked_table("freight", "chargeable"), ids=lambda row: "-".join(row.values()))
def test_chargeable_weight(row: dict[str, str]) -> None:
    divisor = None if row["divisor"] == "none" else int(row["divisor"])
    assert chargeable_weight(int(row["weight g"]), int(row["volume cm³"]), divisor) == int(row["chargeable g"])


EXTRAS: dict[str, dict[str, Decimal | int]] = {
    "": {},
    "surcharge 5": {"surcharge": Decimal(5)},
    "250 km at 0.05": {"distance_km": 250, "price_per_km": Decimal("0.05")},
    "fixed 1.20": {"fixed": Decimal("1.20")},
}


@pytest.mark.parametrize("row", worked_table("freight", "prices"), ids=lambda row: "-".join(row.values()))
def test_price(row: dict[str, str]) -> None:
    zone = make_zone("", **EXTRAS[row["extra"]])
    found = price(make_table(zone, rounding=Rounding(row["rounding"])), zone, int(row["chargeable g"]), 0)
    if isinstance(found, Unknown):
        assert found == row["freight"]
    else:
        assert (found.amount, found.steps) == (Decimal(row["freight"]), Decimal(row["steps"]))


def test_table_of_the_warehouse_takes_the_place_of_the_general_one() -> None:
    tariff = Tariff([make_table(make_zone()), make_table(make_zone("33", first_price=Decimal(4)), warehouse=7)])

    def told(warehouse: int, region: str) -> Decimal | str:
        answer = tariff.estimate(1, warehouse, region, 500, 0)
        return answer.amount if isinstance(answer, Freight) else answer.value

    assert told(8, "330106") == Decimal("6.00")
    assert told(7, "330106") == Decimal("4.00")
    assert told(7, "110105") == "no_freight_row"


def test_what_cannot_be_told_is_never_a_price() -> None:
    tariff = Tariff([make_table(make_zone("33"))])
    assert tariff.estimate(1, 7, "110105", 500, 0) is Unknown.NO_ROW
    assert tariff.estimate(2, 7, "330106", 500, 0) is Unknown.NO_TABLE
    assert tariff.estimate(1, 7, "330106", 0, 0) is Unknown.ZERO_WEIGHT


def test_flat_price_needs_no_weight() -> None:
    tariff = Tariff([make_table(make_zone(added_price=Decimal(0)))])
    answer = tariff.estimate(1, 7, "330106", 0, 0)
    assert isinstance(answer, Freight)
    assert answer.amount == Decimal("6.00")


weights = st.integers(1, 60_000)


@given(weights, weights, st.integers(0, 200_000), st.sampled_from(Rounding), st.integers(1, 2000))
def test_more_never_costs_less(first: int, second: int, volume: int, rounding: Rounding, step: int) -> None:
    zone = make_zone(added_weight_g=step)
    table = make_table(zone, rounding=rounding)
    light, heavy = (price(table, zone, weight, volume) for weight in sorted((first, second)))
    assert isinstance(light, Freight)
    assert isinstance(heavy, Freight)
    assert light.amount <= heavy.amount


@given(st.integers(1, 100_000), st.integers(1, 5000))
def test_roundings_lie_within_one_step(over: int, step: int) -> None:
    exact = added_steps(over, step, Rounding.EXACT)
    assert 0 <= added_steps(over, step, Rounding.UP) - exact < 1
    assert abs(added_steps(over, step, Rounding.HALF) - exact) <= Decimal("0.5")
