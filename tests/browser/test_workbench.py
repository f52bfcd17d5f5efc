"""The order workbench's list by keyboard: conditions built, kept as a view, and found again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from oms.accounts.models import Staff
from orders.models import Order, SavedView
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OPEN = ["exception", "presale", "cs_review", "finance_review", "approved"]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 40)
    return made


@pytest.fixture
def clerk(company: BusyCompany) -> Staff:
    return make_staff("linxiao", role="customer_service", display_name="林晓")


def choose_condition(page: Page, text: str) -> None:
    """Type into the menu of conditions until its first is the wanted one, and take it."""
    page.locator("#filter-narrow").focus()
    page.keyboard.type(text)
    rows = page.locator(".filter-row").count()
    page.keyboard.press("Enter")
    expect(page.locator(".filter-row")).to_have_count(rows + 1)


def test_builds_conditions_keeps_them_as_a_view_and_finds_them_again(clerk: Staff, open_page: OpenPage) -> None:
    page = open_page("/orders/?stage=open", clerk)
    rows = page.locator("#orders tbody tr")
    expect(page.locator("tr.focus")).to_have_count(1)

    # N opens the builder, in whose menu one types.
    page.keyboard.press("n")
    expect(page.locator("#filter-narrow")).to_be_focused()
    choose_condition(page, "实付")
    page.keyboard.type("300")
    choose_condition(page, "买家留言")
    expect(page.locator(".filter-row").nth(1).locator("select.op")).to_be_focused()
    choose_condition(page, "SKU")
    page.keyboard.type("LYQ")
    expect(page.locator(".filter-row").nth(2).locator(".choices .chip")).to_have_count(3)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    # A wrong value is told at its row, and nothing is lost.
    low = page.locator(".filter-row").nth(0).locator("input[inputmode]").first
    low.fill("abc")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".filter-row.wrong")).to_have_count(1)
    expect(page.locator(".filter-row")).to_have_count(3)
    page.locator(".filter-row.wrong input[inputmode]").first.fill("300")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**paid=300..**")
    expect(page.locator(".chips .chip")).to_have_count(3)
    found = Order.objects.filter(state__in=OPEN, paid_amount__gte=300, lines__sku__code="LYQ-01")
    expect(rows).to_have_count(found.exclude(buyer_message="").distinct().count())

    # A chip opens its own condition; here it is changed to its opposite.
    page.locator(".chips button", has_text="SKU").focus()
    page.keyboard.press("Enter")
    operator = page.locator(".filter-row", has_text="SKU").locator("select.op")
    operator.select_option("not")
    expect(page.locator(".filter-row", has_text="SKU").locator("input:checked")).to_have_count(1)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**sku.not=LYQ-01**")
    wanted = Order.objects.filter(state__in=OPEN, paid_amount__gte=300).exclude(buyer_message="")
    count = wanted.exclude(lines__sku__code="LYQ-01").count()
    expect(rows).to_have_count(count)

    # W keeps it under a name; it is pinned, counted, and the first one from now on.
    page.keyboard.press("w")
    page.keyboard.type("大额有留言")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=**")
    pin = page.locator("#views a.chip", has_text="大额有留言")
    expect(pin.locator("b")).to_have_text(str(count))
    assert SavedView.objects.get().owner == clerk
    page.goto("/orders/")
    page.wait_for_url("**view=**sku.not=LYQ-01**")
    expect(rows).to_have_count(count)

    # Elsewhere, its key leads back to it; V lists all of them.
    page.goto("/orders/?stage=cs_review")
    expect(page.locator("tr.focus")).to_have_count(1)
    page.keyboard.press("1")
    page.wait_for_url("**view=**")
    page.keyboard.press("v")
    expect(page.locator("#views-menu a")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#views-dialog tbody tr")).to_have_count(1)
    box = page.locator("#views-dialog input[id$='-pin']")
    box.focus()
    page.keyboard.press("Space")
    expect(pin).to_have_count(0)
    expect(box).to_be_focused()


def test_chooses_orders_and_sizes_columns(clerk: Staff, open_page: OpenPage) -> None:
    page = open_page("/orders/?stage=open", clerk)
    heads = page.locator("#orders th[data-column]")
    expect(heads.nth(0)).to_have_attribute("data-column", "deadline")

    # L opens the dialog: space hides the deadline, alt and the arrow move the number down by one.
    page.keyboard.press("l")
    boxes = page.locator(".columns input[type=checkbox]")
    expect(boxes.nth(0)).to_be_focused()
    page.keyboard.press("Space")
    boxes.nth(1).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(boxes.nth(2)).to_be_focused()
    expect(boxes.nth(2)).to_have_value("no")
    page.locator("#width-no").fill("200")
    page.keyboard.press("Enter")
    expect(heads.nth(0)).to_have_attribute("data-column", "state")
    expect(heads.nth(1)).to_have_attribute("data-column", "no")
    expect(heads.nth(1)).to_have_css("width", "200px")

    # The border of a head is dragged; the width is kept.
    goods = page.locator("#orders th[data-column=goods]")
    before = goods.bounding_box()
    assert before is not None
    x, y = before["x"] + before["width"] - 3, before["y"] + 10
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    with page.expect_response("**/columns/size/"):
        page.mouse.up()
    page.reload()
    after = goods.bounding_box()
    assert after is not None
    assert abs(after["width"] - before["width"] - 60) <= 1

    page.keyboard.press("l")
    page.locator("#columns-dialog button", has_text="恢复默认").click()
    expect(heads.nth(0)).to_have_attribute("data-column", "deadline")
