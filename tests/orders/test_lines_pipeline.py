"""Bundles, pre-sale, split and merge on their way through the pipeline and the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from oms.catalog.bundles import remove_bundle, save_bundle
from oms.catalog.models import Listing, Sku
from oms.core import outbox
from oms.core.errors import UnableTo
from orders import wake
from orders.explain import why
from orders.models import MergeRule, Order, OrderLine, OrderLink, PresaleRule, SplitRule
from orders.pipeline import process_batch, process_due
from orders.trades.document import TradeReceiver
from tests.factories import Company, make_company, make_document, make_line, make_sku, put_stock, store
from tests.holding import assert_invariants_hold
from warehouse.models import Reservation, Shipment, StockBalance, StockMove
from warehouse.stock import Move, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company(skus=3, stock=100)
    assert_invariants_hold()


def leave(company: Company, sku: Sku, units: int) -> None:
    """Take out all but so many units of what the company has in stock."""
    receive([Move(company.warehouse.id, sku.id, units - 100)], StockMove.Kind.ADJUSTED)


def live(trade_no: str) -> list[Order]:
    ids = OrderLine.objects.filter(trade__trade_no=trade_no).values("order_id")
    return list(Order.objects.filter(id__in=ids).exclude(state="superseded").order_by("id"))


def test_a_bundle_ships_as_its_components_and_every_cent_is_kept(company: Company) -> None:
    bundle = make_sku("SET", price="50.00")
    one, two, _three = company.skus
    save_bundle(bundle.id, {one.id: 2, two.id: 1}, actor_id=None)
    store(company.shop, make_document([make_line(bundle, 3, price="33.35", discount=Decimal("0.05"))], "T1"))
    process_due()
    order = Order.objects.get()
    assert order.state == "approved"
    lines = order.lines.order_by("position")
    rows = lines.values_list("sku__code", "quantity", "amount", "bundle_sku__code", "bundle_quantity")
    assert list(rows) == [("A1", 6, Decimal("50.00"), "SET", 3), ("A2", 3, Decimal("50.00"), "SET", 3)]
    assert order.paid_amount == Decimal("100.00")
    assert dict(Reservation.objects.values_list("sku__code", "quantity")) == {"A1": 6, "A2": 3}
    with translation.override("en"):
        assert "Expanded into components: SET × 3." in [told.sentence for told in why(order.id)]


def test_an_order_waits_for_a_bill_that_can_be_used_and_goes_on_by_itself(company: Company) -> None:
    bundle = make_sku("SET")
    free = make_sku("FREE", price="0.00", cost=Decimal("1.00"))
    put_stock(company.warehouse, {free: 10})
    save_bundle(bundle.id, {free.id: 1}, weigh_by="cost", actor_id=None)
    free.cost = Decimal("0.00")
    free.save()
    store(company.shop, make_document([make_line(bundle)]))
    process_due()
    order = Order.objects.get()
    assert (order.state, order.exceptions) == ("exception", ["bundle_without_weights"])
    save_bundle(bundle.id, {free.id: 1}, weigh_by="equal", actor_id=None)
    outbox.deliver_due(wake.TOPIC)
    process_due()
    order.refresh_from_db()
    assert order.state == "approved"


def test_a_bundle_in_a_bundle_is_refused_from_either_side(company: Company) -> None:
    inner, outer = make_sku("INNER"), make_sku("OUTER")
    save_bundle(inner.id, {company.sku.id: 1}, actor_id=None)
    with translation.override("en"), pytest.raises(UnableTo, match="INNER are bundles themselves"):
        save_bundle(outer.id, {inner.id: 1}, actor_id=None)
    with translation.override("en"), pytest.raises(UnableTo, match="A1 is a component of bundle INNER"):
        save_bundle(company.sku.id, {company.skus[1].id: 1}, actor_id=None)
    remove_bundle(inner.id, actor_id=None)
    save_bundle(outer.id, {inner.id: 1}, actor_id=None)


def test_presale_lines_wait_apart_and_leave_on_their_date(company: Company) -> None:
    one, two, three = company.skus
    document = make_document([make_line(one), make_line(two), make_line(three)], "T1", post_fee="5.00")
    store(company.shop, document)
    until = timezone.now() + dt.timedelta(days=1)
    rule = PresaleRule.objects.create(name="新品", listing=Listing.objects.get(item_id="item-A2"), until=until)
    process_due()
    born = Order.objects.get(trade_no="T1", origin="own")
    ready, waiting = live("T1")
    assert (born.state, ready.state, waiting.state) == ("superseded", "approved", "presale")
    assert (waiting.presale_until, waiting.reprocess_at) == (until, until)
    assert set(OrderLink.objects.values_list("parent_id", "child_id", "kind")) == {
        (born.id, ready.id, "split"),
        (born.id, waiting.id, "split"),
    }
    totals = Order.objects.exclude(state="superseded").aggregate(Sum("paid_amount"), Sum("post_fee"))
    assert totals == {"paid_amount__sum": document.paid_amount, "post_fee__sum": Decimal("5.00")}
    assert process_batch().total == 0
    passed = timezone.now() - dt.timedelta(hours=1)
    PresaleRule.objects.filter(id=rule.id).update(until=passed)
    Order.objects.filter(id=waiting.id).update(reprocess_at=passed)
    process_due()
    waiting.refresh_from_db()
    assert waiting.state == "approved"
    assert waiting.presale_until is None


def test_a_presale_by_stock_is_let_go_by_what_arrives_and_by_no_more(company: Company) -> None:
    scarce = make_sku("RARE")
    PresaleRule.objects.create(name="到货即发", sku=scarce)
    for _ in range(3):
        store(company.shop, make_document([make_line(scarce, 2)]))
    process_due()
    assert list(Order.objects.values_list("state", flat=True)) == ["presale"] * 3
    put_stock(company.warehouse, {scarce: 4})
    outbox.deliver_due(wake.TOPIC)
    process_due()
    assert list(Order.objects.order_by("id").values_list("state", flat=True)) == ["approved", "approved", "presale"]


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ({"kind": "weight", "limit_g": 500}, [{"A1": 2}, {"A1": 1, "A2": 1}]),
        ({"kind": "box"}, [{"A2": 1}, {"A1": 3}]),
        ({"kind": "product", "skus": ["A2"]}, [{"A1": 3}, {"A2": 1}]),
        ({"kind": "shortage"}, [{"A1": 2, "A2": 1}, {"A1": 1}]),
    ],
)
def test_rules_split_as_they_say(rule: dict[str, object], parts: list[dict[str, int]], company: Company) -> None:
    one, two, _three = company.skus
    one.box_quantity = 3
    one.save()
    if rule["kind"] == "shortage":
        leave(company, one, 2)
    by_code = {sku.code: sku.id for sku in company.skus}
    SplitRule.objects.create(name="拆", **{**rule, "skus": [by_code[code] for code in rule.get("skus", [])]})  # type: ignore[attr-defined]
    store(company.shop, make_document([make_line(one, 3), make_line(two, 1)], "T1"))
    process_due()
    made = [dict(order.lines.values_list("sku__code", "quantity")) for order in live("T1")]
    assert made == parts
    assert {order.origin for order in live("T1")} == {rule["kind"]}


def merge_rule(**values: object) -> MergeRule:
    return MergeRule.objects.create(**{"name": "同一收件人", "window_minutes": 60} | values)


def test_orders_of_one_buyer_to_one_receiver_travel_together(company: Company) -> None:
    merge_rule()
    store(
        company.shop,
        make_document([make_line(company.sku)], "T1", buyer_message="快点", post_fee="4.00"),
        make_document([make_line(company.skus[1], 2)], "T2", buyer_message="快点", post_fee="1.00"),
        make_document([make_line(company.sku)], "T3", receiver=TradeReceiver("李四", "13900000000", "街", "浙江省")),
    )
    process_due()
    merged = Order.objects.get(origin="merge")
    assert {line.trade.trade_no for line in merged.lines.all() if line.trade} == {"T1", "T2"}
    assert (merged.paid_amount, merged.post_fee) == (Decimal("35.00"), Decimal("5.00"))
    assert merged.buyer_message == "快点"
    assert merged.trade_no == "T1"
    assert Order.objects.filter(state="superseded").count() == 2
    assert "T1, T2" in " ".join(told.sentence for told in why(merged.id))


def test_masked_receivers_are_merged_by_the_platforms_word_alone(company: Company) -> None:
    merge_rule()
    masked = TradeReceiver("张**", "138****5678", "文三路 * 号", "浙江省", "杭州市", "西湖区", oaid="1:abc")
    for number, group in (("T1", ""), ("T2", ""), ("T3", "g1"), ("T4", "g1")):
        store(company.shop, make_document([make_line(company.sku)], number, receiver=masked, merge_group=group))
    process_due()
    merged = Order.objects.get(origin="merge")
    assert sorted(line.trade.trade_no for line in merged.lines.all() if line.trade) == ["T3", "T4"]


def test_plain_receivers_are_merged_by_themselves_though_they_have_an_address_id(company: Company) -> None:
    merge_rule()
    plain = TradeReceiver("张三", "13800005678", "文三路 1 号", "浙江省", "杭州市", "西湖区", oaid="1:abc")
    for number in ("T1", "T2"):
        store(company.shop, make_document([make_line(company.sku)], number, receiver=plain))
    process_due()
    merged = Order.objects.get(origin="merge")
    assert sorted(line.trade.trade_no for line in merged.lines.all() if line.trade) == ["T1", "T2"]


def test_a_later_order_joins_an_approved_one_that_is_not_printed(company: Company) -> None:
    merge_rule()
    store(company.shop, make_document([make_line(company.sku, 2)], "T1"))
    process_due()
    first = Order.objects.get()
    assert first.state == "approved"
    store(company.shop, make_document([make_line(company.sku, 3)], "T2"))
    process_due()
    first.refresh_from_db()
    merged = Order.objects.get(origin="merge")
    assert (first.state, merged.state) == ("superseded", "approved")
    assert list(Shipment.objects.order_by("id").values_list("order_id", "state")) == [
        (first.id, "cancelled"),
        (merged.id, "released"),
    ]
    assert StockBalance.objects.get(sku=company.sku).reserved == 5
    Shipment.objects.filter(order_id=merged.id).update(state="printed")
    store(company.shop, make_document([make_line(company.sku)], "T3"))
    process_due()
    assert live("T3")[0].origin == "own"


def test_all_of_the_stock_can_be_had_again_by_the_order_that_joins(company: Company) -> None:
    merge_rule()
    leave(company, company.sku, 5)
    store(company.shop, make_document([make_line(company.sku, 4)], "T1"))
    process_due()
    store(company.shop, make_document([make_line(company.sku, 1)], "T2"))
    process_due()
    assert Order.objects.get(origin="merge").state == "approved"
    assert StockBalance.objects.get(sku=company.sku).reserved == 5


def batch_queries(company: Company, count: int) -> int:
    bundle = company.skus[2]
    documents = []
    for n in range(count):
        buyer = f"b{count}-{n}"
        documents += [
            make_document([make_line(bundle)], buyer_nick=buyer),
            make_document([make_line(company.skus[1])], buyer_nick=buyer),
            make_document([make_line(company.skus[0], 4)], buyer_nick=f"{buyer}x"),
        ]
    store(company.shop, *documents)
    with CaptureQueriesContext(
        connection,
    ) as context:
        assert process_batch().trades == 3 * count
    return len(context)


def test_the_number_of_queries_does_not_depend_on_the_batch(company: Company) -> None:
    parts = make_sku("PART")
    put_stock(company.warehouse, dict.fromkeys([parts, *company.skus], 5000))
    save_bundle(company.skus[2].id, {parts.id: 2}, actor_id=None)
    SplitRule.objects.create(name="箱", kind="weight", limit_g=600)
    merge_rule()
    one, many = batch_queries(company, 1), batch_queries(company, 33)
    assert one == many
    assert Order.objects.filter(origin="merge").count() == 34
    assert Order.objects.filter(origin="weight").count() == 68
