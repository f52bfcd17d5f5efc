"""Operations plan a campaign: scheme, preview, go live, stop."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from oms.catalog.models import Shop, Sku
from promotions.models import Campaign, GiftGrant, Scheme, SchemeTier
from tests.factories.busy import BusyCompany, make_busy_company
from tests.factories.staff import make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = dt.timedelta(days=1)


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    return make_busy_company()


def local(moment: dt.datetime) -> str:
    """As a person types a moment into a field."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def at(page: Page, heading: str) -> None:
    """The page of this heading has come, and its keys work."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    expect(page.locator("html[data-ready=yes]")).to_be_attached()


def settled(page: Page) -> None:
    """Nothing of the page is being loaded or exchanged any more."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def test_a_campaign_from_the_plan_to_the_stop(company: BusyCompany, open_page: OpenPage) -> None:
    now = timezone.now()
    page = open_page("/campaigns/", make_staff(role="operations", display_name="周运营"))
    page.keyboard.press("n")
    page.get_by_role("textbox", name="名称").fill("双12")
    page.get_by_label("开始时间").fill(local(now - DAY))
    page.get_by_label("结束时间").fill(local(now + DAY))
    page.get_by_role("button", name="新建活动").click()
    page.wait_for_url("**/campaigns/*/")
    at(page, "双12")

    # The scheme is read back while it is typed; a mistake stands at its field, and is gone when it is mended.
    page.keyboard.press("n")
    page.get_by_label("方案名称").fill("满300送")
    page.get_by_text("满额送", exact=True).click()
    page.locator('[name="s0-from"]').fill("300")
    page.get_by_label("赠品的商家编码").fill("HSS-99")
    expect(page.locator("#error-s0")).to_contain_text("HSS-99")
    page.get_by_label("赠品的商家编码").fill("HSS-01")
    expect(page.locator("#reading")).to_contain_text("满 300 元送 护手霜 30g 三支装 玫瑰")
    expect(page.locator("#error-s0")).to_be_empty()

    # A second step that gives less than the first is refused at the steps, and nothing typed is lost.
    page.get_by_role("button", name="添加阶梯").click()
    page.keyboard.type("500")
    page.locator('[name="s0-units"]').fill("2")
    page.locator('[name="s1-code"]').fill("HSS-01")
    page.get_by_label("ID限次").fill("4")
    expect(page.locator("#error-tiers")).to_contain_text("满500 元时送得反而")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".note.stop")).to_contain_text("尚未保存")
    expect(page.locator('[name="s1-from"]')).to_have_value("500")
    page.locator('[name="s1-units"]').fill("3")
    expect(page.locator("#reading")).to_contain_text("每位买家最多 4 件")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/campaigns/*/")
    expect(page.locator(".scheme-list")).to_contain_text("满 500 元送 护手霜 30g 三支装 玫瑰 × 3")
    assert [tier.gifts[0][1] for tier in SchemeTier.objects.order_by("threshold")] == [2, 3]

    # A basket is tried before it goes live.
    at(page, "双12")
    page.keyboard.press("t")
    page.locator('[name="sku"]').first.fill("CSZ-01")
    page.locator('[name="units"]').first.fill("2")
    page.get_by_role("button", name="试算", exact=True).click()
    expect(page.locator(".why.done")).to_contain_text("护手霜 30g 三支装 玫瑰 × 2")
    page.get_by_role("link", name="双12").click()
    page.wait_for_url("**/campaigns/*/")
    at(page, "双12")

    page.keyboard.press("g")
    page.locator("#dialog-live").get_by_role("button", name="启用").click()
    expect(page.locator(".order-head .st")).to_have_text("进行中")
    assert Campaign.objects.get().state == "live"
    at(page, "双12")
    page.keyboard.press("x")
    expect(page.locator("#dialog-stop")).to_contain_text("从此刻起")
    page.locator("#dialog-stop").get_by_role("button", name="立即停止").click()
    expect(page.locator(".order-head .st")).to_have_text("已停止")
    assert Campaign.objects.get().state == "stopped"


def make_schemes(company: BusyCompany) -> Campaign:
    """A campaign that runs, with three schemes and gifts given over a day."""
    now = timezone.now()
    campaign = Campaign.objects.create(name="双11返场", state="live", starts_at=now - 2 * DAY, ends_at=now + 3 * DAY)
    kinds = ("amount_reached", "quantity_reached", "buy_and_get")
    for number, kind in enumerate(kinds, 1):
        scheme = Scheme.objects.create(
            campaign=campaign,
            name=f"方案{number}",
            kind=kind,
            priority=number * 10,
            total_limit=1000 if number == 1 else None,
        )
        gift = company.skus[-number]
        SchemeTier.objects.create(scheme=scheme, threshold=300 if number == 1 else number, gifts=[[gift.id, 1]])
        give(scheme, company.shops[0], gift, 40)
    return campaign


def give(scheme: Scheme, shop: Shop, gift: Sku, count: int) -> None:
    """Grants in the hours before now."""
    now = timezone.now()
    GiftGrant.objects.bulk_create(
        GiftGrant(
            scheme=scheme,
            scheme_version=1,
            order_id=number,
            shop=shop,
            buyer=f"b{number % 13}",
            units=1,
            gifts={str(gift.id): 1},
            tiers=[[300, 1]],
            cost="3.50",
            sales="318.00",
            at=now - dt.timedelta(minutes=37 * number),
        )
        for number in range(1, count + 1)
    )


@pytest.mark.parametrize("dark", [False, True])
def test_schemes_are_ranked_by_keys_and_by_dragging_beside_the_chart(
    company: BusyCompany, open_page: OpenPage, dark: bool
) -> None:
    campaign = make_schemes(company)
    page = open_page(reverse("promotions:campaign", args=[campaign.pk]), make_staff(role="operations"), dark=dark)
    expect(page.locator("#hours-chart canvas")).to_be_visible()
    names = page.locator(".scheme-list > li b:first-child")
    expect(names).to_have_text(["方案1", "方案2", "方案3"])
    # The arrow keeps the hand on it: pressed twice, the scheme moves twice.
    page.get_by_role("button", name="上移 方案3").press("Enter")
    expect(names).to_have_text(["方案1", "方案3", "方案2"])
    settled(page)
    page.keyboard.press("Enter")
    expect(names).to_have_text(["方案3", "方案1", "方案2"])
    settled(page)
    schemes = page.locator(".scheme-list > li")
    schemes.nth(2).drag_to(schemes.nth(0), target_position={"x": 20, "y": 4})
    expect(names).to_have_text(["方案2", "方案3", "方案1"])
    expect(page.locator(".scheme-list > li .rank")).to_have_text(["1", "2", "3"])
    ranked = Scheme.objects.order_by("priority").values_list("name", flat=True)
    assert list(ranked) == ["方案2", "方案3", "方案1"]
    page.locator(".scheme-list > li").nth(0).get_by_role("button", name="停用").click()
    expect(page.locator(".scheme-list > li").nth(0)).to_contain_text("已关闭")
