"""The journal: who did what at which door, in words, once; refusals, looks and one's own pages leave nothing."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.accounts.models import AuditEntry
from oms.accounts.routes import Address, all_addresses
from oms.accounts.tokens import make_token
from oms.catalog.models import Product
from oms.portal.audit import ACTIONS
from oms.portal.deeds import DEEDS
from orders.memos import mark_of
from orders.models import Order, SavedView
from tests.factories import Company, make_company, make_order, make_staff

pytestmark = pytest.mark.django_db

OWN_ENTRIES = {
    "portal:export",
    "portal:add_announcement",
    "portal:change_announcement",
    "portal:end_announcement",
    "staff:add",
    "staff:roles",
    "staff:member",
    "staff:reset_second_factor",
    "staff:end_sessions",
    "accounts:sign_in",
    "accounts:sign_out",
    "accounts:second_factor_code",
    "accounts:password",
    "accounts:second_factor",
    "accounts:renew_recovery_codes",
    "accounts:turn_off_second_factor",
    "orders:receiver",
    "orders:edit_receiver",
    "orders:enter_receiver",
    "order-receiver",
}
"""Doors whose views write entries of their own."""

CHANGE_NOTHING = {
    "accounts:language",
    "catalog:import_progress",
    "catalog:import_report",
    "orders:import_progress",
    "orders:import_report",
    "orders:edit",
    "orders:edit_line",
    "orders:edit_address",
    "orders:edit_amounts",
    "orders:enter",
    "orders:enter_amounts",
    "orders:filter_apply",
    "orders:here",
    "orders:together_preview",
    "orders:batch_edit_preview",
    "orders:split_preview",
    "orders:merge_preview",
    "orders:gifts_preview",
    "promotions:preview",
    "rules:try",
    "api_schema",
}
"""Doors that take a form and write nothing: previews, sums, who is there. Should one write, the walk finds that it has no words."""


def takes_forms(address: Address) -> bool:
    if not hasattr(address.callback, "access"):
        return any(action.startswith("POST") for action, _access in address.doors())
    decorators = inspect.getsource(inspect.unwrap(address.callback)).partition("def ")[0]
    return "require_safe" not in decorators


def test_every_door_that_may_change_something_has_words_for_it() -> None:
    """Give a new deed its words in oms/portal/deeds.py; or say here that its view writes its own entry, or nothing at all."""
    quiet = {one.name for one in all_addresses() if getattr(one.callback, "quiet", False)}
    doors = {one.name for one in all_addresses() if takes_forms(one)}
    decided = DEEDS.keys() | OWN_ENTRIES | CHANGE_NOTHING | quiet
    assert sorted(doors - decided) == [], test_every_door_that_may_change_something_has_words_for_it.__doc__
    assert sorted(decided - {one.name for one in all_addresses()}) == []


@pytest.fixture
def company() -> Company:
    return make_company()


def entries() -> list[tuple[str, str, dict[str, Any]]]:
    kept = AuditEntry.objects.exclude(action__in=["sign_in", "sign_out"]).order_by("id")
    return list(kept.values_list("action", "reason", "details"))


def test_a_deed_is_kept_once_with_how_many_and_why(client: Client, company: Company) -> None:
    clerk = make_staff("lin", role="customer_service")
    client.force_login(clerk)
    ids = [make_order(company).pk, make_order(company).pk]
    client.post(reverse("orders:batch", args=["hold"]), {"ids": ids, "reason": "买家改地址"})
    assert Order.objects.filter(pk__in=ids, held=True).count() == 2
    assert entries() == [("orders:batch", "买家改地址", {"name": "hold", "rows": 2})]
    entry = AuditEntry.objects.get(action="orders:batch")
    assert (entry.staff, entry.address) == (clerk, "127.0.0.1")


def test_what_is_refused_or_only_looked_at_leaves_nothing(client: Client, company: Company) -> None:
    client.force_login(make_staff("lin", role="customer_service"))
    order = make_order(company)
    client.post(reverse("orders:batch", args=["hold"]), {"ids": [order.pk]}, headers={"HX-Request": "true"})
    client.post(reverse("orders:batch", args=["hold"]), {"ids": [order.pk + 999], "reason": "x"})
    client.post(
        reverse("orders:batch_edit_preview"), {"ids": [order.pk], "field": "urgent", "mode": "set", "value": "1"}
    )
    client.post(reverse("orders:columns_size"), {"column": "no", "width": "200"})
    client.get(reverse("orders:order", args=[order.no]))
    assert entries() == []


def test_a_program_is_kept_like_a_person_and_a_repeated_call_once(company: Company) -> None:
    staff = make_staff("erp", role="customer_service")
    order = make_order(company)
    headers = {"Authorization": f"Bearer {make_token(staff, 'erp')}", "Idempotency-Key": "k1"}
    url = f"/api/v1/orders/{order.no}/hold/"
    for _time in range(2):
        answer = Client().post(url, {"reason": "等"}, content_type="application/json", headers=headers)
        assert answer.status_code == 200
    Client().post(url, {}, content_type="application/json", headers={"Authorization": headers["Authorization"]})
    assert [(action, details) for action, _reason, details in entries()] == [("order-hold", {"no": order.no})]
    assert AuditEntry.objects.get(action="order-hold").staff == staff


def test_the_log_tells_deeds_in_words_and_finds_them_by_number(client: Client, company: Company) -> None:
    clerk = make_staff("lin", role="customer_service", display_name="林晓")
    order = make_order(company, buyer_message="请尽快")
    client.force_login(clerk)
    client.post(
        reverse("orders:memo", args=[order.no]),
        {"memo": "尽快", "flag": "1", "seen": mark_of(order.seller_memo, order.flag)},
    )
    client.post(reverse("orders:batch", args=["hold"]), {"ids": [order.pk], "reason": "等"})
    boss = Client()
    boss.force_login(make_staff("boss", role="administrator"))
    page = boss.get(reverse("staff:audit")).content.decode()
    for text in ("林晓", "修改了订单备注", order.no, "操作了订单", "挂起"):
        assert text in page, text
    found = boss.get(reverse("staff:audit"), {"q": order.no}).content.decode()
    assert "修改了订单备注" in found
    assert "操作了订单</td>" not in found


def test_every_action_has_words_in_both_languages() -> None:
    assert all(str(words) for words in ACTIONS.values())
    assert DEEDS.keys() <= ACTIONS.keys()


def test_saving_a_view_is_kept_but_not_its_columns(client: Client) -> None:
    client.force_login(make_staff(role="customer_service"))
    client.post(reverse("orders:view_save"), {"name": "加急", "address": "stage=open"})
    client.post(reverse("orders:columns_reset"))
    assert SavedView.objects.count() == 1
    assert [action for action, _reason, _details in entries()] == ["orders:view_save"]


def test_a_form_that_is_shown_again_with_its_mistakes_is_no_deed(client: Client, company: Company) -> None:
    client.force_login(make_staff(role="operations"))
    client.post(reverse("catalog:add_category"), {"name": ""})
    assert Product.objects.exists()
    assert entries() == []
