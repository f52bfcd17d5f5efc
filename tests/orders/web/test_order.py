"""The page of an order, its receiver, its memo; trades and those that cannot be understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts.models import AuditEntry, Staff
from oms.core.history import history_of
from orders import audit
from orders.memos import mark_of
from orders.models import Order, OrderTag, Trade
from tests.factories.busy import BusyCompany, reject_trade
from tests.factories.staff import make_staff

from .conftest import HTMX

SignIn = Callable[[Staff], Client]


def url(name: str, order: Order) -> str:
    return reverse(f"orders:{name}", args=[order.no])


class TestPage:
    def test_tells_everything_about_an_order(self, page: Client, clerk: Staff, waiting: Order) -> None:
        audit.audit([waiting.pk], actor_id=clerk.pk)
        response = page.get(url("order", waiting))
        text = response.content.decode()
        lines = response.context["lines"]
        assert [line.quantity for line in lines] == [line.quantity for line in waiting.lines.order_by("position")]
        assert response.context["goods_paid"] + waiting.post_fee == waiting.paid_amount
        assert [step.phase for step in response.context["steps"]].count("now") == 1
        assert response.context["why"]
        assert "林晓" in [entry.who for entry in response.context["history"]]
        for part in (waiting.no, waiting.trade_no, waiting.shop.name, str(waiting.paid_amount)):
            assert part in text

    def test_note_tags_and_reminders_are_seen_where_one_decides(self, page: Client, waiting: Order) -> None:
        tag = OrderTag.objects.create(name="老客户", colour="done")
        values = {"internal_note": "等仓库回复", "tags": [tag.pk], "reminders": 2}
        Order.objects.filter(pk=waiting.pk).update(**values)
        for name in ("order", "panel"):
            text = page.get(url(name, waiting)).content.decode()
            assert all(part in text for part in ("老客户", "等仓库回复", "催 2 次")), name
        listed = page.get(reverse("orders:workbench"), {"stage": waiting.state, "q": waiting.no}).content.decode()
        assert "老客户" in listed

    def test_offers_to_change_a_field_of_the_order_as_it_stands(self, page: Client, waiting: Order) -> None:
        def names() -> set[str]:
            return {field.name for field in page.get(url("order", waiting)).context["edit_fields"]}

        assert {"tag", "note", "urgent", "carrier"} <= names()
        Order.objects.filter(pk=waiting.pk).update(state="completed")
        assert names() == {"tag", "note"}

    def test_shows_no_receiver_in_clear(self, page: Client, waiting: Order) -> None:
        text = page.get(url("order", waiting)).content.decode()
        receiver = waiting.receiver
        assert receiver.phone_masked in text
        for secret in (receiver.name, receiver.phone, receiver.address):
            assert secret
            assert secret not in text

    def test_an_exception_says_why_in_its_history(self, page: Client, company: BusyCompany) -> None:
        stuck = Order.objects.filter(exceptions__contains=["unmatched_listing"])[0]
        response = page.get(url("order", stuck))
        assert all("unmatched_listing" not in entry.why for entry in response.context["history"])

    def test_offers_what_the_order_as_it_stands_allows(self, page: Client, waiting: Order) -> None:
        def names() -> list[str]:
            return [action.name for action in page.get(url("order", waiting)).context["actions"]]

        assert names() == ["audit", "hold", "remind", "reprocess", "cancel"]
        Order.objects.filter(pk=waiting.pk).update(held=True)
        assert names() == ["release", "remind", "reprocess", "cancel"]
        Order.objects.filter(pk=waiting.pk).update(held=False, intercepted=True)
        assert names() == ["hold", "remind", "reprocess", "cancel"]
        Order.objects.filter(pk=waiting.pk).update(state="cancelled")
        assert names() == []

    def test_of_a_foreign_order_is_not_there(self, company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
        others = [shop for shop in company.shops if shop.pk != waiting.shop_id]
        client = sign_in(make_staff(role="customer_service", shops=others))
        assert client.get(url("order", waiting)).status_code == 404
        assert client.get(reverse("orders:order", args=["SO9999999999999"])).status_code == 404

    def test_is_closed_to_others(self, waiting: Order, sign_in: SignIn) -> None:
        assert sign_in(make_staff(role="warehouse")).get(url("order", waiting)).status_code == 403


class TestReceiver:
    def test_is_shown_and_that_somebody_looked_is_kept(self, page: Client, clerk: Staff, waiting: Order) -> None:
        text = page.post(url("receiver", waiting), {"why": "contact"}, headers=HTMX).content.decode()
        receiver = waiting.receiver
        assert receiver.name in text
        assert receiver.phone in text
        assert receiver.address in text
        entry = AuditEntry.objects.get(action="view_receiver")
        assert (entry.staff, entry.kind, entry.subject_id) == (clerk, "order", waiting.pk)
        assert (entry.details, entry.reason) == ({"why": "contact"}, "")

    @pytest.mark.parametrize(
        "form", [{}, {"why": "because"}, {"why": "edit"}, {"why": "other"}, {"why": "other", "words": " "}]
    )
    def test_is_not_shown_without_a_reason(self, page: Client, waiting: Order, form: dict[str, str]) -> None:
        response = page.post(url("receiver", waiting), form, headers=HTMX)
        assert waiting.receiver.phone not in response.content.decode()
        assert not AuditEntry.objects.filter(action="view_receiver").exists()

    def test_any_other_reason_is_written(self, page: Client, waiting: Order) -> None:
        form = {"why": "other", "words": " 平台客服要求核实 "}
        assert waiting.receiver.phone in page.post(url("receiver", waiting), form, headers=HTMX).content.decode()
        assert AuditEntry.objects.get(action="view_receiver").reason == "平台客服要求核实"

    def test_needs_the_permission(self, waiting: Order, sign_in: SignIn) -> None:
        client = sign_in(make_staff(role="finance"))
        assert client.post(url("receiver", waiting)).status_code == 403
        assert url("receiver", waiting) not in client.get(url("order", waiting)).content.decode()
        assert not AuditEntry.objects.filter(action="view_receiver").exists()

    def test_is_never_given_to_a_link(self, page: Client, waiting: Order) -> None:
        assert page.get(url("receiver", waiting)).status_code == 405

    def test_of_a_foreign_order_is_not_there(self, company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
        others = [shop for shop in company.shops if shop.pk != waiting.shop_id]
        client = sign_in(make_staff(role="customer_service", shops=others))
        assert client.post(url("receiver", waiting), {"why": "contact"}).status_code == 404
        assert not AuditEntry.objects.filter(action="view_receiver").exists()


class TestMemo:
    def send(self, client: Client, order: Order, **form: Any) -> Any:
        data = {"memo": "加送小样", "flag": "3", "seen": mark_of(order.seller_memo, order.flag), **form}
        return client.post(url("memo", order), data, headers=HTMX)

    def test_is_written_with_its_history(self, page: Client, clerk: Staff, waiting: Order) -> None:
        assert self.send(page, waiting).status_code == 200
        waiting.refresh_from_db()
        assert (waiting.seller_memo, waiting.flag) == ("加送小样", 3)
        newest = history_of("order", waiting.pk)[0]
        assert (newest.action, newest.actor_id) == ("memo", clerk.pk)

    @pytest.mark.parametrize("form", [{"flag": "6"}, {"flag": "red"}, {"seen": "x" * 17}, {"memo": "备" * 1001}])
    def test_bad_input_is_refused_with_a_sentence(self, page: Client, waiting: Order, form: dict[str, str]) -> None:
        response = self.send(page, waiting, **form)
        assert response.status_code == 422
        assert response["X-Sentence"]
        waiting.refresh_from_db()
        assert waiting.seller_memo != "加送小样"

    def test_is_not_changed_after_the_parcel_has_left(self, page: Client, waiting: Order) -> None:
        Order.objects.filter(pk=waiting.pk).update(state="shipped")
        assert self.send(page, waiting).status_code == 422
        assert page.get(url("order", waiting)).context["may_edit"] is False

    def test_needs_the_permission(self, waiting: Order, sign_in: SignIn) -> None:
        assert self.send(sign_in(make_staff(role="finance")), waiting).status_code == 403


class TestTrades:
    def test_the_page_of_a_trade_has_its_orders_and_versions_but_no_receiver(
        self, page: Client, waiting: Order
    ) -> None:
        trade = waiting.origin_trade
        assert trade is not None
        response = page.get(reverse("orders:trade", args=[trade.pk]))
        text = response.content.decode()
        assert list(response.context["orders"]) == [waiting]
        assert len(response.context["versions"]) == 1
        assert trade.trade_no in text
        assert waiting.receiver.name not in text
        assert "receiver_digest" not in text

    def test_a_rejected_trade_is_listed_with_its_reason(self, page: Client, company: BusyCompany) -> None:
        reject_trade(company)
        response = page.get(reverse("orders:rejected"))
        assert [trade.reason_code for trade in response.context["page"].object_list] == ["missing_payment"]
        assert "没有实付金额" in response.content.decode()
        trade = Trade.objects.get(state="rejected")
        shown = page.get(reverse("orders:trade", args=[trade.pk]))
        assert shown.context["document"] is None
        assert "没有实付金额" in shown.content.decode()

    def test_of_a_foreign_shop_are_not_there(self, company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
        reject_trade(company)
        client = sign_in(make_staff(role="customer_service", shops=[company.shops[1]]))
        trade = Trade.objects.get(state="rejected")
        assert list(client.get(reverse("orders:rejected")).context["page"].object_list) == []
        assert client.get(reverse("orders:trade", args=[trade.pk])).status_code == 404

    def test_are_closed_to_others(self, company: BusyCompany, sign_in: SignIn) -> None:
        client = sign_in(make_staff(role="warehouse"))
        assert client.get(reverse("orders:rejected")).status_code == 403
        assert client.get(reverse("orders:trade", args=[1])).status_code == 403
