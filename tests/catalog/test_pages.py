"""Products, listings and their binding: what is shown to whom, and that the orders that waited go on."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from oms.catalog.models import Barcode, Listing
from oms.core.models import HistoryEntry
from oms.core.outbox import deliver_due
from orders.models import Order
from orders.pipeline import process_due
from orders.wake import TOPIC
from tests.factories import Company, make_company, make_line, make_order, make_shop, make_sku, make_staff

pytestmark = pytest.mark.django_db

LISTINGS = "/catalog/listings/"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def client() -> Client:
    return signed_in()


def signed_in(**values: object) -> Client:
    client = Client()
    client.force_login(make_staff(role="operations", **values))  # type: ignore[arg-type]
    return client


def read(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def bind(client: Client, listing: Listing, code: str) -> tuple[int, str]:
    """The status, and the sentence that the person reads."""
    answer = client.post(f"{LISTINGS}{listing.pk}/bind/", {"code": code}, headers={"HX-Request": "true"})
    if "X-Sentence" in answer.headers:
        return answer.status_code, unquote(answer.headers["X-Sentence"])
    news = json.loads(answer.headers["HX-Trigger"])
    assert {"oms:toast", "oms:changed", "oms:beat"} <= news.keys()
    return answer.status_code, news["oms:toast"]["text"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["TS-01", "TS-02"]),
        ({"q": "ts-01"}, ["TS-01"]),
        ({"q": "商品TS-02"}, ["TS-02"]),
        ({"q": "6901234567892"}, ["TS-02"]),
        ({"q": "S-0"}, ["TS-01", "TS-02"]),
        ({"q": "-01%"}, []),
        ({"off": "on"}, ["TS-03"]),
        ({"off": "on", "q": "TS-01"}, []),
        ({"q": "\0"}, ["TS-01", "TS-02"]),
        ({"page": "999999999999"}, ["TS-01", "TS-02"]),
    ],
)
def test_products(client: Client, query: dict[str, str], shown: list[str]) -> None:
    make_sku("TS-01")
    Barcode.objects.create(sku=make_sku("TS-02"), code="6901234567892")
    make_sku("TS-03", enabled=False)
    page = read(client, "/catalog/products/", **query)
    assert [code for code in ("TS-01", "TS-02", "TS-03") if f'<td class="pin mono">{code}</td>' in page] == shown


def test_the_two_stages_of_listings(client: Client) -> None:
    company = make_company()
    make_order(company)
    make_order(company, [make_line("nobody's", title="宝贝无主")])
    waiting, bound = read(client, LISTINGS), read(client, LISTINGS, stage="matched")
    assert "宝贝无主" in waiting
    assert "宝贝A1" not in waiting
    assert "宝贝A1" in bound
    assert "宝贝无主" not in bound
    assert "未对照 <b>1</b>" in waiting
    assert "宝贝无主" in read(client, LISTINGS, q="nobody's")
    assert "没有符合条件的宝贝" in read(client, LISTINGS, q="别的")


def test_an_order_that_waited_for_a_binding_goes_on_by_itself(client: Client, company: Company) -> None:
    order = make_order(company, [make_line("nobody's", title="宝贝无主")])
    assert order.state == "exception"
    listing = Listing.objects.get(sku=None)
    status, said = bind(client, listing, company.sku.code)
    assert (status, said) == (200, "“宝贝无主”已对照到 A1，等待它的订单会自动继续。")
    listing.refresh_from_db()
    assert (listing.sku, listing.binding) == (company.sku, "hand")
    assert HistoryEntry.objects.filter(kind="listing", subject_id=listing.pk, action="bind").exists()
    deliver_due(TOPIC)
    process_due()
    order = Order.objects.get(pk=order.pk)
    assert order.state == "approved"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("A9", "没有商家编码为“A9”的规格。"),
        ("", "没有商家编码为“”的规格。"),
        ("A1\0", "没有商家编码为"),
        ("OFF", "OFF"),
    ],
)
def test_a_binding_that_cannot_be_says_why(client: Client, company: Company, code: str, sentence: str) -> None:
    make_sku("OFF", enabled=False)
    make_order(company, [make_line("nobody's")])
    listing = Listing.objects.get(sku=None)
    status, said = bind(client, listing, code)
    assert status == 422
    assert sentence in said
    listing.refresh_from_db()
    assert listing.sku is None


def test_listings_of_foreign_shops_are_neither_seen_nor_bound(company: Company) -> None:
    make_order(company, [make_line("nobody's", title="宝贝无主")])
    listing = Listing.objects.get(sku=None)
    stranger = signed_in(shops=[make_shop("S2")])
    page = read(stranger, LISTINGS)
    assert "宝贝无主" not in page
    assert "未对照 <b>0</b>" in page
    assert company.shop.name not in page
    assert "宝贝无主" not in read(stranger, LISTINGS, shop=str(company.shop.pk))
    assert bind(stranger, listing, "A1")[0] == 404
    listing.refresh_from_db()
    assert listing.sku is None


def test_who_may_only_look_is_offered_no_binding(company: Company) -> None:
    make_order(company, [make_line("nobody's")])
    staff = make_staff()
    staff.user_permissions.add(Permission.objects.get(codename="view_listing"))
    client = Client()
    client.force_login(staff)
    assert "hx-post" not in read(client, LISTINGS).split('id="listings"')[1].split("</main>")[0]
    assert client.get("/catalog/sku-choices/", {"code": "A"}).status_code == 403


def test_choices_while_a_code_is_typed(client: Client) -> None:
    for number in range(20):
        make_sku(f"TS-{number:02}")
    make_sku("TS-XX", enabled=False)
    page = read(client, "/catalog/sku-choices/", code="ts-")
    assert page.count("<option") == 12
    assert "TS-XX" not in page
    assert "<option" not in read(client, "/catalog/sku-choices/", code=" ")


def test_htmx_gets_the_list_alone_and_the_tabs(client: Client, company: Company) -> None:
    make_order(company, [make_line("nobody's", title="宝贝无主")])
    part = client.get(LISTINGS, headers={"HX-Request": "true"})
    text = part.content.decode()
    assert "宝贝无主" in text
    assert "<html" not in text
    assert 'id="stage-tabs" hx-swap-oob' in text
    assert "HX-Request" in part.headers["Vary"]
