"""A campaign on past orders: the days are chosen, the run watched, and what it would have given is told; nothing is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.models import Job
from orders.models import Order, OrderLine
from promotions.models import Campaign, GiftGrant
from tests.factories import make_sku, make_staff, put_stock
from tests.factories.busy import BusyCompany
from tests.holding import assert_invariants_hold
from tests.promotions.stored import make_campaign, make_scheme


@pytest.fixture
def desk(company: BusyCompany, sign_in: Callable[[Staff], Client]) -> Client:
    return sign_in(make_staff(role="operations"))


def campaign_of(company: BusyCompany, state: str, **scheme: Any) -> Campaign:
    """A campaign of next month that gives a bag (cost 2.50) with every order."""
    bag = make_sku("BAG", cost=Decimal("2.50"))
    put_stock(company.warehouse, {bag: 1000})
    ahead = timezone.now() + dt.timedelta(days=20)
    campaign = make_campaign("双12", state=state, starts_at=ahead, ends_at=ahead + dt.timedelta(days=3))
    make_scheme(bag, campaign=campaign, **scheme)
    return campaign


def ask(desk: Client, campaign: Campaign) -> Job:
    """Choose every day there is and start."""
    first = Order.objects.order_by("paid_at").exclude(paid_at=None)[0].paid_at
    assert first is not None
    typed = {"since": f"{first:%Y-%m-%d}", "until": f"{timezone.now() + dt.timedelta(days=1):%Y-%m-%d}"}
    answer = desk.post(reverse("campaign_orders:what_if", args=[campaign.pk]), typed)
    assert answer.status_code == 302, answer.content.decode()
    return Job.objects.get(kind="orders.what_if_campaign")


@pytest.mark.parametrize("state", ["draft", "live", "stopped"])
def test_what_it_would_have_given_is_told_whatever_its_state_and_time(
    desk: Client, company: BusyCompany, state: str
) -> None:
    campaign = campaign_of(company, state)
    lines = OrderLine.objects.aggregate(units=Sum("quantity"))
    job = ask(desk, campaign)
    page = desk.get(reverse("campaign_orders:what_if_result", args=[job.pk]))
    assert "progress" in page.content.decode()
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.message
    assert job.result is not None
    given = job.result["after"]["with_gifts"]
    assert given > 10
    assert job.result["before"]["with_gifts"] == 0
    units = sum(job.result["after"]["gifts"].values())
    assert job.result["gift_cost"] == ["0.00", str(units * Decimal("2.50"))]
    with translation.override("en"):
        text = desk.get(
            reverse("campaign_orders:what_if_result", args=[job.pk]), headers={"Accept-Language": "en"}
        ).content.decode()
    assert f"{given}" in text
    assert "BAG" in text
    assert not GiftGrant.objects.exists()
    assert OrderLine.objects.aggregate(units=Sum("quantity")) == lines
    assert_invariants_hold()


def test_a_quota_is_used_up_to_the_unit(desk: Client, company: BusyCompany) -> None:
    campaign = campaign_of(company, "draft", total_limit=7, total_unit="orders")
    job = ask(desk, campaign)
    jobs.run_due(only=job.pk)
    job.refresh_from_db()
    assert job.result is not None
    assert job.result["after"]["with_gifts"] == 7
    assert list(job.result["quotas"].values()) == [7]
    text = desk.get(reverse("campaign_orders:what_if_result", args=[job.pk])).content.decode()
    assert "7 / 7" in text


def test_the_campaign_page_leads_there_and_refusals_are_sentences(desk: Client, company: BusyCompany) -> None:
    campaign = make_campaign("空的", state="draft")
    url = reverse("campaign_orders:what_if", args=[campaign.pk])
    assert url in desk.get(reverse("promotions:campaign", args=[campaign.pk])).content.decode()
    assert desk.get(url).status_code == 200
    refused = desk.post(url, {"since": "2026-11-01", "until": "2026-11-02"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()
    assert desk.post(url, {"since": "x", "until": ""}).status_code == 422
    assert desk.get(reverse("campaign_orders:what_if", args=[0])).status_code == 404


def test_a_run_belongs_to_who_asked_and_can_be_stopped(
    desk: Client, company: BusyCompany, sign_in: Callable[[Staff], Client]
) -> None:
    job = ask(desk, campaign_of(company, "draft"))
    assert desk.post(reverse("campaign_orders:what_if_cancel", args=[job.pk])).status_code == 302
    job.refresh_from_db()
    assert job.state == "cancelled"
    other = sign_in(make_staff(role="operations"))
    assert other.get(reverse("campaign_orders:what_if_result", args=[job.pk])).status_code == 404
