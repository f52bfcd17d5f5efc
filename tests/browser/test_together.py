"""A clerk merges what is selected, moves audited orders to another warehouse, and the packer prints anew."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from orders.models import Order
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff
from tests.factories.warehouse import put_stock
from warehouse.models import Shipment

from .conftest import OpenPage
from .test_edit import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 120)
    return made


def test_merges_and_splits_the_selection_by_key(company: BusyCompany, open_page: OpenPage) -> None:
    first, second = list(Order.objects.filter(state="cs_review", held=False).order_by("id"))[:2]
    Order.objects.filter(pk__in=[first.pk, second.pk]).update(merge_key=b"0123456789abcdef", payment_kind="online")
    page = open_page("/orders/?stage=cs_review", make_staff(role="customer_service", display_name="林晓"))
    expect(page.locator("tr.focus")).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.press("y")
    dialog = page.locator("#dialog-merge-all")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="预览").click()
    expect(dialog).to_contain_text("2 单变成 1 单")
    look(page, "merge-all")
    dialog.get_by_role("button", name="合并").click()
    expect(page.locator("#result-dialog")).to_contain_text("完成 2")
    look(page, "merge-all-done")
    page.locator("#result-dialog").get_by_role("button", name="关闭").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("d")
    dialog = page.locator("#dialog-split-all")
    expect(dialog).to_be_visible()
    dialog.get_by_text("按重量", exact=True).click()
    dialog.get_by_label("按重量：每单不超过（克）").fill("300")
    dialog.get_by_role("button", name="预览").click()
    expect(dialog).to_contain_text("单变成")
    look(page, "split-all")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.locator("#orders tbody tr").nth(2).click(button="right")
    expect(page.locator("#orders-menu")).to_be_visible()
    look(page, "menu")


def test_moves_audited_orders_and_the_packer_prints_anew(company: BusyCompany, open_page: OpenPage) -> None:
    put_stock(company.far_warehouse, dict.fromkeys(company.skus, 100))
    Shipment.objects.update(state="printed", waybill_no="")
    page = open_page("/orders/?stage=approved", make_staff(role="customer_service", display_name="林晓"))
    expect(page.locator("tr.focus")).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.press("b")
    dialog = page.locator("#dialog-edit")
    dialog.locator("#edit-field").select_option("warehouse")
    dialog.locator("#edit-value-field").select_option(label=company.far_warehouse.name)
    dialog.get_by_role("button", name="预览").click()
    expect(dialog).to_contain_text("待重打")
    look(page, "other-warehouse")
    dialog.get_by_role("button", name="修改", exact=True).click()
    expect(page.locator("#result-dialog")).to_contain_text("已完成")
    look(page, "other-warehouse-done")
    due = Shipment.objects.filter(reprint_due=True).count()
    assert due
    page = open_page("/warehouse/shipments/?stage=reprint", make_staff("packer", role="warehouse"))
    expect(page.locator("#shipments tbody tr")).to_have_count(min(due, 50))
    look(page, "reprint")
    page.keyboard.press("Control+a")
    page.keyboard.press("p")
    expect(page.locator("#shipments tbody tr")).to_have_count(0)
