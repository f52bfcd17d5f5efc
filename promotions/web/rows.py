"""What the list and the calendar show of a campaign."""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils import timezone

from oms.accounts.models import Staff
from promotions.load import scheme_facts
from promotions.models import Campaign, Scheme
from promotions.queries import Figures, figures_in_short, phase_of, quotas_of
from promotions.reading import load_names, read_short

TONES = {"running": "done", "coming": "work", "draft": "", "over": "", "stopped": "stop"}
"""What a phase means in colour."""


@dataclass(frozen=True, slots=True)
class SchemeLine:
    """A scheme in short; ``left`` is None without a limit in all."""

    scheme: Scheme
    text: str
    left: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign of the list."""

    campaign: Campaign
    phase: str
    schemes: tuple[SchemeLine, ...]
    figures: Figures

    @property
    def tone(self) -> str:
        return TONES[self.phase]


def rows_of(staff: Staff, campaigns: Sequence[Campaign], now: dt.datetime) -> list[Row]:
    """The rows of a page, in a number of queries that does not depend on their number."""
    ids = [campaign.id for campaign in campaigns]
    owners = {campaign.id: campaign for campaign in campaigns}
    schemes = list(
        Scheme.objects.filter(campaign_id__in=ids).prefetch_related(Prefetch("tiers")).order_by("priority", "id")
    )
    facts = {scheme.id: scheme_facts(scheme, owners[scheme.campaign_id], scheme.tiers.all()) for scheme in schemes}
    names, quotas, figures = load_names(facts.values()), quotas_of(ids), figures_in_short(staff, ids)
    lines: dict[int, list[SchemeLine]] = {campaign_id: [] for campaign_id in ids}
    for scheme in schemes:
        left, limit = quotas.get(scheme.id, (None, None))
        lines[scheme.campaign_id].append(SchemeLine(scheme, read_short(facts[scheme.id], names), left, limit))
    return [
        Row(campaign, phase_of(campaign, now), tuple(lines[campaign.id]), figures.get(campaign.id, Figures()))
        for campaign in campaigns
    ]


DAY, LANE, HEAD = 36, 26, 22
"""Widths and heights of the calendar's drawing: a day, a lane of bars, the row of the days."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A campaign in a month: where its bar lies, and whether it reaches out of the month."""

    campaign: Campaign
    phase: str
    x: int
    y: int
    width: int

    @property
    def tone(self) -> str:
        return TONES[self.phase] or "wait"

    @property
    def text_x(self) -> int:
        return self.x + 8

    @property
    def text_y(self) -> int:
        return self.y + 15

    @property
    def fits(self) -> int:
        """Characters that fit into the bar."""
        return max(2, (self.width - 12) // 12)

    @property
    def clip(self) -> int:
        return max(4, self.width - 10)


@dataclass(frozen=True, slots=True)
class Day:
    """A column of the calendar."""

    number: int
    x: int
    centre: int
    weekend: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month with its bars in lanes; bars that lie below each other overlap in time."""

    first: dt.date
    days: tuple[Day, ...]
    bars: tuple[Bar, ...]
    width: int
    height: int


def month_start(month: dt.date, ahead: int = 0) -> dt.date:
    """The first day of the month so many months ahead (or back)."""
    number = month.year * 12 + month.month - 1 + ahead
    return dt.date(number // 12, number % 12 + 1, 1)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def span_of(first: dt.date, count: int) -> tuple[dt.datetime, dt.datetime]:
    """From the first moment of a month to the end of ``count`` months."""
    return _midnight(month_start(first)), _midnight(month_start(first, count))


def months_of(campaigns: Iterable[Campaign], first: dt.date, count: int, now: dt.datetime) -> Iterator[Month]:
    """The months with the campaigns in lanes, the earliest first."""
    known = list(campaigns)
    for ahead in range(count):
        month = month_start(first, ahead)
        start, end = _midnight(month), _midnight(month_start(month, 1))
        yield _month(month, [c for c in known if c.starts_at < end and c.ends_at > start], start, end, now)


def _month(
    month: dt.date, campaigns: Sequence[Campaign], start: dt.datetime, end: dt.datetime, now: dt.datetime
) -> Month:
    length = months.monthrange(month.year, month.month)[1]
    today = timezone.localtime(now).date()
    days = tuple(
        Day(number, (number - 1) * DAY, (number - 1) * DAY + DAY // 2, day.weekday() >= 5, day == today)
        for number in range(1, length + 1)
        for day in [month.replace(day=number)]
    )
    lanes: list[dt.datetime] = []
    bars: list[Bar] = []
    for campaign in campaigns:
        begins, ends = max(campaign.starts_at, start), min(campaign.ends_at, end)
        lane = next((place for place, free in enumerate(lanes) if free <= begins), len(lanes))
        lanes[lane : lane + 1] = [ends]
        x, until = _x(begins, start), _x(ends, start)
        bars.append(Bar(campaign, phase_of(campaign, now), x, HEAD + 4 + lane * LANE, max(until - x - 2, 8)))
    return Month(month, days, tuple(bars), length * DAY, HEAD + 8 + max(len(lanes), 1) * LANE)


def _x(moment: dt.datetime, start: dt.datetime) -> int:
    return int((moment - start) / dt.timedelta(days=1) * DAY)
