"""Orders entered by hand and copied, on the page and through the API."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from oms.accounts.models import AuditEntry, Staff
from orders.models import Order, WaybillUpload
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff
from tests.holding import assert_invariants_hold
from warehouse.models import Shipment
from warehouse.shipping import ship

from .conftest import HTMX

SignIn = Callable[[Staff], Client]


def typed(company: BusyCompany, **changes: Any) -> dict[str, Any]:
    return {
        "shop": str(company.shops[0].pk),
        "origin": "phone",
        "payment_kind": "online",
        "buyer_nick": "电话客户",
        "once": "abc",
        "line": ["new0", "new1"],
        "sku-new0": company.skus[0].code,
        "quantity-new0": "2",
        "price-new0": "10.00",
        "discount-new0": "1.00",
        "sku-new1": company.skus[1].code,
        "quantity-new1": "1",
        "price-new1": "5.50",
        "discount-new1": "0.00",
        "post_fee": "6.00",
        "adjustment": "0.50",
        "r_name": "李雷",
        "r_phone": "13900001111",
        "r_province": "广东省",
        "r_city": "深圳市",
        "r_district": "南山区",
        "r_address": "科苑路 1 号",
        **changes,
    }


def send(client: Client, company: BusyCompany, **changes: Any) -> Any:
    return client.post(reverse("orders:enter_save"), typed(company, **changes), headers=HTMX)


def entered() -> Order:
    return Order.objects.select_related("receiver").get(origin__in=Order.ENTERED)


class TestPage:
    def test_an_order_is_entered_and_decided_like_any_other(
        self, page: Client, clerk: Staff, company: BusyCompany
    ) -> None:
        response = send(page, company)
        order = entered()
        assert response["HX-Redirect"] == reverse("orders:order", args=[order.no])
        assert (order.goods_amount, order.discount_amount, order.paid_amount) == (
            Decimal("25.50"),
            Decimal("1.50"),
            Decimal("30.00"),
        )
        assert (order.receiver.name, order.region_id, order.warehouse) == ("李雷", "440305", company.warehouse)
        assert order.carrier_id is not None
        text = page.get(reverse("orders:order", args=[order.no])).content.decode()
        assert "电话订单" in text
        assert_invariants_hold()

    def test_is_shipped_without_telling_any_platform(self, page: Client, clerk: Staff, company: BusyCompany) -> None:
        from orders import audit

        send(page, company)
        order = entered()
        if order.state == "cs_review":
            audit.audit([order.pk], actor_id=clerk.pk)
        if Order.objects.get(pk=order.pk).state == "finance_review":
            audit.finance_audit([order.pk], actor_id=clerk.pk)
        ship(list(Shipment.objects.filter(order_id=order.pk).values_list("id", flat=True)), actor_id=clerk.pk)
        assert Order.objects.get(pk=order.pk).state == "shipped"
        assert not WaybillUpload.objects.filter(order=order).exists()
        assert_invariants_hold()

    def test_sent_twice_is_entered_once(self, page: Client, company: BusyCompany) -> None:
        first = send(page, company)
        cache.clear()
        second = send(page, company)
        assert first["HX-Redirect"] == second["HX-Redirect"]
        assert entered()

    def test_an_external_number_is_taken_once(self, page: Client, company: BusyCompany) -> None:
        send(page, company, external_no="TEL-1")
        response = send(page, company, external_no="TEL-1", once="other")
        assert response.context["head"].errors["external_no"]
        assert entered().trade_no == "TEL-1"
        send(page, company, external_no="TEL-1", once="third", shop=str(company.shops[1].pk))
        assert Order.objects.filter(trade_no="TEL-1").count() == 2

    @pytest.mark.parametrize(
        ("changes", "where"),
        [
            ({"shop": "999999"}, "shop"),
            ({"origin": "own"}, "origin"),
            ({"r_name": ""}, "r_name"),
            ({"r_province": "火星"}, "r_province"),
            ({"line": []}, "amounts"),
            ({"adjustment": "99.00"}, "amounts"),
            ({"post_fee": "-1"}, "amounts"),
            ({"warehouse": "99999"}, "warehouse"),
            ({"invoice_kind": "company", "invoice_title": "甲"}, "invoice_tax_no"),
        ],
    )
    def test_bad_input_is_refused_and_stays_typed(
        self, page: Client, company: BusyCompany, changes: dict[str, Any], where: str
    ) -> None:
        response = send(page, company, **changes)
        assert where in {**response.context["form"].errors, **response.context["head"].errors}
        assert "电话客户" in response.content.decode()
        assert not Order.objects.filter(origin__in=Order.ENTERED).exists()

    def test_an_unknown_sku_is_told_at_its_line(self, page: Client, company: BusyCompany) -> None:
        response = send(page, company, **{"sku-new1": "NOPE"})
        assert [bool(row.error) for row in response.context["form"].rows] == [False, True]

    def test_amounts_are_told_while_typing(self, page: Client, company: BusyCompany) -> None:
        plan = page.post(reverse("orders:enter_amounts"), typed(company), headers=HTMX).context["plan"]
        assert plan.amounts.paid == Decimal("30.00")

    def test_is_closed_to_others_and_to_foreign_shops(
        self, page: Client, company: BusyCompany, sign_in: SignIn
    ) -> None:
        foreign = sign_in(make_staff(role="customer_service", shops=[company.shops[1]]))
        assert send(foreign, company).context["head"].errors["shop"]
        for role in ("warehouse", "finance"):
            client = sign_in(make_staff(role=role))
            assert client.get(reverse("orders:enter")).status_code == 403
            assert send(client, company).status_code == 403

    def test_the_empty_form_and_a_draft_are_shown(self, page: Client, company: BusyCompany) -> None:
        assert page.get(reverse("orders:enter")).status_code == 200
        response = page.post(reverse("orders:enter"), typed(company), headers=HTMX)
        assert "电话客户" in response.content.decode()
        assert page.post(reverse("orders:enter"), {"line": "\0x"}, headers=HTMX).status_code == 200
        cache.clear()


class TestCopy:
    def test_begins_with_lines_and_takes_the_receiver_by_a_click_that_is_recorded(
        self, page: Client, clerk: Staff, waiting: Order, company: BusyCompany
    ) -> None:
        response = page.get(reverse("orders:enter"), {"copy": waiting.no})
        form = response.context["form"]
        assert [row.sku for row in form.rows] == [
            line.sku.code for line in waiting.lines.order_by("position") if line.sku
        ]
        assert waiting.receiver.phone not in response.content.decode()
        assert not AuditEntry.objects.filter(action="view_receiver").exists()
        taken = page.post(reverse("orders:enter_receiver"), {"copied_from": waiting.no}, headers=HTMX)
        assert waiting.receiver.phone in taken.content.decode()
        entry = AuditEntry.objects.get(action="view_receiver")
        assert (entry.subject_id, entry.details) == (waiting.pk, {"why": "copy"})
        send(page, company, copied_from=waiting.no, origin="resend")
        assert waiting.no in page.get(reverse("orders:order", args=[entered().no])).content.decode()

    def test_of_a_foreign_order_is_not_there(self, company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
        others = [shop for shop in company.shops if shop.pk != waiting.shop_id]
        client = sign_in(make_staff(role="customer_service", shops=others))
        assert client.get(reverse("orders:enter"), {"copy": waiting.no}).status_code == 404
        assert client.post(reverse("orders:enter_receiver"), {"copied_from": waiting.no}).status_code == 404


class TestApi:
    def body(self, company: BusyCompany, **changes: Any) -> dict[str, Any]:
        return {
            "shop": company.shops[0].code,
            "external_no": "ERP-7",
            "receiver": {
                "name": "李雷",
                "phone": "13900001111",
                "province": "广东省",
                "city": "深圳市",
                "district": "南山区",
                "address": "科苑路 1 号",
            },
            "lines": [{"sku": company.skus[0].code, "quantity": 2, "price": "10.00", "discount": "1.00"}],
            "post_fee": "6.00",
            **changes,
        }

    def post(self, client: Client, body: dict[str, Any], key: str = "k1") -> Any:
        return client.post("/api/v1/orders/", body, content_type="application/json", headers={"Idempotency-Key": key})

    def test_an_order_is_entered_once_for_a_key(self, page: Client, company: BusyCompany) -> None:
        first = self.post(page, self.body(company))
        assert first.status_code == 201, first.json()
        assert (first.json()["paid_amount"], first.json()["origin"], first.json()["trade_no"]) == (
            "25.00",
            "phone",
            "ERP-7",
        )
        assert self.post(page, self.body(company)).json()["no"] == first.json()["no"]
        again = self.post(page, self.body(company), "k2")
        assert (again.status_code, again.json()["code"]) == (409, "external_no_taken")

    @pytest.mark.parametrize(
        "changes",
        [
            {"lines": []},
            {"lines": [{"sku": "NOPE", "quantity": 1, "price": "1.00"}]},
            {"lines": [{"sku": "x", "quantity": 0, "price": "1.00"}]},
            {"shop": "NOPE"},
            {"receiver": {"name": "李雷"}},
            {"post_fee": "-1"},
        ],
    )
    def test_bad_input_is_refused_with_its_place(
        self, page: Client, company: BusyCompany, changes: dict[str, Any]
    ) -> None:
        assert self.post(page, self.body(company, **changes)).status_code == 400
        assert not Order.objects.filter(origin__in=Order.ENTERED).exists()

    def test_needs_the_permission_and_the_scope(self, company: BusyCompany, sign_in: SignIn) -> None:
        assert self.post(sign_in(make_staff(role="finance")), self.body(company)).status_code == 403
        foreign = sign_in(make_staff(role="customer_service", shops=[company.shops[1]]))
        assert self.post(foreign, self.body(company)).status_code == 400
