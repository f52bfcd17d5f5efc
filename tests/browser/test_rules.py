"""Operations change a rule: the draft is compared with what is live, and put live when the figures are right; an order is split by keys."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from oms.core import jobs
from oms.core.models import RuleVersion
from orders.models import ApprovalPolicy, Order, RoutingRule
from tests.factories.busy import BusyCompany, make_busy_company, take_trades
from tests.factories.staff import make_staff

from .conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> BusyCompany:
    made = make_busy_company()
    take_trades(made, 40)
    return made


def look(page: Page, name: str) -> None:
    """Keep a picture where one was asked for."""
    folder = os.environ.get("OMS_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


def test_rule_is_changed_compared_and_put_live(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/rules/carrier/", make_staff(role="operations"))
    rows = page.locator("#rules li")
    expect(rows).to_have_count(3)
    look(page, "rules-list")
    # Ranked by keys: the hand stays on the button.
    up = rows.nth(2).locator('[data-move="-1"]')
    up.focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_contain_text("其余中通")
    rows.nth(1).get_by_role("link", name="修改").click()
    page.get_by_label("快递", exact=True).select_option(label="顺丰")
    look(page, "rules-edit")
    page.get_by_role("button", name="影响推演").click()
    page.get_by_role("button", name="开始推演").click()
    expect(page.locator("progress")).to_be_visible()
    assert jobs.run_due() == 1
    expect(page.get_by_role("heading", name="有变化的订单")).to_be_visible()
    look(page, "rules-result")
    expect(page.locator("#orders tbody tr").first).to_contain_text("顺丰")
    page.get_by_role("link", name="换快递").click()
    page.locator('[data-key="l"]').click()
    expect(page.locator("#rules")).to_contain_text("顺丰")
    assert RoutingRule.objects.get(name="其余中通").carrier == company.carriers[0]
    assert RuleVersion.objects.get(kind="routing", state="live", rule_id=RoutingRule.objects.get(name="其余中通").id)


def test_policy_gets_a_condition_and_is_tried(company: BusyCompany, open_page: OpenPage) -> None:
    page = open_page("/rules/approve-cs/add/", make_staff(role="operations"))
    page.get_by_label("名称", exact=True).fill("件数免审")
    page.locator("#condition-kind").select_option("quantity")
    page.locator("[data-add-condition]").click()
    page.locator("#conditions").get_by_label("不超过").fill("3")
    look(page, "rules-policy")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#rules")).to_contain_text("件数免审")
    assert ApprovalPolicy.objects.get(name="件数免审").conditions == [{"kind": "quantity", "max": "3"}]
    order = Order.objects.filter(state="cs_review").order_by("id")[0]
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.get_by_label("订单号或平台交易号").fill(order.no)
    page.keyboard.press("Enter")
    expect(page.locator("#tried .tried")).to_have_count(1)
    look(page, "rules-tried")


def test_order_is_split_by_keys(company: BusyCompany, open_page: OpenPage) -> None:
    order = Order.objects.filter(state="cs_review", line_count__gte=2, held=False).order_by("id")[0]
    page = open_page(f"/orders/{order.no}/", make_staff(role="customer_service"))
    page.keyboard.press("s")
    dialog = page.locator("#parts-dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_text("按商品", exact=True).click()
    dialog.locator('input[name="skus"]').first.check()
    expect(dialog.locator("#split-plan li")).to_have_count(2)
    look(page, "split")
    dialog.get_by_role("button", name="拆分").click()
    expect(page.locator(".note.look")).to_contain_text("已由以下订单替代")
    order.refresh_from_db()
    assert order.state == "superseded"
    look(page, "split-done")
