"""Pre-sale, split and merge rules are kept with versions, checked and read out as the others."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from oms.core import versions
from orders import rules
from orders.models import SplitRule
from orders.rule_sentences import sentence_of
from tests.factories import Company, make_company, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def codes(kind: str, content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(found.field, found.code) for found in versions.find_problems(kind, {"name": "x", **content})]


def test_rules_that_could_never_apply_are_refused(company: Company) -> None:
    past = "2020-01-01T00:00:00+00:00"
    assert codes("presale", {"sku": company.sku.id, "until": past}) == [("until", "never_applies")]
    assert codes("presale", {}) == [("", "invalid")]
    assert codes("split", {"kind": "weight"}) == [("", "invalid")]
    assert codes("split", {"kind": "box", "skus": [company.sku.id]}) == [("skus", "contradiction")]
    assert codes("split", {"kind": "product", "skus": [0]}) == [("skus", "never_applies")]
    assert codes("merge", {"max_trades": 1}) == [("max_trades", "never_applies")]
    one = {"across_shops": True, "shops": [company.shop.id]}
    assert codes("merge", one) == [("across_shops", "contradiction")]
    assert codes("merge", {**one, "shops": [company.shop.id, make_shop("S2").id]}) == []


def test_every_change_is_a_version(company: Company) -> None:
    first = rules.save_rule("split", {"name": "x", "kind": "weight", "limit_g": 9000}, author_id=None)
    assert first.rule_id is not None
    rules.change_rule("split", first.rule_id, {"limit_g": 5000}, author_id=None)
    rule = SplitRule.objects.get()
    assert (rule.limit_g, rule.version) == (5000, 2)
    assert versions.versions_of("split", first.rule_id).count() == 2


@pytest.mark.parametrize(
    ("kind", "content", "sentence"),
    [
        ("split", {"kind": "weight", "limit_g": 9000}, "any order: parcels of 9000 g at most."),
        ("split", {"kind": "shortage"}, "any order: what is in stock leaves first."),
        (
            "merge",
            {"window_minutes": 90, "max_weight_g": 3000},
            (
                "any order, each shop alone: what one buyer paid within 90 minutes travels together, "
                "10 trades and 3000 g at most."
            ),
        ),
    ],
)
def test_sentences(kind: str, content: dict[str, Any], sentence: str) -> None:
    with translation.override("en"):
        assert sentence_of(kind, content) == sentence


def test_sentence_of_a_presale_names_what_waits(company: Company) -> None:
    content = {"sku": company.sku.id, "until": "2026-12-01T00:00:00+00:00"}
    with translation.override("en"):
        assert sentence_of("presale", content) == (f"{company.sku.code} is pre-sale and waits until 2026-12-01 08:00.")
