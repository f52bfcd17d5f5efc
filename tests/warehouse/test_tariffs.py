"""Freight tables and delivery regions as they are kept: versions, what is refused, how many queries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.catalog.models import Region
from oms.core import versions
from oms.core.models import RuleVersion
from warehouse.engine.freight import Freight
from warehouse.models import Carrier, FreightTable, Warehouse
from warehouse.tariffs import load_coverage, load_tariff, table_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 24)


def make_carrier(code: str = "YTO") -> Carrier:
    return Carrier.objects.create(code=code, name=code)


def rate(prefix: str = "", price: str = "6.00", **values: Any) -> dict[str, Any]:
    return {"prefix": prefix, "first_price": price, "added_price": "2.50", **values}


def save_table(carrier: Carrier, *rates: dict[str, Any], **values: Any) -> RuleVersion:
    content = {"name": "YTO", "carrier": carrier.id, "rates": list(rates), **values}
    return versions.save_rule("freight", content, author_id=None)


def codes(refused: pytest.ExceptionInfo[versions.UnableToSaveRule]) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in refused.value.problems]


def test_saved_table_prices_parcels() -> None:
    carrier = make_carrier()
    written = save_table(carrier, rate(), rate("65", "18.00"))
    answer = load_tariff().estimate(carrier.id, 1, "650100", 1500, 0)
    assert isinstance(answer, Freight)
    assert answer.amount == Decimal("20.50")
    assert (answer.table_id, answer.table_version) == (written.rule_id, 1)


def test_new_version_replaces_the_rates_and_the_old_one_stays_readable() -> None:
    carrier = make_carrier()
    first = save_table(carrier, rate())
    assert first.rule_id is not None
    content = {**first.content, "rates": [rate(price="7.00")]}
    second = versions.save_rule("freight", content, author_id=5, rule_id=first.rule_id, note="dearer")
    first.refresh_from_db()
    assert (second.version, second.state, first.state) == (2, "live", "past")
    now = load_tariff().estimate(carrier.id, 1, "650100", 500, 0)
    before = table_of(first.content, first.rule_id, 1).zone_of("650100")
    assert isinstance(now, Freight)
    assert before is not None
    assert (now.amount, before.first_price) == (Decimal("7.00"), Decimal("6.00"))


def test_what_could_price_nothing_is_refused() -> None:
    carrier = make_carrier()
    with pytest.raises(versions.UnableToSaveRule) as empty:
        save_table(carrier)
    with pytest.raises(versions.UnableToSaveRule) as twice:
        save_table(carrier, rate("33"), rate("33"))
    with pytest.raises(versions.UnableToSaveRule) as crooked:
        save_table(carrier, rate("333"))
    with pytest.raises(versions.UnableToSaveRule) as negative:
        save_table(carrier, rate(price="-1"))
    assert codes(empty) == [("rates", "never_applies")]
    assert codes(twice) == [("rates", "twice")]
    assert codes(crooked) == [("prefix", "invalid")]
    assert codes(negative) == [("first_price", "invalid")]
    assert FreightTable.objects.count() == 0


def test_second_table_in_use_for_the_same_carrier_is_refused() -> None:
    carrier = make_carrier()
    save_table(carrier, rate())
    with pytest.raises(versions.UnableToSaveRule):
        save_table(carrier, rate())
    save_table(carrier, rate(), enabled=False)


def test_unknown_region_and_disabled_carrier_are_warned_about() -> None:
    Region.objects.create(code="330000", name="浙江省", level=1)
    carrier = make_carrier()
    Carrier.objects.filter(id=carrier.id).update(enabled=False)
    content = {"name": "YTO", "carrier": carrier.id, "rates": [rate("33"), rate("99")]}
    found = versions.find_problems("freight", content)
    assert [(p.field, p.code, p.warning) for p in found] == [
        ("rates", "unknown_region", True),
        ("carrier", "target_disabled", True),
    ]


def test_coverage_of_a_day() -> None:
    carrier, warehouse = make_carrier(), Warehouse.objects.create(code="W1", name="Main")
    day = DAY.isoformat()
    versions.save_rule(
        "coverage",
        {
            "carrier": carrier.id,
            "rows": [
                {"prefix": ""},
                {"prefix": "65", "excluded": True, "valid_until": day},
                {"prefix": "54", "excluded": True, "valid_from": day},
            ],
        },
        author_id=None,
    )
    versions.save_rule("coverage", {"warehouse": warehouse.id, "rows": [{"prefix": "33"}]}, author_id=None)
    assert load_coverage(DAY) == {
        (carrier.id, None): {"": True, "54": False},
        (None, warehouse.id): {"33": True},
    }
    assert load_coverage(DAY - dt.timedelta(days=1))[carrier.id, None] == {"": True, "65": False}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "never_applies"),
        ([{"prefix": "33", "excluded": True}], "never_applies"),
        ([{"prefix": "33"}, {"prefix": "33", "excluded": True}], "twice"),
        ([{"prefix": "", "valid_from": "2026-11-24", "valid_until": "2026-11-24"}], "invalid"),
    ],
)
def test_coverage_of_nothing_is_refused(rows: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(versions.UnableToSaveRule) as refused:
        versions.save_rule("coverage", {"carrier": make_carrier().id, "rows": rows}, author_id=None)
    assert code in [found for _field, found in codes(refused)]


def test_tables_and_regions_are_read_by_two_queries_however_many_there_are() -> None:
    counts = []
    for number in (1, 20):
        for code in range(number):
            carrier = make_carrier(f"C{number}-{code}")
            save_table(carrier, rate(), rate("33"))
            versions.save_rule("coverage", {"carrier": carrier.id, "rows": [{"prefix": "33"}]}, author_id=None)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            load_tariff()
            load_coverage(DAY)
        counts.append(len(queries))
    assert counts == [2, 2]
