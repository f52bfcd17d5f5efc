"""The page of the waybill uploads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from orders import audit
from orders.models import Order, WaybillUpload
from orders.uploads import record_failed
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff
from warehouse.models import Shipment
from warehouse.shipping import ship

from .conftest import HTMX

SignIn = Callable[[Staff], Client]
URL = reverse("orders:uploads")
RETRY = reverse("orders:retry_uploads")
HAND_OVER = reverse("orders:hand_over_uploads")
PERMANENT = "该订单已关闭"


@pytest.fixture
def uploads(company: BusyCompany, clerk: Staff) -> list[WaybillUpload]:
    """Three parcels that have left: one upload refused for good, one to be retried, one due."""
    audit.audit(company.orders("cs_review"), actor_id=clerk.pk)
    parcels = Shipment.objects.filter(order_id__in=company.orders("approved")).order_by("id")[:3]
    ship([parcel.pk for parcel in parcels], actor_id=None)
    found = list(WaybillUpload.objects.order_by("id"))
    assert len(found) == 3
    record_failed(found[0].pk, code="isv.B04", reason=PERMANENT, will_retry=False)
    record_failed(found[1].pk, code="isp.timeout", reason="超时", will_retry=True)
    return list(WaybillUpload.objects.order_by("id"))


def shown(client: Client, **query: Any) -> list[WaybillUpload]:
    response = client.get(URL, query)
    assert response.status_code == 200
    return list(response.context["page"].object_list)


def test_lists_what_waits_for_a_person_with_the_reason(page: Client, uploads: list[WaybillUpload]) -> None:
    response = page.get(URL)
    text = response.content.decode()
    assert list(response.context["page"].object_list) == [uploads[0]]
    assert PERMANENT in text
    assert uploads[0].trade.trade_no in text
    assert {tab.key: tab.count for tab in response.context["tabs"]} == {
        "failed": 1,
        "retrying": 1,
        "due": 1,
        "accepted": None,
        "handled": None,
    }


@pytest.mark.parametrize(("stage", "place"), [("failed", 0), ("retrying", 1), ("due", 2), ("nonsense", 0)])
def test_has_a_tab_for_each_kind(page: Client, uploads: list[WaybillUpload], stage: str, place: int) -> None:
    assert shown(page, stage=stage) == [uploads[place]]


def test_is_found_by_trade_order_waybill_shop_and_carrier(page: Client, uploads: list[WaybillUpload]) -> None:
    upload = uploads[0]
    for text in (upload.trade.trade_no, upload.order.no.lower(), upload.waybill_no):
        assert shown(page, q=text) == [upload]
    assert shown(page, q="SO0000000000000") == []
    assert shown(page, shop=upload.shop_id, carrier=upload.carrier_id) == [upload]
    assert list(page.get(URL, {"shop": "x"}).context["filters"].errors) == ["shop"]


def test_is_tried_again(page: Client, uploads: list[WaybillUpload]) -> None:
    page.post(RETRY, {"ids": [uploads[0].pk]}, headers=HTMX)
    uploads[0].refresh_from_db()
    assert (uploads[0].state, uploads[0].will_retry) == ("due", True)


def test_is_handed_over_with_a_reason_and_never_without(page: Client, uploads: list[WaybillUpload]) -> None:
    refused = page.post(HAND_OVER, {"ids": [uploads[0].pk], "reason": " "}, headers=HTMX)
    assert refused.status_code == 422
    assert refused["X-Sentence"]
    page.post(HAND_OVER, {"ids": [uploads[0].pk], "reason": "已在后台点发货"}, headers=HTMX)
    uploads[0].refresh_from_db()
    assert uploads[0].state == "handled"


def test_each_refused_row_has_its_sentence(page: Client, uploads: list[WaybillUpload]) -> None:
    ids = [uploads[0].pk, uploads[2].pk]
    response = page.post(HAND_OVER, {"ids": ids, "reason": "已处理"}, headers=HTMX)
    assert [row.name for row in response.context["refused"]] == [uploads[2].trade.trade_no]
    assert response.context["done"] == 1


@pytest.mark.parametrize("url", [RETRY, HAND_OVER])
def test_foreign_uploads_are_not_there(
    company: BusyCompany, uploads: list[WaybillUpload], sign_in: SignIn, url: str
) -> None:
    others = [shop for shop in company.shops if shop.pk != uploads[0].shop_id]
    client = sign_in(make_staff(role="customer_service", shops=others))
    assert uploads[0] not in shown(client)
    response = client.post(url, {"ids": [uploads[0].pk], "reason": "x"}, headers=HTMX)
    assert [row.name for row in response.context["refused"]] == [str(uploads[0].pk)]
    uploads[0].refresh_from_db()
    assert uploads[0].state == "failed"


def test_needs_the_permission(uploads: list[WaybillUpload], sign_in: SignIn) -> None:
    client = sign_in(make_staff(role="finance"))
    assert [client.get(URL).status_code, client.post(RETRY).status_code, client.post(HAND_OVER).status_code] == [
        403
    ] * 3


def test_htmx_gets_the_rows_alone(page: Client, uploads: list[WaybillUpload]) -> None:
    text = page.get(URL, headers=HTMX).content.decode()
    assert "<html" not in text
    assert 'hx-swap-oob="innerHTML"' in text


def test_the_orders_page_names_its_upload(page: Client, uploads: list[WaybillUpload]) -> None:
    order = Order.objects.get(pk=uploads[0].order_id)
    response = page.get(reverse("orders:order", args=[order.no]))
    assert list(response.context["uploads"]) == [uploads[0]]
    assert uploads[0].waybill_no in response.content.decode()
