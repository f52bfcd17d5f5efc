"""Who goes away and comes back, by the browser's button or because the session ended, finds their work as they left it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from oms.accounts.models import Staff
from orders.models import Order
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import PASSWORD, make_staff

from .conftest import OpenPage
from .hands import ready, turned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 30)
    return made


@pytest.fixture
def clerk(company: BusyCompany) -> Staff:
    return make_staff(role="customer_service", display_name="林晓")


@pytest.fixture
def order(company: BusyCompany) -> Order:
    return Order.objects.filter(state="cs_review", warehouse=company.warehouse).order_by("id")[0]


def sign_in_elsewhere(page: Page, staff: Staff) -> None:
    """In another tab of the same browser."""
    other = page.context.new_page()
    other.goto("/orders/")
    other.locator("input[name=username]").fill(staff.username)
    other.locator("input[name=password]").fill(PASSWORD)
    other.keyboard.press("Enter")
    expect(other.locator("#orders")).to_be_visible()


def test_the_list_is_as_it_was_left(clerk: Staff, open_page: OpenPage) -> None:
    page = open_page("/orders/?stage=open", clerk)
    expect(page.locator("tr.focus")).to_have_count(1)
    for key in "jxjjxjjj":
        page.keyboard.press(key)
    chosen = page.locator("#orders tr[aria-selected=true]")
    expect(chosen).to_have_count(2)
    focused, selected = page.locator("tr.focus"), page.locator("[data-summary] [data-count]")
    number = focused.get_attribute("data-id")
    with turned(page):
        page.keyboard.press("Enter")
    with turned(page):
        page.go_back()
    expect(focused).to_have_attribute("data-id", str(number))
    expect(chosen).to_have_count(2)
    expect(page.locator("#orders tbody input:checked")).to_have_count(2)
    expect(selected).to_have_text("2")
    # A link in a row is a way out too; a list that is asked for anew begins anew.
    with turned(page):
        page.locator("#orders tbody tr").nth(2).locator("a").first.click()
    with turned(page):
        page.go_back()
    expect(page.locator("#orders tbody tr").nth(2)).to_have_class("focus")
    with turned(page):
        page.locator("#stage-tabs a", has_text="待客审").click()
    expect(page.locator("#orders tbody tr").first).to_have_class("focus")
    expect(chosen).to_have_count(0)


def test_filters_say_what_the_list_was_narrowed_by(company: BusyCompany, clerk: Staff, open_page: OpenPage) -> None:
    page = open_page("/orders/?stage=open", clerk)
    ready(page)
    with turned(page):
        page.locator("#filter-shop").select_option(str(company.shops[0].pk))
    with turned(page):
        page.go_back()
    expect(page.locator("#filter-shop")).to_have_value("")


def test_a_memo_outlives_the_session(
    order: Order, clerk: Staff, open_page: OpenPage, page_may_fail: Callable[..., None]
) -> None:
    page_may_fail(401, 403)
    page = open_page(f"/orders/{order.no}/", clerk)
    ready(page)
    page.keyboard.press("e")
    page.locator("#memo-text").fill("买家周五才在家")
    Session.objects.all().delete()
    page.locator("#dialog-memo button.primary").click()
    expect(page.locator(".toast.stop")).to_contain_text("登录已过期")
    expect(page.locator("#memo-text")).to_have_value("买家周五才在家")
    page.locator(".toast.stop [data-close]").dispatch_event("click")
    sign_in_elsewhere(page, clerk)
    page.locator("#dialog-memo button.primary").click()
    expect(page.locator("dd", has_text="买家周五才在家")).to_be_visible()
    expect(page.locator(".toast.stop")).to_have_count(0)


def test_signing_in_elsewhere_sends_no_half_order(
    order: Order, clerk: Staff, open_page: OpenPage, page_may_fail: Callable[..., None]
) -> None:
    page_may_fail(401, 403)
    page = open_page(f"/orders/{order.no}/", clerk)
    ready(page)
    page.keyboard.press("i")
    units = page.locator("[data-rows] input[name^=quantity]").first
    with page.expect_response(lambda answer: "amounts" in answer.url and answer.ok):
        units.fill("2")
    token = page.locator("body").get_attribute("hx-headers") or ""
    Session.objects.all().delete()
    sign_in_elsewhere(page, clerk)
    # The token of the page is that of the old session until something is refused for it.
    units.fill("3")
    expect(page.locator("body")).not_to_have_attribute("hx-headers", token)
    with page.expect_response(lambda answer: "amounts" in answer.url and answer.ok):
        units.fill("4")
    expect(page.locator("#order-edit")).to_be_visible()
    assert Order.objects.get(pk=order.pk).version == order.version


def test_two_who_write_a_memo_both_see_what_the_other_wrote(order: Order, clerk: Staff, open_page: OpenPage) -> None:
    page = open_page(f"/orders/{order.no}/", clerk)
    ready(page)
    page.keyboard.press("e")
    page.locator("#memo-text").fill("加送小样")
    Order.objects.filter(pk=order.pk).update(seller_memo="张敏写的")
    page.locator("#dialog-memo button.primary").click()
    expect(page.locator(".toast.stop")).to_contain_text("张敏写的")
    expect(page.locator("#memo-text")).to_have_value("加送小样")
    page.locator("#dialog-memo button.primary").click()
    expect(page.locator("#dialog-memo")).to_be_hidden()
    expect(page.locator("dd", has_text="加送小样")).to_be_visible()


def test_a_field_is_changed_on_the_order_s_page(order: Order, clerk: Staff, open_page: OpenPage) -> None:
    page = open_page(f"/orders/{order.no}/", clerk)
    ready(page)
    page.keyboard.press("b")
    page.locator("#edit-field").select_option("note")
    page.locator("#edit-value-field").fill("等仓库回复")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#result-dialog")).to_contain_text("完成")
    expect(page.locator("dd", has_text="等仓库回复")).to_be_visible()
    page.locator("#result-dialog").get_by_role("button", name="撤销").click()
    expect(page.locator("#result-dialog")).to_contain_text("排队")
