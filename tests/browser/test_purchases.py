"""Goods are ordered, scanned in at a handheld, and seen on the stock page; a small shop's whole way, by keyboard and scanner."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from oms.catalog.models import Barcode
from tests.factories import Company, make_company, make_purchase, make_sku, make_staff
from warehouse.models import Arrival, PurchaseOrder, StockBalance

from .conftest import OpenPage
from .hands import ready, turned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = dt.date(2099, 11, 28)


@pytest.fixture
def company(transactional_db: None) -> Company:
    made = make_company(skus=3)
    Barcode.objects.create(sku=made.sku, code="6971234000019")
    return made


def test_an_order_is_entered_by_keyboard(company: Company, open_page: OpenPage) -> None:
    page = open_page(reverse("warehouse:new_purchase"), make_staff(role="warehouse"))
    ready(page)
    page.get_by_label("供应商").fill("华裳供应链")
    page.get_by_label("预计到货").fill("2099-11-28")
    code = page.locator("input[name^=sku-]").first
    code.fill("A1")
    code.press("Tab")
    expect(page.locator("[data-rows]")).to_contain_text("商品A1")
    page.locator("input[name^=quantity-]").first.fill("30")
    page.get_by_role("button", name="加一行").click()
    expect(page.locator("input[name^=sku-]")).to_have_count(2)
    second = page.locator("input[name^=sku-]").nth(1)
    second.fill("A2")
    second.press("Tab")
    expect(page.locator("[data-rows]")).to_contain_text("商品A2")
    page.locator("input[name^=quantity-]").nth(1).fill("12")
    with turned(page):
        page.keyboard.press("Control+Enter")
    with turned(page):
        page.keyboard.press("o")
    expect(page.locator(".order-head .st").first).to_have_text("已下单")
    made = PurchaseOrder.objects.get()
    assert (made.state, sorted(made.lines.values_list("sku__code", "quantity"))) == (
        "ordered",
        [("A1", 30), ("A2", 12)],
    )


def test_a_handheld_scans_the_goods_in_and_enter_alone_books_nothing(company: Company, open_page: OpenPage) -> None:
    first, second, _third = company.skus
    made = make_purchase(company.warehouse, {first: 3, second: 2}, expected_on=SOON)
    page = open_page(
        reverse("warehouse:receive_purchase", args=[made.no]), make_staff(role="warehouse"), width=390, height=844
    )
    ready(page)
    page.keyboard.type("SH-7")
    page.keyboard.press("Enter")
    scan = page.locator("[data-scan]")
    expect(scan).to_be_focused()
    for code in ("6971234000019", "6971234000019", "a2", "999"):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    said = page.locator("[data-scan-said]")
    expect(said).to_have_text("不在这张采购订单里： 999")
    expect(page.locator("[data-sum]")).to_have_text("3")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert Arrival.objects.count() == 0
    with turned(page):
        page.keyboard.press("Control+Enter")
    expect(page.locator(".order-head .st").first).to_have_text("部分到货")
    assert StockBalance.objects.get(sku=first).on_hand == 1_002
    assert StockBalance.objects.get(sku=second).on_hand == 1_001


def test_everything_comes_at_once_and_the_stock_page_knows(company: Company, open_page: OpenPage) -> None:
    fresh = make_sku("NEW-1")
    made = make_purchase(company.warehouse, {fresh: 1_200}, expected_on=SOON)
    staff = make_staff(role="warehouse")
    page = open_page(f"{reverse('warehouse:stock')}?coming=on", staff)
    row = page.locator("#stock tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("1,200")
    expect(row).to_contain_text("11-28")
    page.goto(page.url.replace("/stock/?coming=on", f"/purchases/{made.no}/receive/"))
    ready(page)
    page.get_by_label("送货单号").fill("SH-8")
    page.get_by_role("button", name="全部到齐").click()
    expect(page.locator("[data-sum]")).to_have_text("1,200")
    with turned(page):
        page.get_by_role("button", name="确认入库").click()
    expect(page.locator(".order-head .st").first).to_have_text("已到货")
    assert StockBalance.objects.get(sku=fresh).on_hand == 1_200
