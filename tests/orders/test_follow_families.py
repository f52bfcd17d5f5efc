"""Changed trades whose orders were split or merged: undone and done anew, or told part by part once a parcel has left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from orders.models import MergeRule, Order, OrderLine, SplitRule, WaybillUpload
from orders.pipeline import process_due
from orders.trades.document import RefundState, TradeDocument, TradeReceiver, TradeStatus
from tests.factories import Company, make_company, make_document, make_line, store
from tests.holding import assert_invariants_hold
from warehouse.models import Reservation, Shipment
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company(skus=3, stock=100)
    assert_invariants_hold()


def live(number: str) -> list[Order]:
    ids = OrderLine.objects.filter(trade__trade_no=number).values("order_id")
    return list(Order.objects.filter(id__in=ids).exclude(state="superseded").order_by("id"))


def changed(document: TradeDocument, refunds: dict[int, RefundState] | None = None, **values: object) -> TradeDocument:
    """The trade a minute later."""
    lines = tuple(
        replace(line, refund=(refunds or {}).get(index, line.refund)) for index, line in enumerate(document.lines)
    )
    later = document.modified + dt.timedelta(minutes=1)
    return replace(document, lines=lines, modified=later, **values)  # type: ignore[arg-type]


def follow(company: Company, document: TradeDocument) -> None:
    store(company.shop, document)
    process_due()


def divided(company: Company) -> TradeDocument:
    """An approved trade in two parcels: A1 and A2 apart."""
    SplitRule.objects.create(name="拆", kind="product", skus=[company.skus[1].id])
    document = make_document([make_line(company.skus[0], 2), make_line(company.skus[1])], "T1")
    follow(company, document)
    assert [order.state for order in live("T1")] == ["approved", "approved"]
    return document


def merged(company: Company) -> tuple[TradeDocument, TradeDocument]:
    """Two approved trades in one parcel."""
    MergeRule.objects.create(name="并", window_minutes=60)
    documents = [make_document([make_line(sku)], f"T{n}") for n, sku in enumerate(company.skus[:2], start=1)]
    store(company.shop, *documents)
    process_due()
    assert [order.state for order in live("T1")] == ["approved"]
    return documents[0], documents[1]


def test_a_new_address_undoes_the_split_and_divides_anew(company: Company) -> None:
    document = divided(company)
    old = {order.id for order in live("T1")}
    follow(company, changed(document, receiver=TradeReceiver("李四", "13900000000", "街", "浙江省", "杭州市")))
    new = live("T1")
    assert len(new) == 2
    assert not old & {order.id for order in new}
    assert {tuple(order.attention) for order in new} == {("changed_after_audit",)}
    assert {order.state for order in new} == {"cs_review"}
    assert len({order.receiver_id for order in new}) == 1
    assert not Reservation.objects.filter(state="active").exists()


def test_what_changes_nothing_leaves_the_parts_alone(company: Company) -> None:
    document = divided(company)
    before = {order.id for order in live("T1")}
    follow(company, changed(document))
    assert {order.id for order in live("T1")} == before


def test_a_closed_trade_cancels_all_of_its_parts(company: Company) -> None:
    document = divided(company)
    follow(company, changed(document, status=TradeStatus.CLOSED))
    assert [order.state for order in live("T1")] == ["cancelled"]
    assert not Reservation.objects.filter(state="active").exists()


def test_a_refund_of_one_trade_stops_only_it(company: Company) -> None:
    first, _second = merged(company)
    follow(company, changed(first, {0: RefundState.REQUESTED}))
    (stopped,), (going,) = live("T1"), live("T2")
    assert (stopped.state, stopped.exceptions, stopped.origin) == ("exception", ["refund_requested"], "own")
    assert (going.state, going.origin) == ("approved", "own")
    follow(company, changed(changed(first, {0: RefundState.CLOSED})))
    assert live("T1")[0].id == live("T2")[0].id


def test_a_new_message_of_one_trade_reaches_the_merged_order(company: Company) -> None:
    first, second = merged(company)
    follow(company, changed(second, seller_memo="乙"))
    follow(company, changed(first, seller_memo="甲"))
    order = live("T1")[0]
    assert (order.seller_memo, order.attention) == ("乙\n甲", ["memo_after_audit"])
    follow(company, changed(changed(first), seller_memo="丙"))
    order.refresh_from_db()
    assert (order.state, order.seller_memo) == ("approved", "乙\n丙")


def test_after_a_part_has_left_a_refund_reaches_the_other_part(company: Company) -> None:
    document = divided(company)
    gone, waiting = live("T1")
    ship([Shipment.objects.get(order_id=gone.id).id], actor_id=1)
    follow(company, changed(document, {1: RefundState.REQUESTED}, status=TradeStatus.PART_SHIPPED))
    gone.refresh_from_db()
    waiting.refresh_from_db()
    assert (gone.state, gone.attention) == ("shipped", ["refund_after_shipment"])
    assert (waiting.state, waiting.exceptions, waiting.attention) == (
        "exception",
        ["refund_requested"],
        ["part_shipped"],
    )
    follow(company, changed(changed(document, {1: RefundState.REFUNDED}), status=TradeStatus.PART_SHIPPED))
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"


def test_a_merged_order_is_completed_with_its_last_trade(company: Company) -> None:
    first, second = merged(company)
    order = live("T1")[0]
    ship([Shipment.objects.get(order_id=order.id).id], actor_id=1)
    assert sorted(WaybillUpload.objects.values_list("trade__trade_no", "part_oids")) == [("T1", None), ("T2", None)]
    follow(company, changed(first, status=TradeStatus.COMPLETED))
    order.refresh_from_db()
    assert order.state == "shipped"
    follow(company, changed(second, status=TradeStatus.COMPLETED))
    order.refresh_from_db()
    assert order.state == "completed"


def test_each_part_uploads_its_own_lines_and_no_line_twice(company: Company) -> None:
    SplitRule.objects.create(name="拆", kind="weight", limit_g=400)
    document = make_document([make_line(company.skus[0], 3), make_line(company.skus[1])], "T1")
    follow(company, document)
    one, two = (line.oid for line in document.lines)
    for order in live("T1"):
        ship([Shipment.objects.get(order_id=order.id).id], actor_id=1)
    assert list(WaybillUpload.objects.order_by("id").values_list("part_oids", flat=True)) == [[one], [two]]
