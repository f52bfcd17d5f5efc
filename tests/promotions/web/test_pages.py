"""The campaigns' list, calendar and page: what is shown to whom, what is done from it, and how many questions it costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from oms.accounts.models import Staff
from oms.catalog.models import Shop, Sku
from promotions import campaigns as capability
from promotions.models import Campaign, GiftGrant, Scheme
from tests.factories import make_shop, make_sku, make_staff
from tests.promotions.stored import make_campaign, make_scheme

from .make import sent_campaign

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
DAY = dt.timedelta(days=1)
LIST = reverse("promotions:campaigns")


@pytest.fixture
def gift() -> Sku:
    return make_sku("GIFT", cost=Decimal("2.00"))


@pytest.fixture
def page(client: Client) -> Client:
    client.force_login(make_staff(role="operations", display_name="林晓"))
    return client


def running(name: str = "双12", **values: Any) -> Campaign:
    now = timezone.now()
    return make_campaign(name, **{"starts_at": now - DAY, "ends_at": now + DAY} | values)


def grant(scheme: Scheme, shop: Shop, order_id: int, **values: Any) -> GiftGrant:
    tier = scheme.tiers.get()
    given = {"gifts": {str(tier.gifts[0][0]): 2}, "tiers": [[int(tier.threshold), 1]], "units": 2}
    return GiftGrant.objects.create(
        scheme=scheme,
        scheme_version=1,
        order_id=order_id,
        shop=shop,
        buyer=f"b{order_id}",
        **given | {"cost": "4.00", "sales": "99.00"} | values,
    )


def text_of(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_what_each_scheme_gives_gave_and_has_left(page: Client, gift: Sku) -> None:
    campaign = running()
    scheme = make_scheme(gift, campaign=campaign, total_limit=1000, kind="quantity_reached", threshold="3")
    grant(scheme, make_shop(), 1)
    text = text_of(page, LIST)
    assert "满 3 件送 商品GIFT 默认" in text
    assert "剩 1,000 / 1,000" in text  # grants alone are no use of a limit: its counter is
    (row,) = page.get(LIST).context["rows"]
    assert (row.figures.orders, row.figures.units, str(row.figures.cost)) == (1, 2, "4.00")
    assert {tab.key: tab.count for tab in page.get(LIST).context["tabs"]} == {
        "running": 1,
        "coming": 0,
        "draft": 0,
        "over": None,
    }


@pytest.mark.parametrize(("text", "found"), [("双12", 1), ("满三", 1), ("nothing", 0)])
def test_the_list_is_searched_by_campaign_and_scheme(page: Client, gift: Sku, text: str, found: int) -> None:
    make_scheme(gift, campaign=running(), name="满三件送")
    running("另一个", state=Campaign.State.DRAFT)
    assert len(page.get(LIST, {"q": text}).context["rows"]) == found


def test_the_calendar_puts_campaigns_that_overlap_below_each_other(page: Client) -> None:
    at = dt.datetime(2026, 12, 10, tzinfo=dt.UTC)
    make_campaign("甲", starts_at=at, ends_at=at + 5 * DAY)
    make_campaign("乙", starts_at=at + 2 * DAY, ends_at=at + 9 * DAY)
    make_campaign("丙", starts_at=at + 6 * DAY, ends_at=at + 30 * DAY)
    months = page.get(reverse("promotions:calendar"), {"month": "2026-12"}).context["months"]
    lanes = {bar.campaign.name: bar.y for bar in months[0].bars}
    assert lanes["甲"] == lanes["丙"] < lanes["乙"]
    assert [bar.campaign.name for bar in months[1].bars] == ["丙"]
    assert text_of(page, reverse("promotions:calendar"), month="nonsense")


def test_a_campaign_is_planned_changed_started_and_stopped(page: Client, gift: Sku) -> None:
    answer = page.post(reverse("promotions:add"), sent_campaign())
    campaign = Campaign.objects.get()
    assert answer.headers["Location"] == reverse("promotions:campaign", args=[campaign.pk])
    refused = page.post(reverse("promotions:go_live", args=[campaign.pk]), follow=True)
    assert "活动还没有启用的方案" in refused.content.decode()
    make_scheme(gift, campaign=campaign)
    now = timezone.now()
    Campaign.objects.update(starts_at=now - DAY, ends_at=now + DAY)
    page.post(reverse("promotions:go_live", args=[campaign.pk]))
    campaign.refresh_from_db()
    assert campaign.state == "live"
    text = text_of(page, reverse("promotions:campaign", args=[campaign.pk]))
    assert "立即停止" in text
    assert "林晓" in text  # who started it
    page.post(reverse("promotions:stop", args=[campaign.pk]))
    campaign.refresh_from_db()
    assert campaign.state == "stopped"


def test_a_copy_opens_itself(page: Client, gift: Sku) -> None:
    make_scheme(gift, campaign=running())
    answer = page.post(reverse("promotions:copy", args=[Campaign.objects.get().pk]))
    made = Campaign.objects.latest("id")
    assert answer.headers["Location"] == reverse("promotions:campaign", args=[made.pk])
    assert made.state == "draft"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"ends_at": "2026-12-01T00:00"}, "ends_at"),
        ({"name": "已有"}, "name"),
        ({"starts_at": "yesterday"}, "starts_at"),
        ({"priority": "-1"}, "priority"),
    ],
)
def test_bad_input_is_said_at_its_field_and_nothing_is_lost(page: Client, wrong: dict[str, str], field: str) -> None:
    running("已有")
    sent = sent_campaign(note="给老客户", **wrong)
    answer = page.post(reverse("promotions:add"), sent)
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert {name: form[name].value() for name in sent} == sent
    assert Campaign.objects.count() == 1


def test_a_change_that_another_made_meanwhile_is_not_overwritten(page: Client) -> None:
    campaign = running()
    url = reverse("promotions:change", args=[campaign.pk])
    version = page.get(url).context["form"]["version"].value()
    assert page.post(url, sent_campaign(name="先", version=version)).status_code == 302
    answer = page.post(url, sent_campaign(name="后", version=version))
    assert "已被他人修改" in answer.content.decode()
    assert Campaign.objects.get().name == "先"


def test_schemes_are_ranked_and_switched_as_versions(page: Client, gift: Sku) -> None:
    campaign = running()
    first, second, third = (make_scheme(gift, campaign=campaign, name=name) for name in "甲乙丙")
    url = reverse("promotions:reorder", args=[campaign.pk])
    foreign = make_scheme(gift, campaign=running("别的"))
    answer = page.post(url, {"ids": [third.pk, first.pk, foreign.pk]}, headers=HTMX)
    assert [row.scheme.name for row in answer.context["rows"]] == ["丙", "甲", "乙"]
    foreign.refresh_from_db()
    assert foreign.version == 1
    page.post(reverse("promotions:switch", args=[second.pk]), {"enabled": "0"}, headers=HTMX)
    second.refresh_from_db()
    assert second.enabled is False
    text = text_of(page, reverse("promotions:campaign", args=[campaign.pk]))
    assert "恢复此版本" in text


def test_what_meets_is_said_before_and_while(page: Client, gift: Sku) -> None:
    make_scheme(gift, campaign=running("先有"), group="大促")
    later = running("后来", state=Campaign.State.DRAFT)
    make_scheme(gift, campaign=later, group="大促")
    url = reverse("promotions:campaign", args=[later.pk])
    assert "同属互斥组“大促”" in text_of(page, url)
    assert "有 1 组方案相互影响" in text_of(page, url)


def test_statistics_stay_in_the_person_s_shops(client: Client, gift: Sku) -> None:
    ours, other = make_shop("S1"), make_shop("S2")
    scheme = make_scheme(gift, campaign=running())
    for number, shop in enumerate((ours, ours, other), 1):
        grant(scheme, shop, number)
    client.force_login(make_staff(role="operations", shops=[ours]))
    context = client.get(reverse("promotions:campaign", args=[scheme.campaign_id])).context
    assert (context["figures"].whole.orders, str(context["figures"].whole.sales)) == (2, "198.00")
    assert [(told.name, told.units) for told in context["gift_figures"]] == [("商品GIFT 默认", 4)]
    assert context["chart"]["sums"] == [4]
    table = client.get(reverse("promotions:export", args=[scheme.campaign_id, "csv"])).getvalue().decode("utf-8-sig")
    assert "促销活动,,,2,2,4,198.00,8.00," in table
    sheet = client.get(reverse("promotions:export", args=[scheme.campaign_id, "xlsx"]))
    assert sheet.content[:2] == b"PK"
    assert client.get(reverse("promotions:export", args=[scheme.campaign_id, "exe"])).status_code == 404


@pytest.mark.parametrize(
    ("role", "sees", "manages"),
    [("operations", 200, True), ("customer_service", 200, False), ("finance", 200, False), ("warehouse", 403, False)],
)
def test_who_may_see_and_who_may_manage(client: Client, gift: Sku, role: str, sees: int, manages: bool) -> None:
    scheme = make_scheme(gift, campaign=running())
    client.force_login(make_staff(role=role))
    page = client.get(reverse("promotions:campaign", args=[scheme.campaign_id]))
    assert page.status_code == sees
    if sees == 200:
        assert (reverse("promotions:stop", args=[scheme.campaign_id]) in page.content.decode()) is manages
    answers = {
        client.post(reverse(f"promotions:{name}", args=[scheme.campaign_id])).status_code for name in ("stop", "copy")
    }
    assert answers == ({302} if manages else {403})
    assert client.get(reverse("promotions:scheme", args=[scheme.pk])).status_code == (200 if manages else 403)


Pages = Callable[[], str]


@pytest.mark.parametrize("what", ["list", "campaign"])
def test_the_number_of_questions_does_not_grow(
    page: Client, gift: Sku, what: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    campaign = running()
    path = LIST if what == "list" else reverse("promotions:campaign", args=[campaign.pk])
    counts = []
    for round_, size in enumerate((1, 8)):
        for number in range(size):
            owner = campaign if what == "campaign" else running(f"活动{round_}-{number}")
            saved = capability.save_scheme(
                {
                    "campaign": owner.pk,
                    "name": f"方案{round_}-{number}",
                    "kind": "amount_reached",
                    "total_limit": 9,
                    "scope": {"skus": [make_sku(f"G{round_}{number}").pk]},
                    "tiers": [{"threshold": "1", "choice": "all", "pick": 1, "gifts": [[gift.pk, 1]]}],
                },
                scheme_id=None,
                actor_id=Staff.objects.get().pk,
            )
            assert saved.rule_id is not None
        page.get(path)
        with django_assert_max_num_queries(45) as counted, transaction.atomic():
            page.get(path)
        counts.append(len(counted))
    assert counts[0] == counts[1]
