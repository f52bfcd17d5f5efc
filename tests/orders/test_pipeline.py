"""From a stored trade to an approved order with its parcel, and everything that may come in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oms.catalog.listings import bind
from oms.catalog.models import Listing
from oms.core import outbox
from orders import audit
from orders.models import Order, OrderDecision, Trade
from orders.pipeline import process_batch, process_due
from orders.trades.document import RefundState, RejectedDocument, TradeDocument, TradeReceiver, TradeStatus
from orders.trades.intake import store_trades
from tests.factories import Company, make_company, make_document, make_line, make_order, make_sku, put_stock, store
from tests.holding import assert_invariants_hold
from warehouse.models import Reservation, Shipment, StockBalance

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


def deliver() -> None:
    outbox.deliver_due("orders.wake")


def reload(order: Order) -> Order:
    return Order.objects.get(id=order.id)


def reserved(company: Company) -> int:
    return StockBalance.objects.get(sku=company.sku, warehouse=company.warehouse).reserved


def change(company: Company, document: TradeDocument, minutes: int = 1, **values: object) -> TradeDocument:
    """The platform reports a newer version of the trade, and the pipeline takes it up."""
    newer = replace(document, modified=document.modified + dt.timedelta(minutes=minutes), **values)  # type: ignore[arg-type]
    store(company.shop, newer)
    process_due()
    return newer


def test_a_trade_becomes_an_approved_order_with_its_parcel_and_stock(company: Company) -> None:
    a, b = company.skus
    order = make_order(company, [make_line(a, 2), make_line(b, 1, discount=Decimal("1.00"))], post_fee="6.00")
    assert (order.state, order.paid_amount, order.quantity, order.weight_g) == ("approved", Decimal("35.00"), 3, 600)
    assert order.approved_at is not None
    shipment = Shipment.objects.get(order_id=order.id)
    assert [(line.sku_id, line.quantity) for line in shipment.lines.order_by("id")] == [(a.id, 2), (b.id, 1)]
    assert shipment.ship_by == order.paid_at + dt.timedelta(hours=48) if order.paid_at else False
    assert Reservation.objects.filter(demand_id=order.id, state="active").count() == 2
    stages = [decision["stage"] for decision in OrderDecision.objects.get(order_id=order.id).decisions]
    assert stages == ["match", "warehouse", "carrier", "cs_audit", "finance_audit", "reserve"]


def test_the_same_trade_again_changes_nothing(company: Company) -> None:
    document = make_document([make_line(company.sku)])
    assert store(company.shop, document).new == 1
    assert store(company.shop, document).repeated == 1
    process_due()
    assert store(company.shop, document).repeated == 1
    older = replace(document, modified=document.modified - dt.timedelta(hours=1), seller_memo="旧")
    assert store(company.shop, older).stale == 1
    assert process_batch().total == 0
    assert Order.objects.count() == 1


def test_what_cannot_be_understood_is_listed_and_stops_nobody(company: Company) -> None:
    good = make_document([make_line(company.sku)])
    bad = RejectedDocument("T-BAD", b"{}", "missing_field", "receiver_name")
    store(company.shop, good)
    assert store_trades(company.shop, [], [bad]).rejected == 1
    process_due()
    rejected = Trade.objects.get(trade_no="T-BAD")
    assert (rejected.state, rejected.reason_code) == ("rejected", "missing_field")
    assert Order.objects.get().trade_no == good.trade_no


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"status": TradeStatus.UNPAID}, "waiting"),
        ({"status": TradeStatus.CLOSED}, "settled"),
        ({"hold": True}, "waiting"),
        ({"status": TradeStatus.FORBIDDEN}, "waiting"),
    ],
)
def test_trades_that_are_no_orders_yet(company: Company, values: dict[str, object], state: str) -> None:
    document = make_document([make_line(company.sku)], **values)  # type: ignore[arg-type]
    store(company.shop, document)
    process_due()
    assert not Order.objects.exists()
    assert Trade.objects.get().state == state


def test_a_trade_that_is_paid_later_becomes_an_order_then(company: Company) -> None:
    document = make_document([make_line(company.sku)], status=TradeStatus.UNPAID)
    store(company.shop, document)
    change(company, document, status=TradeStatus.PAID)
    assert Order.objects.get().state == "approved"


def test_a_binding_by_hand_lets_the_waiting_order_go_on_by_itself(company: Company) -> None:
    order = make_order(company, [make_line("UNKNOWN")])
    assert (order.state, order.exceptions) == ("exception", ["unmatched_listing"])
    bind(Listing.objects.get(sku_code="UNKNOWN").id, company.sku, staff_id=None)
    deliver()
    process_due()
    order = reload(order)
    assert (order.state, order.exceptions) == ("approved", [])


def test_arriving_goods_wake_the_orders_that_wait_for_them_and_no_others(company: Company) -> None:
    scarce, other = make_sku("Z1"), make_sku("Z2")
    first, second = make_order(company, [make_line(scarce, 2)]), make_order(company, [make_line(other)])
    assert [first.exceptions, second.exceptions] == [["out_of_stock"], ["out_of_stock"]]
    put_stock(company.warehouse, {scarce: 2})
    deliver()
    assert Order.objects.filter(reprocess_at__isnull=False).get() == first
    process_due()
    assert (reload(first).state, reload(second).state) == ("approved", "exception")


def test_stock_goes_to_who_paid_first(company: Company) -> None:
    scarce = make_sku("Z1")
    put_stock(company.warehouse, {scarce: 1})
    now = timezone.now()
    late = make_document([make_line(scarce)], "LATE", paid_at=now)
    early = make_document([make_line(scarce)], "EARLY", paid_at=now - dt.timedelta(hours=1))
    store(company.shop, late, early)
    process_due()
    assert dict(Order.objects.values_list("trade_no", "state")) == {"EARLY": "approved", "LATE": "exception"}


class TestFollowing:
    """What the platform reports of a trade whose order exists."""

    def start(self, company: Company) -> tuple[TradeDocument, Order]:
        document = make_document([make_line(company.sku, 2)])
        store(company.shop, document)
        process_due()
        return document, Order.objects.get()

    def test_closed_before_shipment_cancels_and_frees_the_stock(self, company: Company) -> None:
        document, order = self.start(company)
        assert reserved(company) == 2
        change(company, document, status=TradeStatus.CLOSED)
        assert (reload(order).state, reserved(company)) == ("cancelled", 0)
        assert Shipment.objects.get().state == "cancelled"

    def test_a_refund_request_stops_the_parcel_and_its_withdrawal_lets_it_go_on(self, company: Company) -> None:
        document, order = self.start(company)
        (line,) = document.lines
        document = change(company, document, lines=(replace(line, refund=RefundState.REQUESTED),))
        assert (reload(order).state, reload(order).exceptions) == ("exception", ["refund_requested"])
        assert reserved(company) == 0
        change(company, document, lines=(replace(line, refund=RefundState.CLOSED),))
        assert (reload(order).state, reserved(company)) == ("approved", 2)

    def test_another_address_wants_a_new_audit(self, company: Company) -> None:
        document, order = self.start(company)
        receiver = TradeReceiver("李四", "13900001111", "天河路 2 号", "广东省", "广州市", "天河区")
        change(company, document, receiver=receiver)
        order = reload(order)
        assert (order.state, order.attention, order.region_id) == ("cs_review", ["changed_after_audit"], "440106")
        assert reserved(company) == 0
        assert audit.audit([order.id], actor_id=1).done == (order.id,)
        assert (reload(order).state, reload(order).attention) == ("approved", [])

    def test_shipped_elsewhere_intercepts_the_parcel(self, company: Company) -> None:
        document, order = self.start(company)
        change(company, document, status=TradeStatus.SHIPPED)
        assert (reload(order).intercepted, Shipment.objects.get().intercepted) == (True, True)


def test_number_of_queries_does_not_depend_on_the_number_of_trades(company: Company) -> None:
    counts = []
    for count in (1, 100):
        store(company.shop, *(make_document([make_line(sku) for sku in company.skus]) for _ in range(count)))
        with CaptureQueriesContext(connection) as queries:
            assert process_batch().trades == count
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 37


def test_full_batch_makes_as_many_statements_as_one_with_room_left(company: Company) -> None:
    counts = []
    for limit in (3, 10):
        store(company.shop, *(make_document([make_line(company.sku)]) for _ in range(3)))
        with CaptureQueriesContext(connection) as queries:
            assert process_batch(limit).trades == 3
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_command_tells_what_it_did(company: Company) -> None:
    store(company.shop, make_document([make_line(company.sku)]), make_document([make_line("UNKNOWN")]))
    out = StringIO()
    call_command("process_trades", stdout=out, stderr=StringIO())
    assert "Processed 2 trades" in out.getvalue()
    assert "exception unmatched_listing: 1" in out.getvalue()
