"""Try the rules on one order or trade: what would become of it, stage by stage, and nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import translation

from oms.core import versions
from oms.core.errors import UnableTo
from oms.core.models import RuleVersion
from orders.models import ApprovalPolicy, MergeRule, Order, RoutingRule
from orders.try_order import try_order
from tests.factories import (
    Company,
    make_carrier,
    make_company,
    make_line,
    make_order,
    make_shop,
    make_staff,
    make_trade,
)
from tests.factories.trades import START
from tests.holding import assert_invariants_hold
from warehouse.models import StockBalance

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    with translation.override("en"):
        yield make_company()
    assert_invariants_hold()


def other_carrier(company: Company) -> RuleVersion:
    rule = RoutingRule.objects.get(kind="carrier")
    content = {"name": "SF for all", "kind": "carrier", "carrier": make_carrier("SF").id}
    return versions.draft("routing", content, author_id=None, rule_id=rule.id)


def test_trade_is_tried_as_if_it_had_just_come_in(company: Company) -> None:
    make_trade(company.shop, [make_line(company.sku, 2)], "T1")
    tried = try_order("T1", make_staff(), [other_carrier(company)])
    assert (tried.is_trade, len(tried.today), len(tried.drafted or ())) == (True, 1, 1)
    today = tried.today[0]
    assert (today.state, today.warehouse, today.carrier, today.lines[0].quantity) == (
        "approved",
        "W1仓",
        "YTO快递",
        2,
    )
    assert [step.stage for step in today.steps] == [
        "Match listings",
        "Warehouse",
        "Carrier",
        "Customer service audit",
        "Finance audit",
        "Stock",
    ]
    assert tried.drafted is not None
    assert tried.drafted[0].carrier == "SF快递"
    assert any("SF for all" in step.sentence for step in tried.drafted[0].steps)
    assert not Order.objects.exists()


def test_order_is_tried_as_it_stands_with_the_stock_that_it_holds(company: Company) -> None:
    order = make_order(company, [make_line(company.sku, 4)])
    balance = StockBalance.objects.get(sku=company.sku)
    StockBalance.objects.filter(pk=balance.pk).update(safety=balance.on_hand - 4)
    assert try_order(order.no, make_staff()).today[0].state == "approved"
    ApprovalPolicy.objects.all().update(enabled=False)
    tried = try_order(order.no, make_staff()).today[0]
    assert tried.state == "cs_review"
    assert "no policy" in tried.steps[-1].sentence
    order.refresh_from_db()
    assert order.state == "approved"


def test_trades_that_it_would_be_merged_with_are_named(company: Company) -> None:
    make_order(company, no="T1")
    MergeRule.objects.create(name="Together", window_minutes=60)
    make_trade(company.shop, [make_line(company.sku)], "T2", paid_at=START + dt.timedelta(minutes=5))
    assert try_order("T2", make_staff()).today[0].trades == ("T1", "T2")


def test_numbers_that_are_nobodys_or_out_of_scope_are_not_found(company: Company) -> None:
    order = make_order(company, no="T1")
    elsewhere = make_staff(shops=[make_shop("S9")])
    for number in ("T1", order.no, "T9", ""):
        with pytest.raises(UnableTo):
            try_order(number, elsewhere)
    assert try_order("T1", make_staff(shops=[company.shop])).today
