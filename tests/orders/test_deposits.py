"""Trades of which only the deposit is paid: their orders wait where people see them, and nothing is promised to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from oms.core import outbox
from orders import wake
from orders.audit import audit, cancel, hold, release, reprocess
from orders.engine.split import SplitKind
from orders.explain import why
from orders.models import Order, Trade
from orders.pipeline import process_batch, process_due
from orders.splitting import Wish, split
from orders.trades.document import PresaleState, RefundState, TradeDocument, TradeStatus
from tests.factories import Company, make_company, make_document, make_line, make_staff, put_stock, store
from tests.factories.trades import START
from tests.holding import assert_invariants_hold
from warehouse.models import Reservation, Shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company(skus=2, stock=100)
    assert_invariants_hold()


def deposit_paid(company: Company, no: str = "T1", **values: Any) -> TradeDocument:
    """A trade over 100 yuan of which 10 are paid, as the platform tells it."""
    return make_document(
        [make_line(company.sku, 2, price="50.00")],
        no,
        **{
            "status": TradeStatus.UNPAID,
            "presale_state": PresaleState.DEPOSIT_PAID,
            "deposit": Decimal("10.00"),
            "paid_at": None,
            **values,
        },
    )


def paid_up(document: TradeDocument, **values: Any) -> TradeDocument:
    return replace(
        document,
        **{
            "status": TradeStatus.PAID,
            "presale_state": PresaleState.PAID,
            "deposit": document.paid_amount,
            "paid_at": START.replace(hour=3),
            "modified": START.replace(hour=3),
            **values,
        },
    )


def wait(company: Company, **values: Any) -> tuple[TradeDocument, Order]:
    document = deposit_paid(company, **values)
    store(company.shop, document)
    process_due()
    return document, Order.objects.get(trade_no=document.trade_no)


def test_the_order_waits_in_the_state_of_pre_sale_and_says_for_what(company: Company) -> None:
    _document, order = wait(company)
    assert (order.state, order.deposit, order.final_payment) == ("presale", Decimal("10.00"), Decimal("90.00"))
    assert (order.warehouse_id, order.reprocess_at, order.approved_at) == (None, None, None)
    assert not Reservation.objects.exists()
    assert not Shipment.objects.exists()
    assert Trade.objects.get().state == "settled"
    with translation.override("en"):
        told = "The deposit of 10.00 yuan is paid; it waits for the final payment of 90.00 yuan."
        assert told in [step.sentence for step in why(order.id)]


def test_the_final_payment_moves_it_on_by_itself(company: Company) -> None:
    document, order = wait(company)
    store(company.shop, paid_up(document))
    process_due()
    order.refresh_from_db()
    assert (order.state, order.deposit, order.paid_at) == ("approved", None, START.replace(hour=3))
    assert order.ship_by is not None
    assert Reservation.objects.get().quantity == 2


def test_the_deposit_given_back_cancels_it(company: Company) -> None:
    document, order = wait(company)
    store(company.shop, replace(document, status=TradeStatus.CLOSED, modified=START.replace(hour=3)))
    process_due()
    order.refresh_from_db()
    assert order.state == "cancelled"


def test_a_refund_that_is_asked_for_stops_it_and_one_that_is_given_cancels_it(company: Company) -> None:
    document, order = wait(company)
    for hour, refund, state in ((2, RefundState.REQUESTED, "exception"), (3, RefundState.REFUNDED, "cancelled")):
        lines = tuple(replace(line, refund=refund) for line in document.lines)
        store(company.shop, replace(document, lines=lines, modified=START.replace(hour=hour)))
        process_due()
        order.refresh_from_db()
        assert order.state == state


def test_a_payment_that_comes_before_its_order_is_made_needs_no_wait(company: Company) -> None:
    document = deposit_paid(company)
    store(company.shop, document)
    store(company.shop, paid_up(document))
    process_due()
    assert Order.objects.get().state == "approved"


def test_versions_that_come_the_wrong_way_round_end_alike(company: Company) -> None:
    document = deposit_paid(company)
    store(company.shop, paid_up(document))
    store(company.shop, document)
    process_due()
    store(company.shop, document)
    process_due()
    assert Order.objects.get().state == "approved"


def test_a_final_payment_taken_back_calls_the_order_back(company: Company) -> None:
    document, order = wait(company)
    store(company.shop, paid_up(document))
    process_due()
    store(company.shop, replace(document, modified=START.replace(hour=5)))
    process_due()
    order.refresh_from_db()
    assert (order.state, order.deposit) == ("presale", Decimal("10.00"))
    assert not Reservation.objects.filter(state="active").exists()


def test_neither_a_person_nor_goods_nor_a_rule_let_it_pass(company: Company) -> None:
    _document, order = wait(company)
    clerk = make_staff()
    with translation.override("en"):
        refusal = audit([order.id], actor_id=clerk.id).refused[order.id]
    assert refusal.code == "final_payment_missing"
    assert "Only the deposit is paid" in refusal.sentence
    refused = split([order.id], Wish(SplitKind.WEIGHT, limit_g=1), actor_id=clerk.id).refused
    assert refused[order.id].code == "final_payment_missing"
    put_stock(company.warehouse, {company.sku: 5})
    outbox.deliver_due(wake.TOPIC)
    assert process_batch().total == 0
    reprocess([order.id], actor_id=clerk.id)
    process_due()
    order.refresh_from_db()
    assert order.state == "presale"


def test_it_can_be_held_released_and_cancelled_like_others(company: Company) -> None:
    document, order = wait(company)
    clerk = make_staff()
    assert hold([order.id], actor_id=clerk.id, reason="问一下").done == (order.id,)
    store(company.shop, paid_up(document))
    process_due()
    order.refresh_from_db()
    assert (order.state, order.deposit) == ("cs_review", None)
    release([order.id], actor_id=clerk.id)
    process_due()
    order.refresh_from_db()
    assert order.state == "approved"
    _other, second = wait(company, no="T2")
    assert cancel([second.id], actor_id=clerk.id, reason="").done == (second.id,)


def test_a_trade_on_hold_makes_no_order(company: Company) -> None:
    store(company.shop, deposit_paid(company, hold=True))
    process_due()
    assert not Order.objects.exists()
    assert Trade.objects.get().state == "waiting"


def test_the_database_refuses_an_audited_order_with_a_deposit_alone(company: Company) -> None:
    document, order = wait(company)
    store(company.shop, paid_up(document))
    process_due()
    with pytest.raises(IntegrityError, match="order_audited_is_paid"), transaction.atomic():
        Order.objects.filter(id=order.id).update(deposit=Decimal("10.00"))
