"""An order edited in place in a real browser: by keyboard, by two clerks, and when the session ends meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from orders.models import Order
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import PASSWORD, make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 12)
    return made


@pytest.fixture
def order(company: BusyCompany) -> Order:
    return Order.objects.filter(state="cs_review", warehouse=company.warehouse).order_by("id")[0]


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asks for one."""
    if folder := os.environ.get("OMS_LOOK"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True, caret="initial")


def begin(page: Page) -> None:
    page.keyboard.press("i")
    expect(page.locator("#order-edit")).to_be_visible()


def test_lines_are_edited_by_keyboard_with_the_sums_beside(
    company: BusyCompany, order: Order, open_page: OpenPage
) -> None:
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service", display_name="林晓"))
    look(page, "order")
    begin(page)
    units = page.locator("[data-rows] input[name^=quantity]").first
    had = int(units.input_value())
    units.fill(str(had + 2))
    expect(page.locator("#edit-sums .note")).to_be_visible()
    expect(page.locator("#edit-sums dd.total")).to_contain_text(f"{order.paid_amount:,.2f}")
    page.locator("[data-add-row]").click()
    row = page.locator("[data-rows] tr").last
    row.locator("input.sku").fill(company.skus[3].code)
    page.keyboard.press("Enter")
    expect(row).to_contain_text(company.skus[3].product.name)
    expect(row.locator("input[name^=price]")).to_have_value(str(company.skus[3].price))
    look(page, "edit")
    page.locator("#edit-reason").fill("买家要求多发")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#order-edit")).to_have_count(0)
    expect(page.locator(".timeline")).to_contain_text("已编辑")
    expect(page.locator(".timeline")).to_contain_text("林晓")
    look(page, "edited")
    after = Order.objects.get(pk=order.pk)
    assert (after.quantity, after.paid_amount) == (order.quantity + 3, order.paid_amount)
    assert page.evaluate("Object.keys(sessionStorage).filter(k => k.startsWith('oms:draft:')).length") == 0


def test_the_receiver_is_pasted(company: BusyCompany, order: Order, open_page: OpenPage) -> None:
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    begin(page)
    page.locator("#edit-receiver button").click()
    expect(page.locator("#r-phone")).to_have_value(order.receiver.phone)
    page.locator("#receiver-paste").fill("李雷 13900001111 广东省深圳市南山区科苑路 1 号 2 栋")
    page.locator("#edit-receiver button").click()
    expect(page.locator("#r-address")).to_have_value("科苑路 1 号 2 栋")
    look(page, "receiver")
    page.locator(".edit-foot .primary").click()
    expect(page.locator("#order-edit")).to_have_count(0)
    after = Order.objects.select_related("receiver").get(pk=order.pk)
    assert (after.receiver.name, after.region_id) == ("李雷", "440305")
    assert page.evaluate("Object.keys(localStorage).join()").find("draft") == -1


def test_two_clerks_on_one_order(company: BusyCompany, order: Order, open_page: OpenPage) -> None:
    first = open_page(f"/orders/{order.no}/", make_staff(role="customer_service", display_name="张敏"))
    begin(first)
    second = open_page(f"/orders/{order.no}/", make_staff(role="customer_service", display_name="林晓"))
    begin(second)
    first.locator("#edit-carrier").select_option(str(company.carriers[1].pk))
    second.locator("#invoice-title").fill("杭州棉朵服饰有限公司")
    first.locator(".edit-foot .primary").click()
    expect(first.locator("#order-edit")).to_have_count(0)
    second.locator(".edit-foot .primary").click()
    conflict = second.locator(".conflict")
    expect(conflict).to_contain_text("张敏")
    expect(conflict).to_contain_text(company.carriers[1].name)
    expect(second.locator("#invoice-title")).to_have_value("杭州棉朵服饰有限公司")
    expect(second.locator("#edit-carrier")).to_have_value(str(company.carriers[1].pk))
    look(second, "conflict")
    second.locator(".edit-foot .primary").click()
    expect(second.locator("#order-edit")).to_have_count(0)
    after = Order.objects.get(pk=order.pk)
    assert (after.wished_carrier_id, after.invoice_title) == (company.carriers[1].pk, "杭州棉朵服饰有限公司")


def test_nothing_typed_is_lost_when_the_session_ends(
    company: BusyCompany, order: Order, open_page: OpenPage, page_may_fail: object
) -> None:
    page_may_fail(401, 403)  # type: ignore[operator]
    staff = make_staff(role="customer_service")
    page = open_page(f"/orders/{order.no}/", staff)
    begin(page)
    page.locator("#invoice-title").fill("写到一半的抬头")
    Session.objects.all().delete()
    page.locator(".edit-foot .primary").click()
    expect(page.locator(".toast.stop").last).to_contain_text("登录已过期")
    expect(page.locator("#invoice-title")).to_have_value("写到一半的抬头")

    # Signed in again in another tab of the same browser; the page goes on where it was.
    other = page.context.new_page()
    other.goto("/orders/")
    other.locator("input[name=username]").fill(staff.username)
    other.locator("input[name=password]").fill(PASSWORD)
    other.keyboard.press("Enter")
    expect(other.locator("#orders")).to_be_visible()
    page.locator(".edit-foot .primary").click()
    expect(page.locator("#order-edit")).to_have_count(0)
    assert Order.objects.get(pk=order.pk).invoice_title == "写到一半的抬头"


def test_a_draft_is_offered_again_in_the_same_window(company: BusyCompany, order: Order, open_page: OpenPage) -> None:
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    begin(page)
    page.locator("#invoice-title").fill("写到一半的抬头")
    page.reload()
    note = page.locator("[data-draft-note]")
    expect(note).to_be_visible()
    note.locator("[data-restore]").click()
    expect(page.locator("#invoice-title")).to_have_value("写到一半的抬头")
    page.locator("[data-leave-edit]").click()
    expect(page.locator("#order-edit")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-draft-note]")).to_be_hidden()


def test_a_key_reaches_what_lies_in_the_menu(company: BusyCompany, order: Order, open_page: OpenPage) -> None:
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    expect(page.locator("#order-more")).to_be_hidden()
    page.keyboard.press("c")
    expect(page.locator("#dialog-cancel")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[popovertarget=order-more]").first.click()
    page.locator("#order-more button", has_text="催单").click()
    expect(page.locator("#dialog-remind")).to_be_visible()
    expect(page.locator("#order-more")).to_be_hidden()
