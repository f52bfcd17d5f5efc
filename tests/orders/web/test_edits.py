"""Batch edit on the pages, and the list of tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts.models import Staff
from oms.core import jobs
from orders.models import Order, OrderBatch, OrderTag
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff

from .conftest import HTMX

SignIn = Callable[[Staff], Client]


def change(client: Client, orders: list[Order], name: str = "batch_edit", **form: Any) -> Any:
    data = {"ids": [order.pk for order in orders], **{f"version-{order.pk}": order.version for order in orders}}
    return client.post(reverse(f"orders:{name}"), data | form, headers=HTMX)


def test_asks_for_what_the_field_needs(page: Client) -> None:
    OrderTag.objects.create(name="大客户")
    OrderTag.objects.create(name="停用的", enabled=False)
    address = reverse("orders:batch_edit_value")
    text = page.get(address, {"field": "tag"}).content.decode()
    assert "大客户" in text
    assert "停用的" not in text
    assert 'value="remove"' in text
    assert "<textarea" in page.get(address, {"field": "note"}).content.decode()
    assert page.get(address, {"field": "nobody"}).status_code == 404
    assert page.get(address).content == b""


def test_previews_changes_and_takes_back(page: Client, waiting: Order) -> None:
    wish = {"field": "urgent", "mode": "set", "value": "1"}
    shown = change(page, [waiting], "batch_edit_preview", **wish).context["preview"]
    assert (shown.changing, shown.refused) == (1, 0)
    response = change(page, [waiting], **wish)
    assert "oms:changed" in response["HX-Trigger"]
    waiting.refresh_from_db()
    assert waiting.urgent
    batch = OrderBatch.objects.get()
    undo = reverse("orders:batch_undo", args=[batch.job_id])
    assert undo in response.content.decode()
    assert page.post(undo, headers=HTMX).status_code == 200
    jobs.run_due()
    waiting.refresh_from_db()
    assert not waiting.urgent
    assert page.post(undo, headers=HTMX).status_code == 422


def test_all_that_match_go_to_a_job(page: Client, company: BusyCompany) -> None:
    form = {"matching": "1", "query": "stage=cs_review", "field": "flag", "mode": "set", "value": "3"}
    shown = page.post(reverse("orders:batch_edit_preview"), form, headers=HTMX).context["preview"]
    page.post(reverse("orders:batch_edit"), form, headers=HTMX)
    assert not Order.objects.filter(flag=3).exists()
    jobs.run_due()
    waiting = Order.objects.filter(state="cs_review")
    assert set(waiting.values_list("flag", flat=True)) == {3}
    assert shown.total == waiting.count()


def test_nonsense_is_answered_with_a_sentence(page: Client, waiting: Order) -> None:
    for form in ({"field": "flag", "mode": "set", "value": "9"}, {"field": "note", "mode": "append"}):
        response = change(page, [waiting], **form)
        assert response.status_code == 422
        assert response["X-Sentence"]
        assert change(page, [waiting], "batch_edit_preview", **form).context["error"]
    assert change(page, [], field="urgent", mode="set", value="1").status_code == 422
    assert change(page, [waiting], field="nobody").status_code == 404


def test_each_field_asks_for_its_permission(company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
    finance = sign_in(make_staff(role="finance"))
    assert change(finance, [waiting], field="memo", mode="append", value="x").status_code == 403
    assert change(finance, [waiting], field="note", mode="append", value="x").status_code == 200
    operations = sign_in(make_staff(role="operations"))
    assert change(operations, [waiting], field="note", mode="append", value="y").status_code == 403
    assert 'id="dialog-edit"' not in operations.get(reverse("orders:workbench")).content.decode()


def test_foreign_orders_are_not_changed(company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
    others = [shop for shop in company.shops if shop.pk != waiting.shop_id]
    stranger = sign_in(make_staff(role="customer_service", shops=others))
    wish = {"field": "urgent", "mode": "set", "value": "1"}
    assert change(stranger, [waiting], **wish).status_code == 422
    assert change(stranger, [waiting], "batch_edit_preview", **wish).context["preview"].total == 0
    waiting.refresh_from_db()
    assert not waiting.urgent


class TestTags:
    def save(self, client: Client, **form: Any) -> Any:
        return client.post(reverse("orders:tag_save"), form)

    def test_are_made_and_changed(self, page: Client) -> None:
        self.save(page, name=" 大客户 ", colour="look")
        tag = OrderTag.objects.get()
        assert (tag.name, tag.colour, tag.enabled) == ("大客户", "look", True)
        self.save(page, tag=tag.pk, name="老客户", colour="done")
        tag.refresh_from_db()
        assert (tag.name, tag.colour, tag.enabled) == ("老客户", "done", False)
        assert "老客户" in page.get(reverse("orders:tags")).content.decode()

    @pytest.mark.parametrize(
        "form", [{"name": ""}, {"name": "一" * 25}, {"name": "红", "colour": "pink"}, {"name": "已有"}]
    )
    def test_that_cannot_be_are_refused(self, page: Client, form: dict[str, str]) -> None:
        OrderTag.objects.create(name="已有")
        self.save(page, **({"colour": "wait"} | form))
        assert list(OrderTag.objects.values_list("name", flat=True)) == ["已有"]

    def test_are_for_who_may_manage_them(self, db: None, sign_in: SignIn) -> None:
        client = sign_in(make_staff(role="finance"))
        assert client.get(reverse("orders:tags")).status_code == 403
        assert self.save(client, name="x", colour="wait").status_code == 403

    @pytest.mark.parametrize("number", ["999", "x", "-1"])
    def test_that_are_not_there_are_404(self, page: Client, number: str) -> None:
        assert self.save(page, tag=number, name="x", colour="wait").status_code == 404
