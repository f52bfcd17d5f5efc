"""The form of a scheme: what is typed is resolved, told at its field, read back, kept as a draft, put live; nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oms.catalog.models import Product, Sku
from oms.core.models import RuleVersion
from promotions.models import Campaign, LimitCounter, Scheme
from promotions.typed import find_regions
from tests.factories import make_category, make_shop, make_sku, make_staff
from tests.factories.catalog import make_regions
from tests.promotions.stored import make_campaign

from .make import sent_scheme

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client) -> Client:
    client.force_login(make_staff(role="operations", display_name="周运营"))
    return client


@pytest.fixture
def gift() -> Sku:
    return make_sku("BAG")


@pytest.fixture
def campaign() -> Campaign:
    make_regions()
    return make_campaign(state=Campaign.State.DRAFT)


def add(page: Client, campaign: Campaign, *gifts: tuple[str, str], **values: Any) -> Any:
    return page.post(reverse("promotions:add_scheme", args=[campaign.pk]), sent_scheme(*gifts, **values))


def preview(page: Client, campaign: Campaign, *gifts: tuple[str, str], **values: Any) -> HttpResponse:
    url = reverse("promotions:preview", args=[campaign.pk])
    answer: HttpResponse = page.post(url, sent_scheme(*gifts, **values), headers={"HX-Request": "true"})  # type: ignore[assignment]
    return answer


def test_everything_typed_is_what_the_scheme_says(page: Client, campaign: Campaign, gift: Sku) -> None:
    soap, towel = make_sku("SOAP"), make_sku("TOWEL")
    Product.objects.filter(pk=towel.product_id).update(category=make_category("家居"), brand="棉朵")
    shop = make_shop()
    answer = add(
        page,
        campaign,
        ("BAG", "2"),
        skus="SOAP，SOAP",
        products="P-TOWEL",
        categories="家居",
        brands="棉朵",
        without_skus="TOWEL",
        shops=[str(shop.pk)],
        regions="浙江\n广东 广州 天河区",
        member_levels="金卡，银卡",
        by_payment="0",
        starts_at="2026-11-10T08:00",
        total_limit="100",
        buyer_limit="2",
        buyer_unit="orders",
        no_stock="substitute",
        substitutes="SOAP",
        group="大促",
    )
    assert answer.status_code == 302, answer.context["form"].errors
    scheme = Scheme.objects.get()
    assert scheme.scope == {
        "skus": [soap.pk],
        "products": [towel.product_id],
        "categories": ["家居"],
        "brands": ["棉朵"],
        "without_skus": [towel.pk],
    }
    assert (scheme.shops, scheme.regions) == ([shop.pk], ["33", "440106"])
    assert (scheme.member_levels, scheme.by_payment, scheme.substitutes) == (["金卡", "银卡"], False, [soap.pk])
    assert (scheme.total_limit, scheme.buyer_limit, scheme.buyer_unit, scheme.day_limit) == (100, 2, "orders", None)
    assert (scheme.give_back_on_cancel, scheme.give_back_on_refund) == (True, False)
    assert str(scheme.starts_at) == "2026-11-10 00:00:00+00:00"
    (tier,) = scheme.tiers.all()
    assert (str(tier.threshold), tier.gifts) == ("300.00", [[gift.pk, 2]])
    # Opened and saved again it says the same: what is stored can be typed.
    url = reverse("promotions:scheme", args=[scheme.pk])
    form = page.get(url).context["form"]
    shown = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    shown |= {"starts_at": "2026-11-10T08:00", "s0-from": form.steps[0].threshold}
    again = page.post(url, sent_scheme(("BAG", "2"), **{"give_back_on_cancel": "on"} | shown))
    assert again.status_code == 302, again.context["form"].errors
    first, second = RuleVersion.objects.filter(rule_id=scheme.pk).order_by("version")
    assert first.content == second.content


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"name": ""}, "name", "必填"),
        ({"skus": "BAG NIX 无"}, "skus", "NIX, 无"),
        ({"products": "P-NIX"}, "products", "P-NIX"),
        ({"categories": "没有"}, "categories", "没有"),
        ({"regions": "浙江 火星"}, "regions", "浙江 火星"),
        ({"skus": "SOAP", "without_skus": "SOAP"}, "skus", "全部被排除"),
        ({"total_limit": "0"}, "total_limit", "1"),
        ({"total_limit": "5", "day_limit": "6"}, "day_limit", "总限量"),
        ({"starts_at": "2026-11-12T00:00", "ends_at": "2026-11-11T00:00"}, "ends_at", "晚于"),
        ({"no_stock": "substitute"}, "substitutes", "替代赠品"),
        ({"kind": "lottery"}, "kind", "lottery"),
        ({"shops": ["999"]}, "shops", "999"),
    ],
)
def test_a_mistake_is_said_at_its_field(
    page: Client, campaign: Campaign, gift: Sku, wrong: dict[str, Any], field: str, said: str
) -> None:
    make_sku("SOAP")
    answer = add(page, campaign, ("BAG", "1"), **wrong)
    form = answer.context["form"]
    assert said in " ".join(form.errors[field])
    assert list(form.errors) == [field]
    assert Scheme.objects.count() == 0
    sent = sent_scheme(("BAG", "1"), **wrong)
    assert {name: form[name].value() for name in sent if name in form.fields} == {
        name: value for name, value in sent.items() if name in form.fields
    } | dict.fromkeys(("enabled", "give_back_on_cancel"), True)
    assert (form.steps[0].threshold, form.steps[0].gifts[0].code) == ("300", "BAG")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"s0-from": "viel"}, "请填写阶梯门槛"),
        ({"s0-from": "1e999"}, "请填写阶梯门槛"),
        ({"kind": "quantity_reached", "s0-from": "1.5"}, "件数必须是整数"),
        ({"s0-code": ["BAG", "NIX"], "s0-units": ["1", "1"]}, "NIX"),
        ({"s0-units": ["zwei"]}, "BAG 的件数"),
        ({"s0-choice": "any_of", "s0-pick": ""}, "赠送件数"),
    ],
)
def test_a_mistake_in_a_step_is_said_at_the_step(
    page: Client, campaign: Campaign, gift: Sku, typed: dict[str, Any], said: str
) -> None:
    answer = add(page, campaign, ("BAG", "1"), **typed)
    (step,) = answer.context["form"].steps
    assert said in " ".join(step.errors)
    assert step.threshold == typed.get("s0-from", "300")
    assert [row.code for row in step.gifts] == typed.get("s0-code", ["BAG"])
    assert Scheme.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"step": []}, "至少添加一个阶梯"),
        ({"s0-code": [""], "s0-units": ["1"]}, "没有赠品"),
        ({"skus": "BAG"}, "买A送A"),
        ({"s0-from": "0"}, "大于零"),
    ],
)
def test_steps_that_contradict_are_refused(
    page: Client, campaign: Campaign, gift: Sku, typed: dict[str, Any], said: str
) -> None:
    answer = add(page, campaign, ("BAG", "1"), **typed)
    assert said in " ".join(answer.context["form"].step_errors)
    assert Scheme.objects.count() == 0


def test_two_mistakes_are_said_at_once(page: Client, campaign: Campaign, gift: Sku) -> None:
    form = add(page, campaign, ("BAG", "1"), skus="BAG NIX", total_limit="5", buyer_limit="9").context["form"]
    assert set(form.errors) == {"skus", "buyer_limit"}
    assert form.step_errors


def test_a_buy_a_get_a_scheme_needs_no_gift_codes(page: Client, campaign: Campaign, gift: Sku) -> None:
    answer = add(page, campaign, kind="buy_a_get_a", mode="multiple", **{"s0-from": "2", "s0-pick": "1"})
    assert answer.status_code == 302
    assert "同款每满 2 件送同款 1 件" in page.get(reverse("promotions:campaign", args=[campaign.pk])).content.decode()


def test_the_scheme_is_read_back_while_it_is_typed(page: Client, campaign: Campaign, gift: Sku) -> None:
    text = preview(page, campaign, ("BAG", "2"), buyer_limit="2", regions="杭州", name="").content.decode()
    assert "购买任意商品，满 300 元送 商品BAG 默认 × 2，仅限寄往杭州市，付款时间" in text
    assert "每位买家最多 2 件。" in text
    assert "还需填写： 方案名称" in text
    wrong = preview(page, campaign, ("BAG", "2"), skus="NIX").content.decode()
    assert '<span class="error" id="error-skus" role="alert" hx-swap-oob="true">以下商家编码不存在：NIX。' in wrong
    empty = preview(page, campaign, step=[], kind="")
    assert empty.status_code == 200
    assert Scheme.objects.count() == 0


def test_somebody_else_s_change_is_not_overwritten(page: Client, campaign: Campaign, gift: Sku) -> None:
    add(page, campaign, ("BAG", "1"))
    scheme = Scheme.objects.get()
    url = reverse("promotions:scheme", args=[scheme.pk])
    version = page.get(url).context["form"]["version"].value()
    assert page.post(url, sent_scheme(("BAG", "2"), version=version)).status_code == 302
    answer = page.post(url, sent_scheme(("BAG", "3"), version=version))
    assert "已被他人修改" in answer.content.decode()
    assert answer.context["form"].steps[0].gifts[0].units == "3"
    assert scheme.tiers.get().gifts == [[gift.pk, 2]]


def test_a_limit_below_what_was_given_is_refused(page: Client, campaign: Campaign, gift: Sku) -> None:
    add(page, campaign, ("BAG", "1"), total_limit="10")
    scheme = Scheme.objects.get()
    LimitCounter.objects.create(scheme=scheme, key="total", used=6, allowed=10)
    sent = sent_scheme(("BAG", "1"), total_limit="5", version=scheme.version)
    form = page.post(reverse("promotions:scheme", args=[scheme.pk]), sent).context["form"]
    assert "已送出 6" in form.errors["total_limit"][0]


def test_a_draft_lies_beside_the_scheme_until_it_is_put_live(page: Client, campaign: Campaign, gift: Sku) -> None:
    add(page, campaign, ("BAG", "1"), total_limit="10")
    scheme = Scheme.objects.get()
    LimitCounter.objects.create(scheme=scheme, key="total", used=1, allowed=10)
    sent = sent_scheme(("BAG", "2"), total_limit="20", version=scheme.version, do="draft")
    page.post(reverse("promotions:scheme", args=[scheme.pk]), sent)
    assert scheme.tiers.get().gifts == [[gift.pk, 1]]
    draft = RuleVersion.objects.get(state="draft")
    text = page.get(reverse("promotions:campaign", args=[campaign.pk])).content.decode()
    assert "基于 v1 的修改" in text
    # It is gone on with, and replaced by what is kept anew.
    url = reverse("promotions:draft", args=[draft.pk])
    assert page.get(url).context["form"].steps[0].gifts[0].units == "2"
    page.post(url, sent | {"s0-units": ["4"]})
    draft = RuleVersion.objects.get(state="draft")
    page.post(reverse("promotions:put_live", args=[draft.pk]))
    scheme.refresh_from_db()
    assert (scheme.version, scheme.tiers.get().gifts) == (2, [[gift.pk, 4]])
    assert LimitCounter.objects.get().allowed == 20
    # An earlier version can be put live once more.
    first = RuleVersion.objects.get(version=1)
    page.post(reverse("promotions:put_live", args=[first.pk]))
    scheme.refresh_from_db()
    assert (scheme.version, scheme.tiers.get().gifts) == (3, [[gift.pk, 1]])


def test_a_stale_draft_is_not_put_live(page: Client, campaign: Campaign, gift: Sku) -> None:
    add(page, campaign, ("BAG", "1"))
    scheme = Scheme.objects.get()
    url = reverse("promotions:scheme", args=[scheme.pk])
    page.post(url, sent_scheme(("BAG", "2"), version=1, do="draft"))
    page.post(url, sent_scheme(("BAG", "3"), version=1))
    draft = RuleVersion.objects.get(state="draft")
    answer = page.post(reverse("promotions:put_live", args=[draft.pk]), follow=True)
    assert "已被他人修改" in answer.content.decode()
    assert scheme.tiers.get().gifts == [[gift.pk, 3]]
    page.post(reverse("promotions:drop_draft", args=[draft.pk]))
    assert page.get(reverse("promotions:draft", args=[draft.pk])).status_code == 404


def test_a_new_scheme_may_begin_as_a_draft(page: Client, campaign: Campaign, gift: Sku) -> None:
    add(page, campaign, ("BAG", "1"), do="draft")
    assert Scheme.objects.count() == 0
    draft = RuleVersion.objects.get()
    page.post(reverse("promotions:draft", args=[draft.pk]), sent_scheme(("BAG", "1"), do="save"))
    assert Scheme.objects.get().campaign == campaign
    assert RuleVersion.objects.filter(state="draft").count() == 0


def test_shops_that_the_person_does_not_see_stay_in_the_scheme(client: Client, campaign: Campaign, gift: Sku) -> None:
    ours, other, third = make_shop("S1"), make_shop("S2"), make_shop("S3")
    scheme = Scheme.objects.create(campaign=campaign, name="两店", kind="buy_and_get", shops=[ours.pk, other.pk])
    client.force_login(make_staff(role="operations", shops=[ours]))
    choices = client.get(reverse("promotions:scheme", args=[scheme.pk])).context["form"].fields["shops"].choices
    assert dict(choices) == {ours.pk: ours.name, other.pk: other.name}
    assert third.pk not in dict(choices)


def test_goods_are_offered_while_a_code_is_typed(page: Client, gift: Sku) -> None:
    answer = page.get(reverse("promotions:sku_choices"), {"s7-code": "ba"})
    assert 'value="BAG"' in answer.content.decode()
    assert page.get(reverse("promotions:sku_choices"), {"s7-code": "\0"}).status_code == 200


def test_the_form_asks_the_same_number_of_questions_for_many_codes(
    page: Client, campaign: Campaign, gift: Sku, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for size in (1, 60):
        codes = [make_sku(f"N{size}-{number}").code for number in range(size)]
        with django_assert_max_num_queries(40) as counted:
            preview(page, campaign, *[(code, "1") for code in codes[:30]], skus=" ".join(codes), without_skus="BAG")
        counts.append(len(counted))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (["浙江"], ("33",)),
        (["浙江省", "杭州市"], ("33", "3301")),
        (["浙江 杭州"], ("3301",)),
        (["浙江/杭州/西湖"], ("330106",)),
        (["天河区"], ("440106",)),
        (["浙江 天河区"], ()),
        (["火星"], ()),
        (["a b c d"], ()),
    ],
)
def test_regions_are_found_by_name(typed: list[str], found: tuple[str, ...]) -> None:
    make_regions()
    result = find_regions(typed)
    assert (result.values, result.unknown) == (found, () if found else tuple(typed))
