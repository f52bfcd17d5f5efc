"""What a campaign gave and brought."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from promotions.allotment import give_back
from promotions.models import Campaign, Scheme
from promotions.queries import campaigns_of, figures_in_short, figures_of, stage_counts
from tests.factories import make_shop, make_sku, make_staff

from .make import NOON
from .stored import make_campaign, make_scheme
from .test_allotment import allot_batch, make_basket


@pytest.mark.django_db
def test_figures_count_what_stays_given_in_the_caller_s_shops() -> None:
    ours, other = make_shop("S1"), make_shop("S2")
    sku, gift = make_sku("A1"), make_sku("GIFT", cost="2.00")
    campaign = make_campaign()
    make_scheme(gift, campaign=campaign, total_limit=10, kind=Scheme.Kind.QUANTITY_REACHED, threshold="2")
    with transaction.atomic():
        allot_batch(
            [
                make_basket(1, ours, sku, "taobao:a", units=2),
                make_basket(2, ours, sku, "taobao:a", units=3),
                make_basket(3, ours, sku, "taobao:b", units=2),
                make_basket(4, other, sku, "taobao:c", units=2),
            ]
        )
        give_back([3], "cancelled")
    everything = figures_of(make_staff("boss"), campaign.id)
    assert (everything.whole.orders, everything.whole.buyers, everything.whole.units) == (3, 2, 3)
    assert (str(everything.whole.sales), str(everything.whole.cost)) == ("60.00", "6.00")
    assert everything.gifts == ((gift.id, 3),)
    assert [(s.quota_left, s.tiers) for s in everything.schemes] == [(7, ((2, 3),))]
    assert sum(units for _hour, units in everything.hours) == 3
    clerk = make_staff("clerk", shops=[ours])
    assert figures_of(clerk, campaign.id).whole.orders == 2
    assert figures_in_short(clerk, [campaign.id])[campaign.id].units == 2


@pytest.mark.django_db
def test_stages_follow_state_and_time() -> None:
    now, day = timezone.now(), dt.timedelta(days=1)
    make_campaign("running", starts_at=now - day, ends_at=now + day)
    make_campaign("coming", starts_at=now + day, ends_at=now + 2 * day)
    make_campaign("draft", state=Campaign.State.DRAFT)
    make_campaign("past")
    assert now > NOON
    make_campaign("stopped", starts_at=now - day, ends_at=now + day, state=Campaign.State.STOPPED)
    assert stage_counts() == {"running": 1, "coming": 1, "draft": 1}
    assert [campaign.name for campaign in campaigns_of("over", now)] == ["past", "stopped"]
