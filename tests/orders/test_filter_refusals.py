"""What conditions of an address are refused, each by a sentence."""

from __future__ import annotations

import pytest

from oms.core.errors import UnableTo
from orders.filtering.fields import FIELDS
from orders.filtering.matching import orders_matching
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db

BAD: list[tuple[str, str]] = [
    ("nonsense", "1"),
    ("shop.only", "1"),
    ("shop.is", "1"),
    ("shop.", "1"),
    ("shop", "99999999999999999999"),
    ("shop", "x"),
    ("shop", "none"),
    ("shop", ","),
    ("warehouse", "-1"),
    ("reason", "nonsense"),
    ("hint", "'; DROP TABLE"),
    ("deadline", "4h"),
    ("paid", "abc"),
    ("paid", "1e999"),
    ("paid", "500..200"),
    ("paid", ".."),
    ("paid", "1.234"),
    ("units", "1.5"),
    ("units", "9999999999999"),
    ("paid_at", "0001-01-01"),
    ("paid_at", "9999-12-31"),
    ("paid_at", "gestern"),
    ("paid_at", "2026-11-24..2026-11-01"),
    ("paid_at", "9999999d"),
    ("q", "\x00"),
    ("q", "x" * 500),
    ("message", "x" * 101),
    ("message", "\x00"),
    ("trade", " ".join(map(str, range(2001)))),
    ("flag", ",".join(map(str, range(201)))),
    ("sku", "NO-SUCH"),
    ("region", "Atlantis"),
    ("region", "999999"),
    ("phone", "---"),
]


@pytest.mark.parametrize(("key", "text"), BAD)
def test_what_cannot_be_understood_is_refused_by_a_sentence_that_names_the_field(key: str, text: str) -> None:
    staff = make_staff(role="customer_service")
    with pytest.raises(UnableTo) as refusal:
        orders_matching(staff, "open", {key: [text]})
    name = key.partition(".")[0]
    assert str(FIELDS[name].label if name in FIELDS else name) in str(refusal.value)
    assert refusal.value.code.startswith("filter_")


def test_too_many_conditions_and_unknown_stages_are_refused() -> None:
    staff = make_staff(role="customer_service")
    with pytest.raises(UnableTo, match="30"):
        orders_matching(staff, "open", {"flag": ["1"] * 31})
    with pytest.raises(UnableTo, match="superseded"):
        orders_matching(staff, "superseded", {})
