"""Answers that come late: nothing is done twice, nothing to a row that its hand did not see, and no letter falls through to the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from orders.models import Order
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 12)
    return made


class Late:
    """Answers of an address wait until they are let through: all from then on."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.held, self.asked, self.through = page, list[Route](), 0, False
        page.route(address, self.take)

    def take(self, route: Route) -> None:
        self.asked += 1
        if self.through:
            route.continue_()
        else:
            self.held.append(route)

    def wait(self, count: int) -> None:
        """Until so many requests have been made."""
        for _ in range(200):
            if self.asked >= count:
                break
            self.page.wait_for_timeout(50)
        assert self.asked == count

    def let_through(self) -> None:
        self.through = True
        while self.held:
            self.held.pop().continue_()


def waiting() -> int:
    return Order.objects.filter(state="cs_review").count()


def test_a_change_is_asked_for_once_while_it_or_its_list_is_under_way(
    company: BusyCompany, open_page: OpenPage
) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    expect(page.locator("tr.focus")).to_have_count(1)
    before = waiting()
    lists, changes = Late(page, "**/orders/"), Late(page, "**/orders/batch/**")
    page.keyboard.press("a")
    changes.wait(1)
    page.keyboard.press("a")
    page.locator("button[data-key=a]").click()
    changes.let_through()
    lists.wait(1)
    # It is done, but the list still shows the row: who presses again would mean it and not the one after it.
    page.keyboard.press("a")
    page.locator("button[data-key=a]").click()
    lists.let_through()
    expect(page.locator("#orders tbody tr")).to_have_count(before - 1)
    assert (waiting(), changes.asked) == (before - 1, 1)
    page.keyboard.press("a")
    expect(page.locator("#orders tbody tr")).to_have_count(before - 2)
    assert waiting() == before - 2


def test_letters_typed_for_a_dialog_on_its_way_do_nothing_to_the_page(
    company: BusyCompany, open_page: OpenPage
) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    expect(page.locator("tr.focus")).to_have_count(1)
    before = waiting()
    dialogs = Late(page, "**/orders/parts/split/**")
    page.keyboard.press("s")
    dialogs.wait(1)
    page.keyboard.type("sjah")
    expect(page.locator("#orders tbody tr").first).to_have_class("focus")
    expect(page.locator("dialog[open]")).to_have_count(0)
    dialogs.let_through()
    expect(page.locator("#parts-dialog")).to_be_visible()
    assert (waiting(), dialogs.asked) == (before, 1)


def test_the_panel_shows_the_order_in_focus_whatever_comes_first(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    numbers = page.locator("#orders tbody td.pin-3").all_inner_texts()
    title = page.locator("#order-panel .title")
    expect(title).to_contain_text(numbers[0])
    panels = Late(page, f"**/orders/{numbers[1]}/panel/")
    page.keyboard.press("j")
    panels.wait(1)
    page.keyboard.press("j")
    expect(title).to_contain_text(numbers[2])


def test_moving_on_after_the_list_has_gone_is_no_fault(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    expect(page.locator("tr.focus")).to_have_count(1)
    page.keyboard.press("j")
    page.evaluate("document.getElementById('order-panel').remove()")
    page.wait_for_timeout(300)
    expect(page.locator("tr.focus")).to_have_count(1)
