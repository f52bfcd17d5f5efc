"""The stock drawer of a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.accounts.models import Staff
from orders import audit
from orders.models import Order, OrderLine
from tests.factories.busy import BusyCompany, take_trades
from tests.factories.staff import make_staff
from warehouse.models import StockBalance

SignIn = Callable[[Staff], Client]


def test_tells_every_figure_by_warehouse(page: Client, clerk: Staff, company: BusyCompany, waiting: Order) -> None:
    line = waiting.lines.filter(sku__isnull=False)[0]
    url = reverse("orders:stock", args=[line.sku_id])
    before = {row.warehouse: row for row in page.get(url).context["rows"]}[company.warehouse]
    balance = StockBalance.objects.get(sku=line.sku_id, warehouse=company.warehouse)
    assert (before.on_hand, before.reserved, before.available) == (balance.on_hand, balance.reserved, balance.available)
    open_lines = OrderLine.objects.filter(
        sku=line.sku_id, order__warehouse=company.warehouse, order__state__in=["exception", "presale", "cs_review"]
    )
    assert before.waiting == sum(one.quantity for one in open_lines)
    units = sum(one.quantity for one in waiting.lines.filter(sku=line.sku_id))
    audit.audit([waiting.pk], actor_id=clerk.pk)
    after = {row.warehouse: row for row in page.get(url).context["rows"]}[company.warehouse]
    assert (after.reserved - before.reserved, before.waiting - after.waiting) == (units, units)
    assert after.left == before.left


def test_is_reached_from_a_line_and_costs_the_same_with_more_orders(
    page: Client, company: BusyCompany, waiting: Order
) -> None:
    sku_id = waiting.lines.filter(sku__isnull=False)[0].sku_id
    url = reverse("orders:stock", args=[sku_id])
    assert url in page.get(reverse("orders:order", args=[waiting.no])).content.decode()
    with CaptureQueriesContext(connection) as few:
        page.get(url)
    take_trades(company, 20)
    with CaptureQueriesContext(connection) as many:
        page.get(url)
    assert len(many) == len(few)


def test_keeps_to_the_scope(company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
    url = reverse("orders:stock", args=[waiting.lines.filter(sku__isnull=False)[0].sku_id])
    far = sign_in(make_staff(role="customer_service", warehouses=[company.far_warehouse]))
    assert company.warehouse not in [row.warehouse for row in far.get(url).context["rows"]]
    assert far.get(reverse("orders:stock", args=[999_999])).status_code == 404


@pytest.mark.parametrize("role", ["finance", "operations"])
def test_is_open_to_who_may_see_orders_and_stock(role: str, waiting: Order, sign_in: SignIn) -> None:
    client = sign_in(make_staff(role=role))
    url = reverse("orders:stock", args=[waiting.lines.filter(sku__isnull=False)[0].sku_id])
    assert client.get(url).status_code == 200
    assert sign_in(make_staff(role="administrator")).get(url).status_code == 403
