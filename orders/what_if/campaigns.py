"""A campaign tried on past orders: what it would have given, and what that would have cost, had it run through those days.

The same replay as of a rule, with the campaign on the one side and without it on the other, whether it is a draft, live or over. It
counts as in force through the whole window with its quotas unused, since its own time is mostly still to come.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job
from orders.processing.load_rules import Drafts
from orders.what_if.replay import Replay
from orders.what_if.runs import jobs_within, run_replay, span_of, window_of
from promotions.campaigns import KIND as SCHEME
from promotions.campaigns import KIND_OF_SCHEME
from promotions.engine.check import check_scheme
from promotions.load import facts_of, load_costs
from promotions.models import Campaign
from promotions.words import listed

KIND = "orders.what_if_campaign"


def start(
    campaign: Campaign, staff: Staff, *, since: dt.datetime, until: dt.datetime, shop_ids: list[int] | None = None
) -> Job:
    """Queue the comparison of with and without the campaign. Raises UnableTo."""
    schemes = campaign.schemes.filter(enabled=True).order_by("priority", "id")
    facts = facts_of(schemes)
    if not facts:
        raise UnableTo(_("The campaign has no scheme in use. Add one first."), code="no_schemes")
    wrong = [scheme.name for scheme in facts if check_scheme(scheme)]
    if wrong:
        sentence = _("These schemes are not complete: %(names)s. Open them to see why.") % {"names": listed(wrong)}
        raise UnableTo(sentence, code="incomplete")
    params = {
        "campaign_id": campaign.pk,
        "contents": {str(scheme.pk): KIND_OF_SCHEME.content_of(scheme) for scheme in schemes},
        **span_of(staff, since, until, shop_ids),
    }
    return jobs.start(KIND, params, title=campaign.name[:200], staff_id=staff.pk)


def runs_of(staff: Staff) -> QuerySet[Job]:
    """The comparisons that the staff member started and may still see, newest first."""
    return jobs_within(Job.objects.filter(kind=KIND, created_by=staff), staff)


@jobs.runs(KIND)
def run(context: jobs.JobContext) -> Mapping[str, Any]:
    """Replay the window without and with the campaign; costs are those of the item master."""
    contents = {int(scheme_id): content for scheme_id, content in context.params["contents"].items()}
    complete = {scheme_id: KIND_OF_SCHEME.complete(content) for scheme_id, content in contents.items()}
    within: Drafts = {SCHEME: complete}
    without: Drafts = {SCHEME: {scheme_id: {**content, "enabled": False} for scheme_id, content in complete.items()}}
    replay = Replay(window_of(context.params), within, before=without, running=frozenset(complete))
    rows = run_replay(context, replay)
    before, after = replay.totals.before.gifts, replay.totals.after.gifts
    costs = load_costs({*before, *after})

    def cost(gifts: Mapping[int, int]) -> str:
        return str(sum((costs.get(sku_id, Decimal(0)) * units for sku_id, units in gifts.items()), Decimal("0.00")))

    return {
        **replay.totals.to_json(),
        "rows": rows,
        "gift_cost": [cost(before), cost(after)],
        "quotas": {str(scheme_id): units for scheme_id, units in replay.quotas_used.items() if scheme_id in complete},
    }
