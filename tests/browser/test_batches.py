"""A clerk audits everything that matches, watches it, and opens what was refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from oms.core import jobs
from orders.models import Order, OrderBatch
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 260)
    return made


def test_audits_all_that_match_and_opens_the_refused(company: BusyCompany, open_page: OpenPage) -> None:
    waiting = list(Order.objects.filter(state="cs_review").order_by("id"))
    assert len(waiting) > 50
    held = waiting[0]
    Order.objects.filter(pk=held.pk).update(held=True, hold_reason="等买家")
    page = open_page("/orders/", make_staff(role="customer_service", display_name="林晓"))
    expect(page.locator("tr.focus")).to_have_count(1)
    strip = page.locator("[data-everything]")
    expect(strip).to_be_hidden()
    page.keyboard.press("Control+a")
    expect(strip).to_be_visible()
    page.get_by_role("button", name=f"选择全部符合条件的 {len(waiting)} 单").click()
    expect(strip).to_contain_text(f"已选中全部符合条件的 {len(waiting)} 单")
    page.keyboard.press("a")
    dialog = page.locator("#result-dialog")
    expect(dialog).to_contain_text("排队中")
    expect(dialog.get_by_role("button", name="停止")).to_be_visible()
    jobs.run_due()
    refused = OrderBatch.objects.get().refused
    expect(dialog).to_contain_text(f"未通过 {refused}")
    expect(dialog).to_contain_text("订单已挂起")
    expect(dialog.get_by_role("link", name="下载结果 Excel")).to_be_visible()
    with page.expect_download() as download:
        dialog.get_by_role("link", name="CSV").click()
    assert len(download.value.path().read_text("utf-8-sig").splitlines()) == len(waiting) + 1
    # The list behind it has loaded itself anew: only those wait still.
    expect(page.locator(".tabs a[aria-current] b")).to_have_text(str(refused))
    dialog.get_by_role("link", name="打开未通过的订单").click()
    expect(page.locator("#orders tbody tr")).to_have_count(refused)
    expect(page.locator("#orders tbody")).to_contain_text(held.no)
    expect(page.locator(".chips, .bar").get_by_text("批次").first).to_be_visible()


def test_one_row_less_means_the_page_alone(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    expect(page.locator("tr.focus")).to_have_count(1)
    page.keyboard.press("Control+a")
    page.locator("[data-take-all]").click()
    page.locator("#orders tbody tr").nth(3).locator("input").click()
    expect(page.locator("[data-everything]")).to_be_hidden()
    page.keyboard.press("h")
    expect(page.locator("#dialog-hold [data-chosen]")).to_have_text("49")
