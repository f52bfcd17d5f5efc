"""An order entered by hand, a file imported, and the stock drawer, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from oms.core import jobs
from orders.models import Order
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 6)
    return made


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asks for one; without it, since the browser's own styles for it meet our policy."""
    if folder := os.environ.get("OMS_LOOK"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_an_order_is_entered_by_keyboard(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    page.keyboard.press("w")
    page.wait_for_url("**/orders/new/")
    page.locator("#receiver-paste").fill("李雷 13900001111 广东省深圳市南山区科苑路 1 号 2 栋")
    page.locator("#edit-receiver button").click()
    expect(page.locator("#r-district")).to_have_value("南山区")
    sku = page.locator("[data-rows] input.sku").first
    sku.fill(company.skus[0].code)
    sku.press("Enter")
    row = page.locator("[data-rows] tr").first
    expect(row).to_contain_text(company.skus[0].product.name)
    row.locator("input[name^=quantity]").fill("2")
    expect(page.locator("#edit-sums dd.total")).to_contain_text(f"{company.skus[0].price * 2:,.2f}")
    look(page, "enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/orders/SO*/")
    order = Order.objects.select_related("receiver").get(origin="phone")
    assert (order.quantity, order.receiver.name, order.paid_amount) == (2, "李雷", company.skus[0].price * 2)
    look(page, "entered")
    page.goto("/orders/new/")
    expect(page.locator("[data-draft-note]")).to_be_hidden()


def test_stock_is_looked_up_from_a_line(company: BusyCompany, open_page: OpenPage) -> None:
    order = Order.objects.filter(state="cs_review", warehouse=company.warehouse).order_by("id")[0]
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    page.locator("button.link.mono").first.click()
    drawer = page.locator("#stock-drawer")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text(company.warehouse.name)
    look(page, "stock")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_a_file_is_imported(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/import/", make_staff(role="customer_service"))
    rows = [
        "我们的号,收货人,手机,收货地址,商家编码,数量,单价",
        f"X1,李雷,13900001111,广东省深圳市南山区科苑路 1 号,{company.skus[0].code},2,10",
        "X2,韩梅,13900002222,广东省深圳市南山区科苑路 1 号,NOPE,1,10",
    ]
    file = {"name": "订单.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.locator("#import-file").set_input_files(file)  # type: ignore[arg-type]
    page.locator("form .btn.primary").first.click()
    page.locator("select[name=column-0]").select_option("external_no")
    look(page, "mapping")
    page.locator("button[name=dry_run]").click()
    expect(page.locator("#import-progress progress")).to_be_visible()
    jobs.run_due()
    result = page.locator("#import-progress")
    expect(result).to_contain_text("NOPE")
    assert not Order.objects.filter(origin="import").exists()
    page.locator("button", has_text="录入订单").click()
    expect(page.locator("#import-progress progress")).to_be_visible()
    jobs.run_due()
    expect(result).to_contain_text("录入 1")
    look(page, "imported")
    assert Order.objects.get(origin="import").trade_no == "X1"
