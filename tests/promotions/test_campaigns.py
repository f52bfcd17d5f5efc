"""Campaigns planned, checked, started, stopped, copied."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from oms.catalog.models import Sku
from oms.core.models import RuleVersion
from oms.core.versions import UnableToSaveRule
from promotions import campaigns
from promotions.campaigns import UnableToChangeCampaign, facts_of_content, find_conflicts, save_campaign, save_scheme
from promotions.load import live_schemes
from promotions.models import Campaign, LimitCounter, Scheme
from promotions.words import InWords, sentence_of
from tests.factories import make_sku

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def gift(db: None) -> Sku:
    return make_sku("GIFT")


def plan(name: str = "双11", **values: Any) -> Campaign:
    now = timezone.now()
    given: dict[str, Any] = {"name": name, "starts_at": now - HOUR, "ends_at": now + HOUR, "actor_id": None}
    return save_campaign(None, **(given | values))


def content(campaign: Campaign, gift: Sku, **values: Any) -> dict[str, Any]:
    tier = {"threshold": "300", "choice": "all", "pick": 1, "gifts": [[gift.id, 1]]}
    return {"campaign": campaign.pk, "name": "满300送", "kind": "amount_reached", "tiers": [tier]} | values


def test_a_campaign_gives_from_its_start_to_its_stop(gift: Sku) -> None:
    campaign = plan()
    save_scheme(content(campaign, gift), scheme_id=None, actor_id=None)
    now = timezone.now()
    assert live_schemes(now, now) == ()
    campaigns.go_live(campaign.pk, actor_id=None)
    (scheme,) = live_schemes(now, now)
    assert (scheme.tiers[0].threshold, scheme.campaign_name) == (30_000, "双11")
    campaigns.stop(campaign.pk, actor_id=None)
    assert live_schemes(now, now) == ()


def test_an_empty_or_past_campaign_does_not_start(gift: Sku) -> None:
    with pytest.raises(UnableToChangeCampaign) as empty:
        campaigns.go_live(plan().pk, actor_id=None)
    assert empty.value.code == "no_schemes"
    past = plan("旧", starts_at=timezone.now() - 2 * HOUR, ends_at=timezone.now() - HOUR)
    save_scheme(content(past, gift), scheme_id=None, actor_id=None)
    with pytest.raises(UnableToChangeCampaign) as over:
        campaigns.go_live(past.pk, actor_id=None)
    assert over.value.code == "over"


def test_what_is_wrong_is_said_at_the_field(gift: Sku) -> None:
    campaign = plan()
    falling = [
        {"threshold": "100", "choice": "all", "pick": 1, "gifts": [[gift.id, 2]]},
        {"threshold": "300", "choice": "all", "pick": 1, "gifts": [[gift.id, 1]]},
    ]
    with pytest.raises(UnableToSaveRule) as refused:
        save_scheme(content(campaign, gift, tiers=falling), scheme_id=None, actor_id=None)
    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("tiers", "fewer_gifts_above")
    assert "300" in problem.sentence
    with pytest.raises(UnableToChangeCampaign):
        plan("反", starts_at=timezone.now(), ends_at=timezone.now() - HOUR)
    with pytest.raises(UnableToChangeCampaign):
        plan("双11")


def test_a_change_is_a_version_and_renews_the_limits(gift: Sku) -> None:
    campaign = plan()
    saved = save_scheme(content(campaign, gift, total_limit=10), scheme_id=None, actor_id=None)
    assert saved.rule_id is not None
    LimitCounter.objects.create(scheme_id=saved.rule_id, key="total", used=6, allowed=10)
    again = save_scheme(content(campaign, gift, total_limit=8), scheme_id=saved.rule_id, actor_id=None)
    assert (again.version, LimitCounter.objects.get().allowed) == (2, 8)
    with pytest.raises(UnableToSaveRule) as refused:
        save_scheme(content(campaign, gift, total_limit=5), scheme_id=saved.rule_id, actor_id=None)
    assert [problem.code for problem in refused.value.problems] == ["quota_below_used"]
    assert RuleVersion.objects.filter(kind=campaigns.KIND).count() == 2


def test_a_copy_is_a_draft_that_begins_when_the_original_ends(gift: Sku) -> None:
    campaign = plan()
    save_scheme(content(campaign, gift, total_limit=10), scheme_id=None, actor_id=None)
    made = campaigns.copy(campaign.pk, actor_id=None)
    assert (made.state, made.starts_at) == (Campaign.State.DRAFT, campaign.ends_at)
    scheme = Scheme.objects.get(campaign=made)
    assert (scheme.total_limit, [tier.gifts for tier in scheme.tiers.all()]) == (10, [[[gift.id, 1]]])
    assert campaigns.copy(campaign.pk, actor_id=None).name != made.name


def test_conflicts_name_the_schemes_that_meet(gift: Sku) -> None:
    first, second = plan(), plan("年终")
    for campaign in (first, second):
        save_scheme(content(campaign, gift, group="大促"), scheme_id=None, actor_id=None)
    campaigns.go_live(first.pk, actor_id=None)
    found = find_conflicts(second)
    assert [(a.campaign_name, b.campaign_name, code) for a, b, code in found] == [("双11", "年终", "same_group")]


def test_a_scheme_reads_as_a_sentence(gift: Sku) -> None:
    campaign = plan()
    facts = facts_of_content(content(campaign, gift, mode="multiple", buyer_limit=2), None)
    sentence = sentence_of(facts, InWords("全部商品", names={gift.id: "防尘袋"}))
    assert "300" in sentence
    assert "防尘袋" in sentence
    assert "2" in sentence
