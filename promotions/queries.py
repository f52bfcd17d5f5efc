"""Reads for screens, limited to what the caller may see: campaigns, and what they gave and brought."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncHour
from django.utils import timezone

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.core.numbering import BUSINESS_ZONE
from promotions.models import Campaign, GiftGrant, LimitCounter, Scheme

STAGES = ("running", "coming", "draft", "over")
"""Tabs of the campaigns' page."""


def campaigns_of(stage: str, now: dt.datetime) -> QuerySet[Campaign]:
    """The campaigns of a stage: what runs now, what is planned, drafts, and what is over or stopped."""
    live = Q(state=Campaign.State.LIVE)
    conditions = {
        "running": live & Q(starts_at__lte=now, ends_at__gt=now),
        "coming": live & Q(starts_at__gt=now),
        "draft": Q(state=Campaign.State.DRAFT),
        "over": Q(state=Campaign.State.STOPPED) | (live & Q(ends_at__lte=now)),
    }
    return Campaign.objects.filter(conditions[stage]).order_by("starts_at", "priority", "id")


def phase_of(campaign: Campaign, now: dt.datetime) -> str:
    """Where a campaign stands: the stage it is listed in, or ``stopped``."""
    if campaign.state != Campaign.State.LIVE:
        return str(campaign.state)
    return "coming" if now < campaign.starts_at else "running" if now < campaign.ends_at else "over"


def search_campaigns(found: QuerySet[Campaign], text: str) -> QuerySet[Campaign]:
    """The campaigns whose name or note holds the text, or a scheme of which is called so."""
    if not text:
        return found
    return found.filter(Q(name__icontains=text) | Q(note__icontains=text) | Q(schemes__name__icontains=text)).distinct()


def calendar(since: dt.datetime, until: dt.datetime) -> QuerySet[Campaign]:
    """The campaigns whose window touches the span, the earliest first."""
    return Campaign.objects.filter(starts_at__lt=until, ends_at__gt=since).order_by("starts_at", "priority", "id")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was given and what came of it: orders that got something, their buyers, gift units, amounts in yuan."""

    orders: int = 0
    buyers: int = 0
    units: int = 0
    sales: Decimal = Decimal("0.00")
    cost: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class SchemeFigures:
    """The figures of one scheme; ``quota_left`` is None without a limit in all; ``tiers`` maps thresholds to times given."""

    scheme: Scheme
    figures: Figures
    quota_left: int | None
    tiers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """A campaign's figures as a whole, by scheme, by gift (SKU to units), and units given by hour."""

    whole: Figures
    schemes: tuple[SchemeFigures, ...]
    gifts: tuple[tuple[int, int], ...] = ()
    hours: tuple[tuple[dt.datetime, int], ...] = field(default=())


_AMOUNTS = {
    "orders": Count("order_id", distinct=True),
    "buyers": Count("buyer", distinct=True),
    "units": Sum("units"),
    "sales": Sum("sales"),
    "cost": Sum("cost"),
}


def _figures(row: Mapping[str, Any]) -> Figures:
    found = {name: row[name] for name in _AMOUNTS if row[name] is not None}
    return Figures(**found)


def active_grants(staff: Staff, campaign_id: int) -> QuerySet[GiftGrant]:
    """What the campaign gave and was not given back, in the shops that the staff member may see."""
    found = GiftGrant.objects.filter(scheme__campaign_id=campaign_id, state=GiftGrant.State.ACTIVE)
    return scoped(found, staff)


def figures_of(staff: Staff, campaign_id: int) -> CampaignFigures:
    """Execution statistics of a campaign. A constant number of queries."""
    grants = active_grants(staff, campaign_id)
    whole = _figures(grants.aggregate(**_AMOUNTS))
    by_scheme = {row["scheme_id"]: _figures(row) for row in grants.order_by().values("scheme_id").annotate(**_AMOUNTS)}
    tiers, gifts = _details(grants)
    used = dict(
        LimitCounter.objects.filter(scheme__campaign_id=campaign_id, key="total").values_list("scheme_id", "used")
    )
    schemes = tuple(
        SchemeFigures(
            scheme,
            by_scheme.get(scheme.id, Figures()),
            None if scheme.total_limit is None else scheme.total_limit - used.get(scheme.id, 0),
            tuple(sorted(tiers[scheme.id].items())),
        )
        for scheme in Scheme.objects.filter(campaign_id=campaign_id).order_by("priority", "id")
    )
    return CampaignFigures(whole, schemes, tuple(sorted(gifts.items())), _hours(grants))


def _details(grants: QuerySet[GiftGrant]) -> tuple[dict[int, Counter[int]], Counter[int]]:
    """Times by scheme and threshold, units by gift."""
    tiers: dict[int, Counter[int]] = defaultdict(Counter)
    gifts: Counter[int] = Counter()
    for scheme_id, steps, given in grants.values_list("scheme_id", "tiers", "gifts").iterator(chunk_size=5000):
        for threshold, times in steps:
            tiers[scheme_id][threshold] += times
        for sku_id, units in given.items():
            gifts[int(sku_id)] += units
    return tiers, gifts


def _hours(grants: QuerySet[GiftGrant]) -> tuple[tuple[dt.datetime, int], ...]:
    by_hour = grants.order_by().annotate(hour=TruncHour("at", tzinfo=BUSINESS_ZONE)).values_list("hour")
    return tuple((hour, units or 0) for hour, units in by_hour.annotate(n=Sum("units")).order_by("hour"))


def quotas_of(campaign_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """What is left of each scheme's limit in all, and the limit; schemes without one are absent. One query."""
    used = Sum("counters__used", filter=Q(counters__key="total"))
    rows = Scheme.objects.filter(campaign_id__in=list(campaign_ids), total_limit__isnull=False).order_by()
    found = rows.annotate(gone=used).values_list("id", "total_limit", "gone")
    return {scheme: (limit - (gone or 0), limit) for scheme, limit, gone in found if limit is not None}


def figures_in_short(staff: Staff, campaign_ids: Sequence[int]) -> dict[int, Figures]:
    """The figures of several campaigns, for a list. One query."""
    found = scoped(
        GiftGrant.objects.filter(scheme__campaign_id__in=list(campaign_ids), state=GiftGrant.State.ACTIVE), staff
    )
    rows = found.order_by().values("scheme__campaign_id").annotate(**_AMOUNTS)
    return {row["scheme__campaign_id"]: _figures(row) for row in rows}


def stage_counts(now: dt.datetime | None = None) -> dict[str, int]:
    """How many campaigns run, are coming, or are drafts."""
    moment = now or timezone.now()
    return {stage: campaigns_of(stage, moment).count() for stage in STAGES[:3]}
