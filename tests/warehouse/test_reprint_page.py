"""Parcels whose papers are of before a change: a tab of their own, and said to be printed anew there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_company, make_orders, make_staff
from warehouse.models import Shipment, VoidWaybill

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_a_packer_sees_and_clears_what_is_to_be_printed_anew(client: Client) -> None:
    company = make_company()
    due, other = (Shipment.objects.get(order_id=order.pk) for order in make_orders(company, 2))
    Shipment.objects.filter(pk=due.pk).update(reprint_due=True)
    VoidWaybill.objects.create(shipment=due, carrier=company.carrier, waybill_no="OLD77")
    client.force_login(make_staff("packer", role="warehouse"))
    text = client.get(reverse("warehouse:shipments"), {"stage": "reprint"}).content.decode()
    assert due.no in text
    assert other.no not in text
    assert reverse("warehouse:reprinted") in text
    page = reverse("warehouse:shipment", args=[due.no])
    text = client.get(page).content.decode()
    assert "OLD77" in text
    assert reverse("warehouse:ship") not in text
    answer = client.post(reverse("warehouse:reprinted"), {"ids": [due.pk, other.pk, 999]}, headers=HTMX)
    assert other.no in answer.content.decode()
    due.refresh_from_db()
    assert not due.reprint_due
    assert reverse("warehouse:ship") in client.get(page).content.decode()
