"""A clerk takes only the selected orders away, with the columns of their own list."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories.busy import make_busy_company, take_trades
from tests.factories.staff import make_staff

from .conftest import OpenPage
from .test_edit import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_selected_rows_with_my_columns(open_page: OpenPage) -> None:
    take_trades(make_busy_company(), 30)
    page = open_page("/orders/?stage=cs_review", make_staff("boss", superuser=True))
    expect(page.locator("tr.focus")).to_have_count(1)
    for row in (0, 2):
        page.locator("#orders tbody tr").nth(row).locator("input[type=checkbox]").click()
    expect(page.locator("#orders tr[aria-selected=true]")).to_have_count(2)
    numbers = page.locator("#orders tr[aria-selected=true] a").all_text_contents()
    page.locator("[data-open='#dialog-export-orders']").first.click()
    dialog = page.locator("#dialog-export-orders")
    expect(dialog.locator("[data-chosen-count]")).to_have_text("2")
    dialog.get_by_text("按我的列表", exact=True).click()
    dialog.get_by_text("CSV", exact=True).click()
    look(page, "export")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="导出").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert {number for number in numbers if number.startswith("SO")} <= set(",".join(lines).split(","))
