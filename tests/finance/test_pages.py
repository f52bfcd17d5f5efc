"""Pages of finance: vouchers from the list down to the order and back, and what could not be posted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from finance.models import PostingDue, Voucher
from finance.posting import post_all
from orders.models import Order
from tests.factories import Company, make_company, make_orders, make_shop, make_staff
from tests.holding import assert_invariants_hold
from warehouse.models import Shipment
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def accountant(company: Company, client: Client) -> Client:
    client.force_login(make_staff("accountant", role="finance"))
    return client


def shipped(company: Company, count: int) -> list[Order]:
    orders = make_orders(company, count)
    ship(_ids(orders), actor_id=1)
    return orders


def _ids(orders: list[Order]) -> list[int]:
    return list(Shipment.objects.filter(order_id__in=[order.id for order in orders]).values_list("id", flat=True))


def test_an_accountant_posts_and_drills_down_and_back(company: Company, accountant: Client) -> None:
    (order,) = shipped(company, 1)
    answer = accountant.post(reverse("finance:post"), follow=True)
    assert "1" in answer.content.decode()
    kinds = {voucher.kind: voucher for voucher in Voucher.objects.all()}
    assert set(kinds) == {"sales_order", "delivery", "outbound"}
    listed = accountant.get(reverse("finance:vouchers"), {"stage": "outbound"}).content.decode()
    assert kinds["outbound"].no in listed
    assert kinds["delivery"].no not in listed
    assert "¥10.00" in listed
    page = accountant.get(reverse("finance:voucher", args=[kinds["outbound"].no])).content.decode()
    assert order.no in page
    assert kinds["sales_order"].no in page
    back = accountant.get(reverse("finance:of_order", args=[order.no])).content.decode()
    assert all(voucher.no in back for voucher in kinds.values())
    assert_invariants_hold()


def test_vouchers_are_found_by_order_trade_and_day(company: Company, accountant: Client) -> None:
    first, second = shipped(company, 2)
    post_all()
    for text in (first.no, first.trade_no):
        found = accountant.get(reverse("finance:vouchers"), {"q": text}).content.decode()
        assert first.no in found
        assert second.no not in found
    later = accountant.get(reverse("finance:vouchers"), {"since": "2099-01-01"}).content.decode()
    assert first.no not in later
    wrong = accountant.get(reverse("finance:vouchers"), {"since": "yesterday"})
    assert 'role="alert"' in wrong.content.decode()


def test_what_does_not_add_up_is_listed_with_its_reason_and_posted_again(company: Company, accountant: Client) -> None:
    (order,) = shipped(company, 1)
    Order.objects.filter(id=order.id).update(goods_amount=Decimal("99.00"), paid_amount=Decimal("99.00"))
    text = accountant.post(reverse("finance:post"), follow=True).content.decode()
    assert order.no in text
    assert "99.00" in text
    Order.objects.filter(id=order.id).update(goods_amount=Decimal("10.00"), paid_amount=Decimal("10.00"))
    accountant.post(reverse("finance:post"), {"again": "1"})
    assert not PostingDue.objects.exists()
    assert Voucher.objects.count() == 3
    assert_invariants_hold()


def test_vouchers_of_other_shops_do_not_exist_and_are_not_posted(company: Company, client: Client) -> None:
    posted, waiting = shipped(company, 2)
    due = PostingDue.objects.get(order=posted)
    post_all(only=[due.id])
    voucher = Voucher.objects.filter(sources__order=posted)[0]
    client.force_login(make_staff("other", role="finance", shops=[make_shop("S2")]))
    assert voucher.no not in client.get(reverse("finance:vouchers")).content.decode()
    assert client.get(reverse("finance:voucher", args=[voucher.no])).status_code == 404
    assert client.get(reverse("finance:of_order", args=[posted.no])).status_code == 404
    client.post(reverse("finance:post"))
    assert not Order.objects.get(id=waiting.id).posted


def test_who_may_only_look_cannot_post(company: Company, client: Client) -> None:
    client.force_login(make_staff("packer", role="warehouse"))
    assert client.get(reverse("finance:vouchers")).status_code == 403
    assert client.post(reverse("finance:post")).status_code == 403


def test_a_page_costs_the_same_for_few_rows_and_for_many(company: Company, accountant: Client) -> None:
    counts = []
    for count in (1, 15):
        shipped(company, count)
        post_all()
        with CaptureQueriesContext(connection) as queries:
            accountant.get(reverse("finance:vouchers"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
