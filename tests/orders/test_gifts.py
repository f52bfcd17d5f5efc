"""Gifts of campaigns on their way through the pipeline."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from oms.catalog.models import Sku
from orders.audit import cancel
from orders.engine.reasons import ExceptionReason
from orders.engine.split import SplitKind
from orders.explain import why
from orders.merging import unmerge
from orders.models import MergeRule, Order, OrderLine, Trade
from orders.pipeline import process_due
from orders.splitting import Wish, split
from promotions.campaigns import stop
from promotions.models import Campaign, GiftGrant, LimitCounter, Scheme, SchemeTier
from tests.factories import (
    Company,
    make_company,
    make_document,
    make_line,
    make_order,
    make_sku,
    make_staff,
    put_stock,
    store,
)
from tests.factories.trades import START
from tests.holding import assert_invariants_hold

WEEK = dt.timedelta(days=7)


@pytest.fixture
def company(db: None) -> Company:
    return make_company()


@pytest.fixture
def bag(company: Company) -> Sku:
    sku = make_sku("BAG", cost="1.20", weight_g=30)
    put_stock(company.warehouse, {sku: 100})
    return sku


def campaign(gift: Sku, *, threshold: str = "2", quantity: int = 1, **values: Any) -> Scheme:
    """A live campaign that gives for so many units."""
    live = Campaign.objects.create(
        name=f"活动{Campaign.objects.count() + 1}", state="live", starts_at=START - WEEK, ends_at=START + WEEK
    )
    scheme = Scheme.objects.create(**{"campaign": live, "name": "满件送", "kind": "quantity_reached"} | values)
    SchemeTier.objects.create(scheme=scheme, threshold=Decimal(threshold), gifts=[[gift.id, quantity]])
    return scheme


def gifts_of(order: Order) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, units in OrderLine.objects.filter(order=order, is_gift=True).values_list("sku__code", "quantity"):
        found[code] = found.get(code, 0) + units
    return found


def active() -> list[tuple[int, int]]:
    """(order, units) of the grants that stand."""
    return sorted(GiftGrant.objects.filter(state="active").values_list("order_id", "units"))


def test_a_gift_is_appended_reserved_and_told(company: Company, bag: Sku) -> None:
    scheme = campaign(bag, total_limit=5)
    order = make_order(company, [make_line(company.sku, 3)])
    assert (order.state, gifts_of(order), order.quantity) == ("approved", {"BAG": 1}, 4)
    assert active() == [(order.id, 1)]
    assert LimitCounter.objects.get().used == 1
    assert OrderLine.objects.get(order=order, is_gift=True).gift_scheme_id == scheme.id
    assert any("BAG × 1" in told.sentence for told in why(order.id))
    assert make_order(company, [make_line(company.sku, 1)]).line_count == 1
    assert_invariants_hold()


def test_an_order_met_again_keeps_its_gifts_even_when_the_campaign_was_stopped(company: Company, bag: Sku) -> None:
    scheme = campaign(bag)
    order = make_order(company, [make_line(company.sku, 3)], buyer_message="在吗")
    assert order.state == "cs_review"
    stop(scheme.campaign_id, actor_id=None)
    Order.objects.filter(id=order.id).update(reprocess_at=START)
    process_due()
    assert gifts_of(order) == {"BAG": 1}
    assert active() == [(order.id, 1)]
    assert_invariants_hold()


def test_a_cancelled_order_gives_back(company: Company, bag: Sku) -> None:
    campaign(bag, total_limit=1)
    order = make_order(company, [make_line(company.sku, 2)])
    assert gifts_of(make_order(company, [make_line(company.sku, 2)])) == {}
    cancel([order.id], actor_id=make_staff().pk, reason="不要了")
    assert active() == []
    assert gifts_of(make_order(company, [make_line(company.sku, 2)])) == {"BAG": 1}
    assert_invariants_hold()


def test_a_changed_trade_is_matched_anew_and_gifts_by_hand_stay(company: Company, bag: Sku) -> None:
    campaign(bag, total_limit=5)
    document = make_document([make_line(company.sku, 2)], buyer_message="在吗")
    store(company.shop, document)
    process_due()
    order = Order.objects.get(trade_no=document.trade_no)
    OrderLine.objects.create(
        order=order, position=9, sku=company.sku, quantity=1, price=0, amount=0, is_gift=True, title="手工赠品"
    )
    fewer = make_document(
        [make_line(company.sku, 1)], document.trade_no, buyer_message="在吗", modified=START + dt.timedelta(minutes=5)
    )
    store(company.shop, fewer)
    process_due()
    assert gifts_of(order) == {company.sku.code: 1}
    assert active() == []
    assert LimitCounter.objects.get().used == 0
    assert_invariants_hold()


def test_a_merged_order_is_matched_anew_and_its_parts_again_when_it_is_undone(company: Company, bag: Sku) -> None:
    campaign(bag, threshold="2", mode="multiple", total_limit=10)
    MergeRule.objects.create(name="同一收货人", window_minutes=120)
    first = make_order(company, [make_line(company.sku, 3)], no="T1", buyer_message="在吗", buyer_id="b1")
    assert gifts_of(first) == {"BAG": 1}
    second = make_order(company, [make_line(company.sku, 3)], no="T2", buyer_message="在吗", buyer_id="b1")
    merged = Order.objects.get(origin="merge")
    assert gifts_of(merged) == {"BAG": 3}
    assert active() == [(merged.id, 3)]
    assert_invariants_hold()
    assert unmerge([merged.id], actor_id=make_staff().pk).done == (merged.id,)
    process_due()
    for part in (first, second):
        part.refresh_from_db()
        assert (part.state, gifts_of(part)) == ("cs_review", {"BAG": 1})
    assert sorted(active()) == sorted([(first.id, 1), (second.id, 1)])
    assert_invariants_hold()


def test_a_split_takes_the_gift_along_and_earns_no_second_one(company: Company, bag: Sku) -> None:
    campaign(bag, total_limit=5)
    order = make_order(company, [make_line(company.sku, 4)], buyer_message="在吗")
    goods, gift = OrderLine.objects.filter(order=order).order_by("position")
    wish = Wish(SplitKind.HAND, ({goods.id: 2}, {goods.id: 2, gift.id: 1}))
    assert split([order.id], wish, actor_id=make_staff().pk).done == (order.id,)
    process_due()
    parts = Order.objects.filter(origin="hand").order_by("id")
    assert [gifts_of(part) for part in parts] == [{}, {"BAG": 1}]
    assert active() == [(order.id, 1)]
    cancel([part.id for part in parts], actor_id=make_staff().pk, reason="不要了")
    assert active() == []
    assert_invariants_hold()


@pytest.mark.parametrize(
    ("word", "state", "gifts"),
    [("drop", "approved", {}), ("wait", "exception", {}), ("substitute", "approved", {"CUP": 1})],
)
def test_a_gift_that_is_out_of_stock(company: Company, word: str, state: str, gifts: dict[str, int]) -> None:
    bag, cup = make_sku("BAG"), make_sku("CUP")
    put_stock(company.warehouse, {cup: 5})
    campaign(bag, no_stock=word, substitutes=[cup.id], total_limit=5)
    order = make_order(company, [make_line(company.sku, 2)])
    assert (order.state, gifts_of(order)) == (state, gifts)
    if word == "wait":
        assert order.exceptions == [ExceptionReason.GIFT_OUT_OF_STOCK]
        assert active() == []
        put_stock(company.warehouse, {bag: 5})
        wake_all()
        order.refresh_from_db()
        assert (order.state, gifts_of(order)) == ("approved", {"BAG": 1})
    assert_invariants_hold()


def wake_all() -> None:
    from oms.core.outbox import deliver_due
    from orders.wake import TOPIC

    deliver_due(TOPIC)
    process_due()


def test_the_trade_s_own_numbers_stay(company: Company, bag: Sku) -> None:
    """A gift is no part of the trade: amounts and what is told to the platform are the buyer's lines."""
    campaign(bag)
    order = make_order(company, [make_line(company.sku, 2)])
    trade = Trade.objects.get(trade_no=order.trade_no)
    assert order.paid_amount == trade.paid_amount
    assert OrderLine.objects.filter(order=order, is_gift=True, trade__isnull=True, oid="").count() == 1
