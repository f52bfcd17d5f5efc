"""The frame of the pages in a real browser: signing in, the keys, the search, the language, and a listing bound by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from oms.accounts.models import Staff
from oms.catalog.models import Listing
from orders.models import Order
from orders.saved_views import save_view
from tests.browser.conftest import OpenPage
from tests.factories import make_company, make_line, make_order, make_staff
from tests.factories.staff import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["/", "/catalog/products/", "/catalog/listings/", "/catalog/listings/?stage=matched", "/search/?q=zzz"]


@pytest.fixture
def staff() -> Staff:
    company = make_company()
    make_order(company, no="271828182845904523")
    make_order(company, [make_line(company.sku, 60)])
    make_order(company, [make_line("nobody's", title="无主的宝贝，标题很长很长很长很长很长很长很长很长很长很长")])
    return make_staff("lin", superuser=True, display_name="林晓")


def overflowing(page: Page) -> list[str]:
    """Elements whose text is wider than they are, though they neither scroll nor say by an ellipsis that they cut it."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth + 1)
            .filter((node) => { const style = getComputedStyle(node);
                return style.overflowX === 'visible' && style.display !== 'inline' && !node.closest('svg, .scroll, .side'); })
            .map((node) => `${node.tagName}.${node.className}: ${node.textContent.trim().slice(0, 40)}`)"""
    )
    return found


def test_signing_in_by_keyboard_and_out_again(
    open_page: OpenPage, staff: Staff, page_may_fail: Callable[..., None]
) -> None:
    page = open_page("/catalog/products/")
    expect(page).to_have_title("登录 · 电商订单中心")
    page.keyboard.type("lin")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/catalog/products/$"))
    page.get_by_role("button", name="林晓").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()


def test_language_and_appearance_are_kept(open_page: OpenPage, staff: Staff) -> None:
    page = open_page("/", staff)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("button", name="林晓").click()
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Today's orders")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/catalog/products/")
    expect(page.get_by_role("heading", name="Products")).to_be_visible()


def test_the_search_is_a_key_away_and_opens_the_only_hit(open_page: OpenPage, staff: Staff) -> None:
    page = open_page("/", staff)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.keyboard.press("/")
    page.keyboard.type("271828182845904523")
    page.keyboard.press("Enter")
    expect(page.locator("#hits")).to_contain_text("订单")
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/orders/SO"))


def test_the_help_stands_beside_the_work_and_lists_the_keys(open_page: OpenPage, staff: Staff) -> None:
    page = open_page("/catalog/products/", staff)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    drawer = page.locator("#help")
    page.keyboard.press("F1")
    expect(drawer.get_by_role("heading", name="商品", exact=True)).to_be_visible()
    expect(drawer).to_contain_text("空单元格不改原值")
    expect(drawer.locator(".keys > div", has_text="导入").locator("kbd")).to_have_text("I")
    # It takes no room from the page, and the page's own keys work while it is read.
    work, beside = page.locator("#main").bounding_box(), drawer.bounding_box()
    assert work is not None
    assert beside is not None
    assert work["x"] + work["width"] <= beside["x"] + 1
    page.keyboard.press("i")
    expect(page.locator("#import-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#import-dialog")).to_be_hidden()
    # It is there on the next page too, until it is closed.
    drawer.get_by_role("link", name="商品对照").click()
    expect(drawer.get_by_role("heading", name="商品对照", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.keyboard.press("?")
    expect(drawer).to_be_visible()
    page.get_by_role("button", name="帮助与按键").click()
    expect(drawer).to_be_hidden()


def test_a_shop_without_a_platform_is_asked_for_no_keys_and_advice_stays_at_its_field(
    open_page: OpenPage, staff: Staff
) -> None:
    page = open_page("/shops/add/", staff)
    advice, field = page.get_by_text("简短且不再更改").bounding_box(), page.locator("[name=code]").bounding_box()
    assert advice is not None
    assert field is not None
    assert 0 <= advice["y"] - (field["y"] + field["height"]) < 20
    assert advice["x"] == field["x"]
    expect(page.get_by_label("Session Key")).to_be_visible()
    page.locator("[name=platform]").select_option("manual")
    expect(page.get_by_label("Session Key")).to_be_hidden()
    page.locator("[name=code]").fill("TEL")
    page.locator("[name=name]").fill("电话店")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="电话店")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("该店铺没有平台")


def test_the_palette_leads_to_a_page(open_page: OpenPage, staff: Staff) -> None:
    page = open_page("/", staff)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.keyboard.press("Control+k")
    page.keyboard.type("商品对照")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/catalog/listings/$"))


def test_the_palette_does_what_the_page_can_do(open_page: OpenPage, staff: Staff) -> None:
    page = open_page("/catalog/products/", staff)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    marked = page.locator("#palette .on")
    page.keyboard.press("Control+k")
    expect(marked).to_contain_text("导入")
    expect(marked.locator("kbd")).to_have_text("I")
    page.keyboard.press("Enter")
    expect(page.locator("#import-dialog")).to_be_visible()
    expect(page.locator("#palette")).to_be_hidden()


def test_the_palette_finds_by_pinyin_in_english_and_by_some_of_the_letters(open_page: OpenPage, staff: Staff) -> None:
    save_view(staff, "大额待审", "cs_review", {"paid": ["300.."]})
    page = open_page("/", staff)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.keyboard.press("Control+k")
    field, marked = page.locator("#palette input"), page.locator("#palette .on")
    for typed, found in (
        ("spdz", "商品对照"),  # the first letters of the pinyin
        ("声", "查找"),  # nothing of that name: a search for it
        ("voucher", "凭证"),  # English in a Chinese interface
        ("hdrl", "活动日历"),  # a page that the navigation does not name
        ("客免审", "客审免审策略"),  # some of the characters, in order
        ("deds", "大额待审"),  # a view of one's own
    ):
        field.fill(typed)
        expect(marked).to_contain_text(found)
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/?**paid=300..**")


def test_the_palette_knows_where_one_was_and_says_what_to_do_when_nothing_fits(
    open_page: OpenPage, staff: Staff
) -> None:
    number = Order.objects.earliest("id").no
    page = open_page(f"/orders/{number}/", staff)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.goto("/warehouse/stock/")
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.keyboard.press("Control+k")
    page.keyboard.type(number[-4:])
    expect(page.locator("#palette .on")).to_contain_text(number)
    page.locator("#palette input").fill("没有的东西")
    expect(page.locator("#palette")).to_contain_text("没有这样的动作、页面或视图")
    page.keyboard.press("Enter")
    expect(page.locator("#hits")).to_contain_text("没有")
    # What was found by a search is nobody's place: it may be a phone.
    kept: str = page.evaluate("Object.values(localStorage).join()")
    assert "没有的东西" not in kept
    page.goto("/warehouse/stock/")
    page.keyboard.press("Control+k")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{number}/")


def test_the_pulse_brings_the_figures(open_page: OpenPage, staff: Staff) -> None:
    page = open_page("/", staff)
    expect(page.locator("#count-cs_review")).to_have_text("1")
    expect(page.locator("#count-listing_unmatched")).to_have_text("1")


def test_a_listing_is_bound_by_keyboard(open_page: OpenPage, staff: Staff, page_may_fail: Callable[..., None]) -> None:
    page = open_page("/catalog/listings/", staff)
    field = page.locator("input[name=code]")
    field.focus()
    page_may_fail(422)
    field.press_sequentially("A9")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.stop")).to_contain_text("没有商家编码为“A9”的规格")
    field.fill("")
    with page.expect_response(lambda response: "sku-choices" in response.url):
        field.press_sequentially("A1", delay=5)
    expect(page.locator("#sku-choices option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".toast.done")).to_contain_text("已对照到 A1")
    expect(page.get_by_text("宝贝已全部对照")).to_be_visible()
    expect(page.locator("#count-listing_unmatched")).to_have_text("")
    assert not Listing.objects.filter(sku=None).exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [1280, 2560])
def test_nothing_runs_out_of_its_place(open_page: OpenPage, staff: Staff, width: int, language: str) -> None:
    page = open_page("/", staff, width=width, language=language)
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert overflowing(page) == [], path
        wide: Any = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert wide is False, path


def test_an_error_in_a_part_of_a_page_is_a_sentence(
    open_page: OpenPage, staff: Staff, page_may_fail: Callable[..., None]
) -> None:
    page = open_page("/catalog/listings/", staff)
    page_may_fail(404)
    Listing.objects.filter(sku=None).delete()
    page.locator("input[name=code]").fill("A1")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.stop")).to_contain_text("单号不存在，或属于您无权查看的店铺或仓库")
