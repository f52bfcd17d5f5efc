"""Actions on orders: done to what may be done to, a sentence for every other row."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.accounts.models import Staff
from orders import audit
from orders.models import Order
from orders.web.actions import ACTIONS
from tests.factories.busy import BusyCompany
from tests.factories.staff import make_staff

from .conftest import HTMX

SignIn = Callable[[Staff], Client]


def act(client: Client, name: str, orders: list[Order], **form: Any) -> Any:
    data = {"ids": [order.pk for order in orders], **{f"version-{order.pk}": order.version for order in orders}, **form}
    return client.post(reverse("orders:batch", args=[name]), data, headers=HTMX)


def state_of(order: Order) -> str:
    return Order.objects.values_list("state", flat=True).get(pk=order.pk)


def refused(response: Any) -> dict[str, str]:
    """Number → sentence of the rows that were refused."""
    return {} if not response.content else {row.name: row.sentence for row in response.context["refused"]}


def test_audits_and_says_so_in_a_toast(page: Client, waiting: Order) -> None:
    response = act(page, "audit", [waiting])
    assert state_of(waiting) in {"finance_review", "approved"}
    events = json.loads(response["HX-Trigger"])
    assert events["oms:toast"]["tone"] == "done"
    assert "oms:changed" in events


def test_every_action_reaches_its_capability(page: Client, clerk: Staff, waiting: Order) -> None:
    steps: list[tuple[str, dict[str, str], Callable[[Order], bool]]] = [
        ("hold", {"reason": "等待买家回复"}, lambda order: order.held and order.hold_reason == "等待买家回复"),
        ("release", {}, lambda order: not order.held),
        ("reprocess", {}, lambda order: order.reprocess_at is not None),
        ("audit", {}, lambda order: order.state in {"finance_review", "approved"}),
        ("unaudit", {"reason": "误审"}, lambda order: order.state == "cs_review"),
        ("cancel", {"reason": "重复下单"}, lambda order: order.state == "cancelled"),
    ]
    for name, form, holds in steps:
        waiting.refresh_from_db()
        response = act(page, name, [waiting], **form)
        assert refused(response) == {}, name
        waiting.refresh_from_db()
        assert holds(waiting), name


def test_finance_passes_its_audit(company: BusyCompany, clerk: Staff, sign_in: SignIn) -> None:
    dear = list(Order.objects.filter(state="cs_review", paid_amount__gt=600, warehouse=company.warehouse))[:2]
    audit.audit([order.pk for order in dear], actor_id=clerk.pk)
    for order in dear:
        order.refresh_from_db()
    assert {order.state for order in dear} == {"finance_review"}
    act(sign_in(make_staff(role="finance")), "finance_audit", dear)
    assert {state_of(order) for order in dear} == {"approved"}


def test_what_somebody_changed_meanwhile_is_refused_with_its_sentence(page: Client, waiting: Order) -> None:
    Order.objects.filter(pk=waiting.pk).update(version=waiting.version + 1)
    response = act(page, "audit", [waiting])
    assert "刚刚" in refused(response)[waiting.no] or "重新" in refused(response)[waiting.no]
    assert state_of(waiting) == "cs_review"
    assert "#result-dialog" in response["HX-Trigger-After-Swap"]


def test_a_mixed_batch_does_what_it_can(page: Client, company: BusyCompany, waiting: Order) -> None:
    stuck = Order.objects.filter(exceptions__contains=["unmatched_listing"])[0]
    response = act(page, "audit", [stuck, waiting])
    assert list(refused(response)) == [stuck.no]
    assert response.context["done"] == 1
    assert state_of(waiting) in {"finance_review", "approved"}
    assert state_of(stuck) == "exception"


def test_foreign_orders_are_not_there(company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
    others = [shop for shop in company.shops if shop.pk != waiting.shop_id]
    response = act(sign_in(make_staff(role="customer_service", shops=others)), "cancel", [waiting], reason="重复下单")
    # Not even its number is told.
    assert list(refused(response)) == [str(waiting.pk)]
    assert waiting.no not in response.content.decode()
    assert state_of(waiting) == "cs_review"


def test_nonsense_among_the_ids_does_nothing(page: Client, company: BusyCompany) -> None:
    before = list(Order.objects.order_by("id").values_list("id", "state", "version"))
    response = page.post(
        reverse("orders:batch", args=["audit"]), {"ids": ["x", "-1", "9" * 30, "1.5", "999999999"]}, headers=HTMX
    )
    assert list(refused(response)) == ["999999999"]
    assert list(Order.objects.order_by("id").values_list("id", "state", "version")) == before


@pytest.mark.parametrize("name", [action.name for action in ACTIONS if action.needs_reason])
def test_a_reason_is_asked_for(page: Client, waiting: Order, name: str) -> None:
    response = act(page, name, [waiting], reason="  ")
    assert response.status_code == 422
    assert response["X-Sentence"]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.held) == ("cs_review", False)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_needs_the_permission_of_the_action(company: BusyCompany, waiting: Order, sign_in: SignIn, action: Any) -> None:
    # Operations see orders and may do nothing to them.
    response = act(sign_in(make_staff(role="operations")), action.name, [waiting], reason="x")
    assert response.status_code == 403
    waiting.refresh_from_db()
    assert (waiting.state, waiting.held) == ("cs_review", False)


def test_knows_no_other_action_and_no_other_method(page: Client) -> None:
    assert page.post(reverse("orders:batch", args=["delete"])).status_code == 404
    assert page.get(reverse("orders:batch", args=["audit"])).status_code == 405


def test_asks_for_the_token_against_forged_forms(clerk: Staff, waiting: Order) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(clerk)
    assert act(strict, "audit", [waiting]).status_code == 403
    assert state_of(waiting) == "cs_review"


def test_the_number_of_queries_does_not_depend_on_the_batch(page: Client, company: BusyCompany) -> None:
    orders = list(Order.objects.filter(state="cs_review").order_by("id"))
    page.get(reverse("orders:workbench"))
    counts = []
    for some in (orders[:1], orders[1:]):
        with CaptureQueriesContext(connection) as queries:
            act(page, "hold", some, reason="地址待确认")
        counts.append(len(queries))
    assert len(orders) > 8
    assert counts[0] == counts[1]
