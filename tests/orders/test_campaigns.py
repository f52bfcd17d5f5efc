"""What a campaign changed in sales, and a basket tried on it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oms.catalog.models import Product, Shop, Sku
from orders.campaign_effect import effect_of
from orders.models import Order, OrderLine
from promotions.models import Campaign, GiftGrant, LimitCounter, Scheme
from tests.factories import Company, make_category, make_company, make_line, make_order, make_shop, make_sku, make_staff
from tests.factories.warehouse import put_stock
from tests.promotions.stored import make_campaign, make_scheme

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def gift(company: Company) -> Sku:
    sku = make_sku("GIFT")
    put_stock(company.warehouse, {sku: 5})
    return sku


@pytest.fixture
def page(client: Client) -> Client:
    client.force_login(make_staff(role="operations"))
    return client


def campaign_of_two_days(**values: Any) -> Campaign:
    now = timezone.now()
    return make_campaign(**{"starts_at": now - 2 * DAY, "ends_at": now + DAY} | values)


def sell(company: Company, sku: Sku, *, days_ago: float, units: int = 1, **values: Any) -> Order:
    """An order of some days ago."""
    order = make_order(company, [make_line(sku, units)])
    at = timezone.now() - dt.timedelta(days=days_ago)
    Order.objects.filter(pk=order.pk).update(placed_at=at, created_at=at, **values)
    return order


def test_sales_of_the_campaign_s_shops_and_goods_are_set_against_the_time_before(company: Company, gift: Sku) -> None:
    soap, towel = company.skus  # 10 and 20 yuan
    campaign = campaign_of_two_days()
    make_scheme(gift, campaign=campaign, scope={"skus": [soap.pk]}, shops=[company.shop.pk])
    other = make_shop("S2")
    for days, units in ((0.5, 3), (1.5, 2), (3, 2), (5, 9)):
        sell(company, soap, days_ago=days, units=units)
    sell(company, towel, days_ago=1)
    foreign = sell(company, soap, days_ago=1)
    Order.objects.filter(pk=foreign.pk).update(shop=other)
    sell(company, soap, days_ago=1, state=Order.State.CANCELLED)
    refunded = sell(company, soap, days_ago=1)
    OrderLine.objects.filter(order=refunded).update(refund="refunded")
    found = effect_of(make_staff("boss"), campaign, timezone.now())
    assert found is not None
    assert (found.during.orders, found.during.units, found.during.sales) == (2, 5, Decimal("50.00"))
    assert (found.before.orders, found.before.units, found.before.sales) == (1, 2, Decimal("20.00"))
    assert found.uplift == 150
    assert found.starts_at - found.before_from == found.until - found.starts_at
    stranger = effect_of(make_staff("stranger", shops=[other]), campaign, timezone.now())
    assert stranger is not None
    assert stranger.during.orders == 0
    assert stranger.uplift is None


def test_a_campaign_for_a_category_counts_and_gives_for_all_that_lies_under_it(company: Company, gift: Sku) -> None:
    soap, towel = company.skus
    care = make_category("care")
    Product.objects.filter(skus=soap).update(category=make_category("soap", care))
    Product.objects.filter(skus=towel).update(category=make_category("towels"))
    campaign = campaign_of_two_days()
    make_scheme(gift, campaign=campaign, scope={"categories": ["care"]}, shops=[company.shop.pk])
    given = sell(company, soap, days_ago=1, units=3)
    other = sell(company, towel, days_ago=1)
    gifts = OrderLine.objects.filter(order__in=[given, other], is_gift=True)
    assert list(gifts.values_list("order", "sku")) == [(given.pk, gift.pk)]
    found = effect_of(make_staff("boss"), campaign, timezone.now())
    assert found is not None
    assert (found.during.orders, found.during.sales) == (1, Decimal("30.00"))


def test_what_has_not_begun_has_no_effect(page: Client, company: Company, gift: Sku) -> None:
    now = timezone.now()
    campaign = make_campaign(starts_at=now + DAY, ends_at=now + 2 * DAY)
    make_scheme(gift, campaign=campaign)
    assert effect_of(make_staff("boss"), campaign, now) is None
    answer = page.get(reverse("campaign_orders:effect", args=[campaign.pk]))
    assert "活动开始且有启用的方案后显示" in answer.content.decode()


def try_it(page: Client, campaign: Campaign, shop: Shop, *goods: tuple[str, str, str], **more: str) -> Any:
    sent: dict[str, Any] = {
        "sku": [code for code, _units, _amount in goods],
        "units": [units for _code, units, _amount in goods],
        "amount": [amount for _code, _units, amount in goods],
        "shop": str(shop.pk),
        "at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
    }
    return page.get(reverse("campaign_orders:try", args=[campaign.pk]), sent | more)


def test_a_basket_says_what_each_scheme_gives_or_why_not(page: Client, company: Company, gift: Sku) -> None:
    campaign = campaign_of_two_days(state=Campaign.State.DRAFT)
    amount: dict[str, Any] = {"campaign": campaign, "kind": "amount_reached"}
    make_scheme(gift, threshold="30", name="满30", **amount)
    make_scheme(gift, threshold="300", name="满300", **amount)
    make_scheme(gift, threshold="1", name="别的店", shops=[make_shop("S2").pk], **amount)
    make_scheme(gift, threshold="1", name="关闭的", enabled=False, **amount)
    used = make_scheme(gift, threshold="1", name="限量", total_limit=2, **amount)
    LimitCounter.objects.create(scheme=used, key="total", used=2, allowed=2)
    answer = try_it(page, campaign, company.shop, ("A1", "2", ""), ("A2", "1", "15.00"))
    assert [(told.grant.scheme.name, told.gifts) for told in answer.context["grants"]] == [
        ("满30", "商品GIFT 默认 × 1")
    ]
    assert {scheme.name: text for scheme, text in answer.context["passed"]} == {
        "满300": "未达到第一个阶梯",
        "别的店": "适用于其他店铺",
        "限量": "总限量已用完",
    }
    assert GiftGrant.objects.count() == 0
    assert LimitCounter.objects.get().used == 2


def test_stock_is_the_company_s(page: Client, company: Company, gift: Sku) -> None:
    campaign = campaign_of_two_days()
    make_scheme(gift, campaign=campaign, quantity=6, no_stock=Scheme.NoStock.WAIT)
    (told,) = try_it(page, campaign, company.shop, ("A1", "1", "")).context["grants"]
    assert (told.gifts, told.missing) == ("商品GIFT 默认 × 5", "商品GIFT 默认 × 1")


def test_an_order_is_tried_by_its_number(page: Client, company: Company, gift: Sku) -> None:
    campaign = campaign_of_two_days(state=Campaign.State.DRAFT)
    make_scheme(gift, campaign=campaign, kind="quantity_reached", threshold="2")
    now = timezone.now()
    order = make_order(company, [make_line(company.sku, 3)], created=now, paid_at=now)
    url = reverse("campaign_orders:try", args=[campaign.pk])
    answer = page.get(url, {"order": order.no.lower()})
    assert [told.gifts for told in answer.context["grants"]] == ["商品GIFT 默认 × 1"]
    assert [(row.code, row.units, row.amount) for row in answer.context["rows"]] == [("A1", "3", "30.00")]
    assert page.get(url, {"order": "SO0"}).context["not_found"]
    page.force_login(make_staff(role="operations", shops=[make_shop("S2")]))
    assert page.get(url, {"order": order.no}).context["not_found"]


@pytest.mark.parametrize(
    ("goods", "said"),
    [
        (("NIX", "1", ""), "NIX"),
        (("A1", "0", ""), "从 1 起"),
        (("A1", "1", "-5"), "实付金额"),
        (("A1", "1", "NaN"), "实付金额"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(
    page: Client, company: Company, goods: tuple[str, str, str], said: str
) -> None:
    answer = try_it(page, campaign_of_two_days(), company.shop, goods)
    (row,) = answer.context["rows"]
    assert said in row.error
    assert (row.code, row.units, row.amount) == goods
    assert "grants" not in answer.context


def test_a_region_that_is_not_known_is_said_at_its_field(page: Client, company: Company) -> None:
    answer = try_it(page, campaign_of_two_days(), company.shop, ("A1", "1", ""), region="火星")
    assert list(answer.context["form"].errors) == ["region"]


@pytest.mark.parametrize(("role", "status"), [("operations", 200), ("customer_service", 200), ("warehouse", 403)])
def test_who_may_try(client: Client, company: Company, role: str, status: int) -> None:
    client.force_login(make_staff(role=role))
    campaign = campaign_of_two_days()
    for name in ("try", "effect"):
        assert client.get(reverse(f"campaign_orders:{name}", args=[campaign.pk])).status_code == status
