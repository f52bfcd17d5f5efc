"""Posting shipped orders: once each, whoever tries, and one bad order stops nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

import finance.plan
from finance import posting
from finance.models import PostingDue, Voucher, VoucherSource
from finance.plan import OrderFacts
from finance.posting import PostingResult, post_again, post_all, post_due
from oms.core.invariants import check_all
from oms.core.models import HistoryEntry
from orders.models import Order
from tests.factories import Company, make_company, make_line, make_order, make_orders
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads
from warehouse.models import Shipment
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


def ship_orders(orders: list[Order]) -> None:
    ids = list(Shipment.objects.filter(order_id__in=[order.id for order in orders]).values_list("id", flat=True))
    assert len(ship(ids, actor_id=1).done) == len(orders)


def spoil(order: Order) -> None:
    """Make the header say something else than the lines, as no code of ours does."""
    Order.objects.filter(id=order.id).update(goods_amount=Decimal("99.00"), paid_amount=Decimal("99.00"))


def test_an_order_becomes_three_vouchers_that_lead_back_to_it(company: Company) -> None:
    a, b = company.skus
    order = make_order(
        company, [make_line(a, 2), make_line(b, 1, price="20.00", discount=Decimal("5.00"))], post_fee="6.00"
    )
    ship_orders([order])
    assert post_due(10) == PostingResult(1, 0)
    vouchers = list(Voucher.objects.filter(sources__order=order).order_by("id"))
    assert [(v.kind, v.quantity, v.amount) for v in vouchers] == [
        ("sales_order", 3, Decimal("41.00")),
        ("delivery", 3, Decimal("41.00")),
        ("outbound", 3, Decimal("35.00")),
    ]
    lines = vouchers[0].lines.order_by("id").values_list("sku_id", "text", "quantity", "amount")
    assert list(lines) == [
        (a.id, "宝贝A1 默认", 2, Decimal("20.00")),
        (b.id, "宝贝A2 默认", 1, Decimal("15.00")),
        (None, "邮费", 0, Decimal("6.00")),
    ]
    order.refresh_from_db()
    assert order.posted
    entry = HistoryEntry.objects.get(kind="order", subject_id=order.id, action="post")
    assert entry.changes == {"vouchers": [v.no for v in vouchers]}
    assert not PostingDue.objects.exists()
    assert_invariants_hold()


def test_posting_again_posts_nothing(company: Company) -> None:
    ship_orders(make_orders(company, 3))
    assert post_all(2) == PostingResult(3, 0)
    assert post_all(2) == PostingResult(0, 0)
    assert Voucher.objects.count() == 9


def test_the_database_refuses_a_second_voucher_of_a_kind(company: Company) -> None:
    order = make_order(company)
    ship_orders([order])
    post_all()
    source = VoucherSource.objects.filter(order=order).first()
    assert source is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherSource.objects.create(order=order, kind=source.kind, voucher=source.voucher)


def test_an_order_that_does_not_add_up_is_set_aside_and_stops_nobody(company: Company) -> None:
    good, bad, other = make_orders(company, 3)
    ship_orders([good, bad, other])
    spoil(bad)
    assert post_all() == PostingResult(2, 1)
    due = PostingDue.objects.get()
    assert due.order_id == bad.id
    assert "99.00" in due.reason
    assert "10.00" in due.reason
    assert [one.code for one in check_all()] == ["order.amounts_add_up"]
    # It is left alone until a person says so.
    assert post_all() == PostingResult(0, 0)
    Order.objects.filter(id=bad.id).update(goods_amount=Decimal("10.00"), paid_amount=Decimal("10.00"))
    assert post_again([due.id]) == 1
    assert post_all() == PostingResult(1, 0)
    assert_invariants_hold()


def test_an_order_on_which_an_error_of_ours_stops_is_set_aside_too(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, other = make_orders(company, 3)
    ship_orders([good, bad, other])
    plan = finance.plan.plan_posting

    def plan_posting(order: OrderFacts, *, postage_text: str) -> Any:
        if order.order_id == bad.id:
            raise KeyError("poison")
        return plan(order, postage_text=postage_text)

    monkeypatch.setattr(posting, "plan_posting", plan_posting)
    assert post_all() == PostingResult(2, 1)
    due = PostingDue.objects.get()
    assert (due.order_id, due.reason_code, "KeyError" in due.reason) == (bad.id, "internal_error", True)
    assert_invariants_hold()
    monkeypatch.undo()
    assert post_again([due.id]) == 1
    assert post_all() == PostingResult(1, 0)


def test_number_of_queries_does_not_depend_on_the_number_of_orders(company: Company) -> None:
    counts = []
    for count in (1, 100):
        ship_orders(make_orders(company, count, lines=company.skus))
        with CaptureQueriesContext(connection) as queries:
            assert post_due(500).posted == count
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_the_command_tells_what_it_did(company: Company) -> None:
    first, second = make_orders(company, 2)
    ship_orders([first, second])
    spoil(second)
    out, progress = StringIO(), StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("post_orders", stdout=out, stderr=progress)
    assert stopped.value.code == 1
    assert "Posted 1 orders; 1 set aside." in out.getvalue()
    assert second.no in out.getvalue()
    assert "2 orders" in progress.getvalue()


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work_and_post_each_order_once(monkeypatch: pytest.MonkeyPatch, threads: Threads) -> None:
    company = make_company()
    ship_orders(make_orders(company, 4))
    pause = Pause(monkeypatch, posting, "claim_postings")
    first = threads.run(lambda: post_due(2))
    pause.wait()
    second = threads.run(post_all)
    assert second.result(PATIENCE_S) == PostingResult(2, 0)
    pause.release()
    assert first.result(PATIENCE_S) == PostingResult(2, 0)
    assert Voucher.objects.count() == 12
    assert_invariants_hold()
