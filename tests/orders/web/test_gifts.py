"""Gifts adjusted by hand on the pages."""

from __future__ import annotations

import pytest
from django.test import Client

from oms.catalog.models import Sku
from orders.models import Order, OrderLine
from orders.pipeline import process_due
from promotions.models import GiftGrant
from tests.factories import Company, make_company, make_line, make_order, make_sku, make_staff, put_stock
from tests.holding import assert_invariants_hold
from tests.orders.test_gifts import campaign, gifts_of


@pytest.fixture
def company(db: None) -> Company:
    return make_company()


@pytest.fixture
def bag(company: Company) -> Sku:
    sku = make_sku("BAG")
    put_stock(company.warehouse, {sku: 10})
    return sku


def waiting(company: Company, count: int = 1) -> list[Order]:
    return [make_order(company, [make_line(company.sku, 2)], buyer_message="在吗") for _ in range(count)]


def signed_in(role: str = "customer_service") -> Client:
    client = Client()
    client.force_login(make_staff(role=role))
    return client


def post(client: Client, name: str, orders: list[Order], **form: str) -> str:
    response = client.post(
        f"/orders/gifts/{name}", {"ids": [order.pk for order in orders], **form}, headers={"HX-Request": "true"}
    )
    assert response.status_code in (200, 422)
    return response.content.decode()


def test_a_gift_is_previewed_added_and_taken_away_again(company: Company, bag: Sku) -> None:
    client, orders = signed_in(), waiting(company, 2)
    shown = post(client, "preview/", orders, mode="add", code="BAG", units="2")
    assert orders[0].no in shown
    assert "BAG × 2" in shown
    assert not OrderLine.objects.filter(is_gift=True).exists()
    post(client, "", orders, mode="add", code="BAG", units="2")
    post(client, "", orders[:1], mode="add", code="BAG", units="1")
    process_due()
    assert [gifts_of(order) for order in orders] == [{"BAG": 3}, {"BAG": 2}]
    assert Order.objects.get(pk=orders[0].pk).quantity == 5
    post(client, "", orders, mode="take", code="BAG")
    process_due()
    assert [gifts_of(order) for order in orders] == [{}, {}]
    assert_invariants_hold()


def test_a_code_that_no_goods_can_have_is_told_in_a_sentence(company: Company) -> None:
    client, orders = signed_in(), waiting(company)
    assert "A9" in post(client, "preview/", orders, mode="add", code="A\x009", units="1")
    post(client, "", orders, mode="add", code="\x00", units="1")


def test_a_campaign_s_gift_taken_away_stays_away_until_it_is_matched_anew(company: Company, bag: Sku) -> None:
    campaign(bag, total_limit=5)
    client, (order,) = signed_in(), waiting(company)
    assert gifts_of(order) == {"BAG": 1}
    post(client, "", [order], mode="take", code="BAG")
    process_due()
    assert gifts_of(order) == {}
    assert not GiftGrant.objects.filter(state="active").exists()
    post(client, "", [order], mode="rematch")
    process_due()
    assert gifts_of(order) == {"BAG": 1}
    assert_invariants_hold()


def test_bad_input_and_wrong_states_are_told(company: Company, bag: Sku) -> None:
    client, (order,) = signed_in(), waiting(company)
    assert "没有商家编码" in post(client, "preview/", [order], mode="add", code="NONE")
    assert "件数" in post(client, "preview/", [order], mode="add", code="BAG", units="0")
    assert "没有这个赠品" in post(client, "preview/", [order], mode="take", code="BAG")
    approved = make_order(company)
    assert "审核前" in post(client, "preview/", [approved], mode="add", code="BAG")
    assert "弃审" in post(client, "", [approved], mode="add", code="BAG") or gifts_of(approved) == {}


def test_only_who_may_edit_and_only_their_shops(company: Company, bag: Sku) -> None:
    (order,) = waiting(company)
    finance = signed_in("finance")
    assert finance.post("/orders/gifts/", {"ids": [order.pk], "mode": "add", "code": "BAG"}).status_code == 403
    foreign = Client()
    foreign.force_login(make_staff(role="customer_service", shops=[]))
    post(foreign, "", [order], mode="add", code="BAG")
    assert gifts_of(order) == {}


def test_the_dialog_is_on_both_pages(company: Company) -> None:
    client, (order,) = signed_in(), waiting(company)
    for page in ("/orders/?stage=cs_review", f"/orders/{order.no}/"):
        assert 'id="dialog-gifts"' in client.get(page).content.decode()
