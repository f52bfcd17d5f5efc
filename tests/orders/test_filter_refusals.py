"""What conditions of an address are refused, each by a sentence."""

from __future__ import annotations

import pytest

from oms.core.errors import UnableTo
from orders.filtering.base import Op
from orders.filtering.fields import FIELDS
from orders.filtering.matching import make_asker, orders_matching, read_condition
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


EVIL = ("yes", "none", "\x00", "²", "١", "x" * 5000, "-1", "0.001", "NaN", "1e5", "+999d", "0d", "@" + "a" * 32, "~" + "0" * 32, "🙂",
        "2026-02-30", "2026-11-24T10:00:00+99:00", "2026-W48-2", "9" * 18 + "-done", "\\,", "%", "'", "[", "..9999999999")  # fmt: skip


def test_every_condition_that_an_address_can_hold_is_told_in_a_sentence() -> None:
    asker = make_asker(make_staff(role="customer_service"), "open")
    for name, field in FIELDS.items():
        for op in Op:
            for text in EVIL:
                condition = read_condition(name if op == Op.IS else f"{name}.{op}", text, asker)
                assert str(field.label) in condition.sentence
                if not condition.problem:
                    orders_matching(asker.staff, "open", {condition.key: [text]}).first()
