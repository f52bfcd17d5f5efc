"""The order page edited in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.accounts.models import AuditEntry, Staff
from orders.models import Order, OrderEdit
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff

from .conftest import HTMX

SignIn = Callable[[Staff], Client]
RECEIVER = {
    "receiver_open": "1",
    "r_name": "李雷",
    "r_phone": "13900001111",
    "r_province": "广东省",
    "r_city": "深圳市",
    "r_district": "南山区",
    "r_address": "科苑路 1 号",
}


def url(name: str, order: Order) -> str:
    return reverse(f"orders:{name}", args=[order.no])


def typed(client: Client, order: Order, **changes: Any) -> dict[str, Any]:
    """What the browser sends of the form as it is opened now, with some fields typed over."""
    form = client.get(url("edit", order), headers=HTMX).context["form"]
    data: dict[str, Any] = {"base": form.base_text, "line": [row.key for row in form.rows], **form.values}
    for row in form.rows:
        for name in ("sku", "quantity", "price", "discount"):
            data[f"{name}-{row.key}"] = getattr(row, name)
    return {**data, **changes}


def send(client: Client, order: Order, data: dict[str, Any], name: str = "edit_save") -> Any:
    return client.post(url(name, order), data, headers=HTMX)


class TestForm:
    def test_shows_what_stands_and_no_receiver_in_clear(self, page: Client, waiting: Order) -> None:
        response = page.get(url("edit", waiting), headers=HTMX)
        text = response.content.decode()
        assert [row.quantity for row in response.context["form"].rows] == [
            str(line.quantity) for line in waiting.lines.order_by("position")
        ]
        assert response.context["plan"].amounts.paid == waiting.paid_amount
        assert waiting.receiver.phone_masked in text
        for secret in (waiting.receiver.name, waiting.receiver.phone, waiting.receiver.address):
            assert secret not in text

    def test_a_typed_change_is_saved(self, page: Client, clerk: Staff, waiting: Order) -> None:
        first = next(iter(typed(page, waiting)["line"]))
        units = waiting.lines.order_by("position")[0].quantity
        data = typed(page, waiting, **{f"quantity-{first}": str(units + 2), "reason": "补两件"})
        response = send(page, waiting, data)
        assert response.status_code == 200
        assert '"draft"' in response["HX-Trigger"]
        after = Order.objects.get(pk=waiting.pk)
        assert (after.quantity, after.paid_amount) == (waiting.quantity + 2, waiting.paid_amount)
        assert OrderEdit.objects.get(order=waiting).by == clerk
        text = page.get(url("order", waiting)).content.decode()
        assert "补两件" in text
        assert "手工调整" in text

    def test_what_cannot_be_saved_stays_typed_with_its_sentence(self, page: Client, waiting: Order) -> None:
        first = next(iter(typed(page, waiting)["line"]))
        data = typed(page, waiting, **{f"sku-{first}": "没有的编码", "invoice_title": "棉朵公司", "post_fee": "12.x"})
        response = send(page, waiting, data)
        text = response.content.decode()
        assert "没有的编码" in text
        assert "棉朵公司" in text
        assert response.context["form"].errors["post_fee"]
        assert Order.objects.get(pk=waiting.pk).version == waiting.version

    def test_a_difference_to_what_was_paid_needs_a_reason(self, page: Client, waiting: Order) -> None:
        response = send(page, waiting, typed(page, waiting, post_fee="5.00"))
        assert "原因" in response.context["form"].errors["reason"]
        assert send(page, waiting, typed(page, waiting, post_fee="5.00", reason="补邮费")).status_code == 200
        after = Order.objects.get(pk=waiting.pk)
        assert (str(after.post_fee), after.paid_amount) == ("5.00", waiting.paid_amount)

    @pytest.mark.parametrize(
        ("form", "field"),
        [
            ({"invoice_kind": "company", "invoice_title": "甲公司"}, "invoice_tax_no"),
            ({"invoice_kind": "company", "invoice_title": "甲公司", "invoice_tax_no": "123"}, "invoice_tax_no"),
            ({"invoice_kind": "personal"}, "invoice_title"),
            ({"invoice_kind": "wrong"}, "invoice_kind"),
            ({"invoice_email": "nobody"}, "invoice_email"),
            ({"warehouse": "999999"}, "warehouse"),
            ({"carrier": "999999"}, "carrier"),
            ({**RECEIVER, "r_phone": "12"}, "r_phone"),
            ({**RECEIVER, "r_province": "火星"}, "r_province"),
            ({**RECEIVER, "r_name": ""}, "r_name"),
        ],
    )
    def test_bad_input_is_refused_at_its_field(
        self, page: Client, waiting: Order, form: dict[str, str], field: str
    ) -> None:
        response = send(page, waiting, typed(page, waiting, **form))
        assert field in response.context["form"].errors
        assert Order.objects.get(pk=waiting.pk).version == waiting.version

    def test_nonsense_by_hand_is_no_error(self, page: Client, waiting: Order) -> None:
        for data in ({}, {"base": "[]", "line": ["\0", "x" * 500]}, {"base": "{", "line": ["t1.2.1"]}):
            assert send(page, waiting, data).status_code == 200
        assert Order.objects.get(pk=waiting.pk).version == waiting.version

    def test_is_closed_to_who_may_not_and_after_the_audit(
        self, company: BusyCompany, page: Client, waiting: Order, sign_in: SignIn
    ) -> None:
        data = typed(page, waiting)
        Order.objects.filter(pk=waiting.pk).update(state="cancelled")
        assert page.get(url("edit", waiting), headers=HTMX).status_code == 422
        assert send(page, waiting, data).status_code == 422
        Order.objects.filter(pk=waiting.pk).update(state="cs_review")
        finance = sign_in(make_staff(role="finance"))
        assert finance.get(url("edit", waiting)).status_code == 403
        assert send(finance, waiting, data).status_code == 403
        others = [shop for shop in company.shops if shop.pk != waiting.shop_id]
        foreign = sign_in(make_staff(role="customer_service", shops=others))
        for name in ("edit_save", "edit_amounts", "edit_receiver", "here", "take_from_trade"):
            assert foreign.post(url(name, waiting)).status_code == 404

    def test_a_warehouse_outside_the_scope_cannot_be_asked_for(
        self, company: BusyCompany, waiting: Order, sign_in: SignIn
    ) -> None:
        client = sign_in(make_staff(role="customer_service", warehouses=[company.warehouse]))
        response = send(client, waiting, typed(client, waiting, warehouse=str(company.far_warehouse.pk)))
        assert response.context["form"].errors["warehouse"]

    def test_costs_the_same_with_many_lines(self, page: Client, waiting: Order) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as found:
                page.get(url("edit", waiting), headers=HTMX)
            return len(found)

        few = queries()
        line = waiting.lines.order_by("position")[0]
        for position in range(50, 90):
            line.pk, line.position, line.oid, line.trade = None, position, "", None
            line.save()
        assert queries() == few


class TestAmounts:
    def test_are_told_while_typing_by_the_same_function(self, page: Client, waiting: Order) -> None:
        data = typed(page, waiting)
        first = data["line"][0]
        price = waiting.lines.order_by("position")[0].price
        data |= {f"discount-{first}": "0.00", f"quantity-{first}": "1", f"price-{first}": str(price + 3)}
        plan = send(page, waiting, data, "edit_amounts").context["plan"]
        send(page, waiting, {**data, "reason": "改价"})
        after = Order.objects.get(pk=waiting.pk)
        assert (after.goods_amount, after.discount_amount) == (plan.amounts.goods, plan.amounts.discount)

    def test_a_new_line_gets_name_and_price(self, page: Client, company: BusyCompany) -> None:
        sku = company.skus[0]
        found = page.get(reverse("orders:edit_line"), {"line": "new1", "sku-new1": sku.code, "price-new1": "0.00"})
        assert (found.context["row"].price, found.context["row"].title) == (str(sku.price), sku.product.name)
        assert page.get(reverse("orders:edit_line"), {"line": "new1", "sku-new1": "NOPE"}).context["row"].error
        assert page.get(reverse("orders:edit_line")).status_code == 200

    def test_skus_are_offered_with_what_is_free(self, page: Client, company: BusyCompany) -> None:
        text = page.get(reverse("orders:edit_sku_choices"), {"sku": company.skus[0].code}).content.decode()
        assert company.skus[0].code in text
        assert "可用" in text


class TestReceiver:
    def test_is_opened_by_an_action_that_is_kept(self, page: Client, clerk: Staff, waiting: Order) -> None:
        text = page.post(url("edit_receiver", waiting), headers=HTMX).content.decode()
        assert waiting.receiver.address in text
        entry = AuditEntry.objects.get(action="view_receiver")
        assert (entry.staff, entry.subject_id) == (clerk, waiting.pk)

    def test_another_one_is_saved(self, page: Client, waiting: Order) -> None:
        assert send(page, waiting, typed(page, waiting, **RECEIVER)).status_code == 200
        after = Order.objects.select_related("receiver").get(pk=waiting.pk)
        assert (after.receiver.name, after.receiver.region_id) == ("李雷", "440305")

    def test_needs_the_permission_to_see_receivers(self, company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
        staff = make_staff(role="customer_service")
        staff.groups.get().permissions.filter(codename="view_receiver").delete()
        client = sign_in(staff)
        assert client.post(url("edit_receiver", waiting)).status_code == 403
        send(client, waiting, typed(client, waiting, **RECEIVER))
        assert Order.objects.get(pk=waiting.pk).receiver_id == waiting.receiver_id

    def test_a_pasted_text_fills_the_fields(self, page: Client, company: BusyCompany) -> None:
        pasted = {"pasted": "李雷 13900001111 广东省深圳市南山区科苑路 1 号"}
        fields = page.post(reverse("orders:edit_address"), pasted, headers=HTMX).context["receiver_fields"]
        assert {one["name"]: one["value"] for one in fields}["district"] == "南山区"


class TestTwoClerks:
    def test_the_second_is_told_and_keeps_what_was_typed(
        self, company: BusyCompany, page: Client, waiting: Order, sign_in: SignIn
    ) -> None:
        mine = typed(page, waiting, invoice_title="我写的抬头", carrier=str(company.carriers[0].pk))
        other = Client()
        other.force_login(make_staff(role="customer_service", display_name="张敏"))
        send(
            other,
            waiting,
            typed(other, waiting, carrier=str(company.carriers[1].pk), warehouse=str(company.warehouse.pk)),
        )
        response = send(page, waiting, mine)
        text = response.content.decode()
        assert {one.name for one in response.context["meanwhile"]} == {"carrier", "warehouse"}
        assert response.context["both"] == {"carrier"}
        assert "张敏" in text
        assert company.carriers[1].name in text
        form = response.context["form"]
        assert form.values["invoice_title"] == "我写的抬头"
        assert form.values["warehouse"] == str(company.warehouse.pk)
        assert form.values["carrier"] == str(company.carriers[0].pk)
        again = {**mine, **form.values, "base": form.base_text}
        assert send(page, waiting, again).status_code == 200
        after = Order.objects.get(pk=waiting.pk)
        assert (after.wished_carrier_id, after.wished_warehouse_id, after.invoice_title) == (
            company.carriers[0].pk,
            company.warehouse.pk,
            "我写的抬头",
        )

    def test_see_each_other(self, page: Client, waiting: Order) -> None:
        other = Client()
        other.force_login(make_staff(role="customer_service", display_name="张敏"))
        other.post(url("here", waiting), {"edits": "1"}, headers=HTMX)
        assert "张敏 正在编辑" in page.post(url("here", waiting), headers=HTMX).content.decode()
        assert "林晓 正在查看" in other.post(url("here", waiting), headers=HTMX).content.decode()
        cache.clear()
        assert page.post(url("here", waiting), headers=HTMX).content.decode().strip() == ""

    def test_a_session_that_ended_leaves_the_form_alone(self, page: Client, waiting: Order) -> None:
        data = typed(page, waiting)
        page.logout()
        response = page.post(url("edit_save", waiting), data, headers={**HTMX, "X-Keep-Form": "1"})
        assert response.status_code == 401
        assert response["X-Sentence"]
        assert "HX-Redirect" not in response

    def test_a_draft_comes_back_as_it_was_typed(self, page: Client, waiting: Order) -> None:
        data = typed(page, waiting, invoice_title="写到一半")
        response = page.post(url("edit", waiting), data, headers=HTMX)
        assert response.context["form"].values["invoice_title"] == "写到一半"
        assert Order.objects.get(pk=waiting.pk).version == waiting.version
