"""A customer service clerk's day, by keyboard and by mouse."""

from __future__ import annotations

import pytest
from django.utils import translation
from playwright.sync_api import Page, expect

from oms.accounts.models import AuditEntry
from orders.explain import advice_of, label_of
from orders.models import Order
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import PASSWORD, make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 40)
    return made


def focused(page: Page) -> str:
    """The number of the order in focus."""
    return page.locator("tr.focus td.pin-3").inner_text()


def state_of(no: str) -> str:
    return Order.objects.values_list("state", flat=True).get(no=no)


def ready(page: Page, no: str) -> None:
    """The panel has caught up with the focus."""
    expect(page.locator("#order-panel .title")).to_contain_text(no)


def test_signs_in_and_audits_by_keyboard(company: BusyCompany, open_page: OpenPage) -> None:
    make_staff("linxiao", role="customer_service", display_name="林晓")
    page = open_page("/orders/")
    page.keyboard.type("linxiao")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/")
    expect(page.locator("tr.focus")).to_have_count(1)

    # The first order is in focus; A audits it and the next one takes its place.
    rows = page.locator("#orders tbody tr")
    before = rows.count()
    first = focused(page)
    ready(page, first)
    page.keyboard.press("a")
    expect(rows).to_have_count(before - 1)
    assert state_of(first) in {"finance_review", "approved"}
    second = focused(page)
    assert second != first
    ready(page, second)
    expect(page.locator(".tabs a[aria-current] b")).to_have_text(str(before - 1))

    # H asks for a reason; the preset fills it in, Enter sends it.
    page.keyboard.press("h")
    expect(page.locator("#dialog-hold")).to_be_visible()
    expect(page.locator("#dialog-hold [data-chosen]")).to_have_text("1")
    page.keyboard.type("等待买家回复")
    page.keyboard.press("Enter")
    expect(page.locator(f"tr:has-text('{second}')")).to_contain_text("挂起")
    assert Order.objects.get(no=second).hold_reason == "等待买家回复"
    page.keyboard.press("r")
    expect(page.locator(f"tr:has-text('{second}')")).not_to_contain_text("挂起")

    # Enter opens the order in focus; its page has the same keys.
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{second}/")
    expect(page.locator("h1")).to_have_text(second)
    page.keyboard.press("a")
    expect(page.locator(".steps .now")).to_contain_text("待")
    expect(page.locator("button[data-key=u]")).to_be_visible()
    assert state_of(second) in {"finance_review", "approved"}
    page.keyboard.press("u")
    page.keyboard.type("误审")
    page.keyboard.press("Enter")
    expect(page.locator("button[data-key=a]")).to_be_visible()
    assert state_of(second) == "cs_review"
    page.keyboard.press("e")
    expect(page.locator("#memo-text")).to_be_focused()
    page.keyboard.type("加送小样")
    page.keyboard.press("Enter")
    page.keyboard.type("红旗客户")
    page.keyboard.press("Tab")
    expect(page.locator("#memo-flag")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#memo-flag")).to_have_value("1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dialog-memo")).to_be_hidden()
    expect(page.locator("dd", has_text="加送小样")).to_be_visible()
    kept = Order.objects.get(no=second)
    assert (kept.seller_memo.split(), kept.flag) == (["加送小样", "红旗客户"], 1)


def test_selects_and_audits_by_mouse(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    rows = page.locator("#orders tbody tr")
    before = rows.count()
    summary = page.locator("[data-summary]")
    rows.nth(1).locator("input").click()
    rows.nth(3).click(modifiers=["Shift"])
    expect(summary.locator("[data-count]")).to_have_text("3")
    rows.nth(2).click(modifiers=["Control"])
    expect(summary.locator("[data-count]")).to_have_text("2")
    chosen = [rows.nth(at).locator("td.pin-3").inner_text() for at in (1, 3)]
    amounts = Order.objects.filter(no__in=chosen).values_list("paid_amount", flat=True)
    expect(summary.locator("[data-money]")).to_have_text(f"¥{sum(amounts):,.2f}")

    rows.nth(3).click(button="right")
    expect(page.locator("#orders-menu")).to_be_visible()
    page.locator("#orders-menu button", has_text="审核").first.click()
    expect(rows).to_have_count(before - 2)
    assert {state_of(no) for no in chosen} <= {"finance_review", "approved"}
    expect(page.locator(".toast.done")).to_contain_text("2")


def test_a_refused_row_is_named_with_its_sentence(company: BusyCompany, open_page: OpenPage) -> None:
    stuck = Order.objects.filter(exceptions__contains=["unmatched_listing"])[0]
    page = open_page(f"/orders/?stage=exception&q={stuck.no}", make_staff(role="customer_service"))
    page.keyboard.press("a")
    dialog = page.locator("#result-dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator(".results li")).to_have_count(1)
    expect(dialog).to_contain_text(stuck.no)
    with translation.override("zh-hans"):
        expect(dialog).to_contain_text(f"{label_of('unmatched_listing')} {advice_of('unmatched_listing')}")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert state_of(stuck.no) == "exception"


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/", make_staff(role="customer_service"))
    no = focused(page)
    order = Order.objects.get(no=no)
    Order.objects.filter(no=no).update(version=order.version + 1, seller_memo="别的客服刚写的备注")
    page.keyboard.press("a")
    expect(page.locator("#result-dialog")).to_contain_text(no)
    assert state_of(no) == "cs_review"
    # The list was loaded anew: what was changed can be seen now, and the action repeated.
    page.keyboard.press("Escape")
    expect(page.locator("tr.focus")).to_contain_text("备注")
    page.keyboard.press("a")
    expect(page.locator(f"tr:has-text('{no}')")).to_have_count(0)


def test_filters_narrow_the_list_and_stay_in_the_address(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/orders/?stage=open", make_staff(role="customer_service"))
    page.locator("select[name=hint]").select_option("message")
    page.wait_for_url("**hint=message**")
    rows = page.locator("#orders tbody tr")
    expect(rows.first).to_contain_text("留言")
    assert rows.count() == Order.objects.exclude(buyer_message="").exclude(state__in=["shipped", "cancelled"]).count()
    page.goto(f"{page.url}&paid=500..&region=Atlantis")
    expect(page.locator(".chips .on")).to_have_text("实付 在 ¥500 以上")
    expect(page.locator(".chips .wrong")).to_contain_text("Atlantis")
    found = Order.objects.exclude(buyer_message="").filter(paid_amount__gte=500).exclude(state__in=["shipped"])
    assert rows.count() == found.count()
    page.locator(".chips .wrong a").click()
    page.wait_for_url(lambda url: "Atlantis" not in url)
    expect(page.locator(".chips .chip")).to_have_count(1)
    page.locator("select[name=hint]").select_option("")
    page.wait_for_url(lambda url: "hint" not in url)
    assert "paid=500.." in page.url, "the other conditions stay"


def test_sees_the_receiver_only_when_asked_for(company: BusyCompany, open_page: OpenPage) -> None:
    order = Order.objects.select_related("receiver").filter(state="cs_review")[0]
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    expect(page.locator("#receiver")).to_contain_text(order.receiver.phone_masked)
    assert order.receiver.phone not in page.content()
    page.locator("#receiver button").click()
    page.get_by_role("button", name="核对地址").click()
    expect(page.locator("#receiver")).to_contain_text(order.receiver.phone)
    expect(page.locator("#look-dialog")).to_be_hidden()
    assert AuditEntry.objects.get(action="view_receiver").details == {"why": "address"}


def test_opens_a_receiver_by_two_keys(company: BusyCompany, open_page: OpenPage) -> None:
    order = Order.objects.select_related("receiver").filter(state="cs_review")[0]
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    page.keyboard.press("v")
    expect(page.locator("#look-dialog")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("#receiver")).to_contain_text(order.receiver.phone)
    assert AuditEntry.objects.get(action="view_receiver").details == {"why": "contact"}


def test_writes_any_other_reason_by_keyboard(company: BusyCompany, open_page: OpenPage) -> None:
    order = Order.objects.select_related("receiver").filter(state="cs_review")[0]
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    page.keyboard.press("v")
    expect(page.locator("#look-dialog")).to_be_visible()
    page.keyboard.press("5")
    expect(page.locator("#look-words")).to_be_focused()
    page.keyboard.type("1 号客户投诉")
    page.keyboard.press("Enter")
    expect(page.locator("#receiver")).to_contain_text(order.receiver.phone)
    entry = AuditEntry.objects.get(action="view_receiver")
    assert (entry.details, entry.reason) == ({"why": "other"}, "1 号客户投诉")
