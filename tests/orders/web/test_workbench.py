"""The list of the workbench: stages, filters, sorting, paging, scopes, and the panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from oms.accounts.models import Staff
from oms.core.web.paging import PAGE_SIZE
from orders.models import Order
from orders.web import workbench
from orders.web.columns import SORTS
from orders.web.workbench import EMPTY, STAGES
from tests.factories.busy import BusyCompany, take_trades
from tests.factories.staff import make_staff

from .conftest import HTMX

URL = reverse("orders:workbench")
SignIn = Callable[[Staff], Client]


def shown(client: Client, **query: Any) -> list[Order]:
    """The orders that the list shows."""
    response = client.get(URL, query)
    assert response.status_code == 200
    return list(response.context["page"].object_list)


def test_shows_what_waits_for_the_audit_first(page: Client) -> None:
    found = shown(page)
    assert found
    assert {order.state for order in found} == {"cs_review"}
    promised = [order.ship_by for order in found]
    assert promised == sorted(promised, key=lambda at: at or timezone.now())


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_shows_its_orders_and_counts_the_open_ones(page: Client, stage: str) -> None:
    response = page.get(URL, {"stage": stage})
    states = {order.state for order in response.context["page"].object_list}
    assert states <= (
        {stage} if stage != "open" else {"exception", "presale", "cs_review", "finance_review", "approved"}
    )
    counts = {tab.key: tab.count for tab in response.context["tabs"]}
    assert counts["cs_review"] == Order.objects.filter(state="cs_review").count()
    assert counts["shipped"] is None
    assert [tab.key for tab in response.context["tabs"] if tab.current] == [stage]


def test_an_empty_stage_says_why(page: Client) -> None:
    text = page.get(URL, {"stage": "presale"}).content.decode()
    assert str(EMPTY["presale"][0]) in text


def test_finds_by_shop_warehouse_carrier_and_text(page: Client, company: BusyCompany, waiting: Order) -> None:
    for field, owner in (("shop", waiting.shop), ("warehouse", waiting.warehouse), ("carrier", waiting.carrier)):
        assert owner is not None
        found = shown(page, **{field: owner.pk})
        assert waiting in found
        assert {getattr(order, f"{field}_id") for order in found} == {owner.pk}
    for text in (waiting.no, waiting.no.lower(), waiting.trade_no, waiting.trade_no[:12]):
        assert waiting in shown(page, q=text)
    Order.objects.filter(pk=waiting.pk).update(buyer_nick="找不到的小明")
    assert shown(page, q="小明") == [waiting]


def test_conditions_that_nothing_meets_say_so(page: Client) -> None:
    text = page.get(URL, {"q": "没有这个买家"}).content.decode()
    assert "没有符合条件的订单" in text
    assert str(EMPTY["cs_review"][0]) not in text


@pytest.mark.parametrize(
    "query",
    [
        {"paid": "abc"},
        {"paid_at": "yesterdays"},
        {"shop": "99999999999999999999"},
        {"warehouse.only": "1"},
        {"hint": "'; DROP TABLE"},
        {"q": "\x00"},
        {"nonsense": "1"},
    ],
)
def test_a_condition_without_sense_is_told_at_its_chip_and_the_others_apply(
    page: Client, waiting: Order, query: dict[str, str]
) -> None:
    response = page.get(URL, {**query, "no": waiting.no})
    assert response.status_code == 200
    filters = response.context["filters"]
    assert list(filters.errors) == list(query)
    assert list(response.context["page"].object_list) == [waiting]
    wrong, right = filters.chips
    assert escape(wrong.condition.problem) in response.content.decode()
    assert not right.condition.problem
    # Taking the wrong one away leaves the other.
    assert dict(QueryDict(wrong.without).lists()) == {"no": [waiting.no]}


@pytest.mark.parametrize(
    "query", [{"stage": "nonsense"}, {"sort": "password"}, {"sort": "--ship_by"}, {"page": "-3"}, {"page": "zwei"}]
)
def test_stages_columns_and_pages_that_do_not_exist_count_as_none(page: Client, query: dict[str, str]) -> None:
    assert shown(page, **query) == shown(page)


def test_what_the_archive_answers_dearly_is_listed_without_its_number(
    page: Client, company: BusyCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_trades(company, 120, seed=5)
    Order.objects.filter(state=Order.State.CS_REVIEW).update(state=Order.State.CANCELLED)
    monkeypatch.setattr(workbench, "DEAR", 0.0)

    def total(**query: str) -> int | None:
        found: int | None = page.get(URL, query).context["page"].total
        return found

    assert total(stage="cancelled") == Order.objects.filter(state="cancelled").count() > PAGE_SIZE
    assert total(stage="cancelled", paid="0..") is None
    assert total(stage="open", paid="0..") is not None
    text = page.get(URL, {"stage": "cancelled", "paid": "0.."}).content.decode()
    assert "选择全部符合条件的订单（数量多，未逐一计数）" in text


@pytest.mark.parametrize("column", sorted(SORTS))
def test_sorts_both_ways(page: Client, column: str) -> None:
    up = [getattr(order, column) for order in shown(page, sort=column)]
    down = [getattr(order, column) for order in shown(page, sort=f"-{column}")]
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)


def test_a_page_after_the_end_is_the_last_one(page: Client, company: BusyCompany) -> None:
    take_trades(company, 200, seed=11)
    everything = page.get(URL, {"page": "2"}).context["page"]
    assert everything.total > 50
    last = page.get(URL, {"page": "150"}).context["page"]
    assert last.number == -(-last.total // 50)
    assert last.object_list
    assert not last.has_next


def test_htmx_gets_the_rows_with_the_tabs_beside_them(page: Client) -> None:
    whole, part = page.get(URL), page.get(URL, headers=HTMX)
    assert "<html" in whole.content.decode()
    text = part.content.decode()
    assert "<html" not in text
    assert 'hx-swap-oob="innerHTML"' in text
    assert "HX-Request" in whole["Vary"]
    assert "HX-Request" in part["Vary"]


def test_shows_only_what_lies_in_the_scope(company: BusyCompany, sign_in: SignIn) -> None:
    shop = company.shops[1]
    client = sign_in(make_staff(role="customer_service", shops=[shop], warehouses=[company.warehouse]))
    found = shown(client, stage="open")
    assert {order.shop_id for order in found} == {shop.pk}
    assert {order.warehouse_id for order in found} <= {company.warehouse.pk, None}
    offered = {quick.name: quick.choices for quick in client.get(URL).context["filters"].quick}
    assert [choice.key for choice in offered["shop"]] == [shop.pk]
    assert [choice.key for choice in offered["warehouse"]] == [None, company.warehouse.pk]
    # A foreign shop is no choice, and tells nothing.
    foreign = client.get(URL, {"shop": company.shops[0].pk})
    assert list(foreign.context["filters"].errors) == ["shop"]
    assert company.shops[0].name not in foreign.content.decode()


@pytest.mark.parametrize("role", ["warehouse", "quality"])
def test_is_closed_to_others(company: BusyCompany, sign_in: SignIn, role: str) -> None:
    assert sign_in(make_staff(role=role)).get(URL).status_code == 403


def test_sends_strangers_to_the_sign_in(client: Client, db: None) -> None:
    response = client.get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:sign_in"))


ACTIONS = [
    ("customer_service", "cs_review", ["audit", "hold", "release", "remind", "reprocess", "cancel"]),
    ("customer_service", "approved", ["hold", "release", "unaudit", "remind", "cancel"]),
    ("customer_service", "shipped", []),
    ("finance", "finance_review", ["finance_audit", "hold", "release", "unaudit", "remind"]),
    ("finance", "cs_review", ["hold", "release", "remind"]),
    ("operations", "cs_review", []),
]


@pytest.mark.parametrize(("role", "stage", "names"), ACTIONS)
def test_offers_what_the_stage_and_the_role_allow(
    company: BusyCompany, sign_in: SignIn, role: str, stage: str, names: list[str]
) -> None:
    response = sign_in(make_staff(role=role)).get(URL, {"stage": stage})
    assert [action.name for action in response.context["actions"]] == names


def test_a_page_asks_nine_questions_and_its_list_alone_five(page: Client, waiting: Order) -> None:
    """Session and person with what they may do; columns; counts of the stages, which tell the length of the list as well; the rows."""

    def asked(query: dict[str, str], headers: dict[str, str] | None = None) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert page.get(URL, query, headers=headers).status_code == 200
        return len(queries)

    assert asked({"stage": "open"}) == 9  # and views, shops, warehouses, carriers
    assert asked({"stage": "open"}, HTMX) == 5
    assert asked({"stage": "completed"}) == 9


def test_the_number_of_queries_does_not_depend_on_the_rows(page: Client, company: BusyCompany, waiting: Order) -> None:
    take_trades(company, 160, seed=12)
    page.get(URL)
    with CaptureQueriesContext(connection) as many:
        assert len(page.get(URL, {"stage": "cs_review"}).context["page"].object_list) == 50
    with CaptureQueriesContext(connection) as one:
        assert len(page.get(URL, {"q": waiting.no}).context["page"].object_list) == 1
    # A full page is counted to its end; one row needs no counting.
    assert len(many) - 1 <= len(one) <= len(many)
    assert len(many) < 16


class TestPanel:
    def test_shows_stock_reasons_and_what_is_next(self, page: Client, waiting: Order) -> None:
        response = page.get(reverse("orders:panel", args=[waiting.no]))
        text = response.content.decode()
        line = response.context["lines"][0]
        assert line.balance.available == line.balance.on_hand - line.balance.reserved - line.balance.safety
        assert f"{line.balance.available}" in text
        assert response.context["why"]
        assert response.context["main"].name == "audit"
        assert waiting.receiver.name not in text
        assert waiting.receiver.phone not in text

    def test_a_held_order_has_nothing_next(self, page: Client, waiting: Order) -> None:
        Order.objects.filter(pk=waiting.pk).update(held=True, hold_reason="等买家")
        response = page.get(reverse("orders:panel", args=[waiting.no]))
        assert response.context["main"] is None
        assert "等买家" in response.content.decode()

    def test_of_a_foreign_order_is_not_there(self, company: BusyCompany, waiting: Order, sign_in: SignIn) -> None:
        others = [shop for shop in company.shops if shop.pk != waiting.shop_id]
        client = sign_in(make_staff(role="customer_service", shops=others))
        assert client.get(reverse("orders:panel", args=[waiting.no])).status_code == 404
