"""What a campaign gave and brought: on its page, and as a table to take away."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from oms.accounts.exports import FORMS, note_export
from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import signed_in
from oms.core.tables import write_csv, write_xlsx
from promotions.engine.values import Kind
from promotions.load import load_costs
from promotions.models import Campaign
from promotions.queries import CampaignFigures, SchemeFigures, figures_of
from promotions.reading import sku_names
from promotions.words import threshold_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class StepFigures:
    """How often a step was given."""

    text: str
    times: int


@dataclass(frozen=True, slots=True)
class SchemeTold:
    """A scheme's figures with its steps in words."""

    row: SchemeFigures
    steps: tuple[StepFigures, ...]


@dataclass(frozen=True, slots=True)
class GiftTold:
    """Units given of a gift and what they cost today, in yuan."""

    name: str
    units: int
    cost: Decimal


def _schemes(figures: CampaignFigures) -> list[SchemeTold]:
    return [
        SchemeTold(
            row,
            tuple(StepFigures(threshold_text(Kind(row.scheme.kind), step), times) for step, times in row.tiers),
        )
        for row in figures.schemes
    ]


def _gifts(figures: CampaignFigures) -> list[GiftTold]:
    ids = [sku for sku, _units in figures.gifts]
    names, costs = sku_names(ids), load_costs(ids)
    return sorted(
        (GiftTold(names[sku], units, costs[sku] * units) for sku, units in figures.gifts),
        key=lambda gift: (-gift.units, gift.name),
    )


def _chart(figures: CampaignFigures) -> dict[str, Any]:
    """Units given by hour and all together up to then, as the chart reads them."""
    total = 0
    sums: list[int] = []
    for _hour, units in figures.hours:
        total += units
        sums.append(total)
    return {
        "hours": [f"{timezone.localtime(hour):%m-%d %H:00}" for hour, _units in figures.hours],
        "units": [units for _hour, units in figures.hours],
        "sums": sums,
        "labels": {"units": _("Gifts in the hour"), "sums": _("Gifts up to then")},
    }


def figures_context(staff: Staff, campaign: Campaign) -> dict[str, Any]:
    """The statistics for the page."""
    figures = figures_of(staff, campaign.pk)
    return {
        "figures": figures,
        "scheme_figures": _schemes(figures),
        "gift_figures": _gifts(figures),
        "chart": _chart(figures),
    }


Table = Iterator[Sequence[object]]


def _table(figures: CampaignFigures) -> Table:
    whole = figures.whole
    yield _("Campaign"), "", "", whole.orders, whole.buyers, whole.units, whole.sales, whole.cost, None
    for told in _schemes(figures):
        found = told.row.figures
        yield (
            _("Scheme"), told.row.scheme.name, "", found.orders, found.buyers, found.units, found.sales, found.cost,
            told.row.quota_left,
        )  # fmt: skip
        for step in told.steps:
            yield _("Step"), told.row.scheme.name, step.text, step.times, None, None, None, None, None
    for gift in _gifts(figures):
        yield _("Gift"), gift.name, "", None, None, gift.units, None, gift.cost, None
    for hour, units in figures.hours:
        yield _("Hour"), "", f"{timezone.localtime(hour):%Y-%m-%d %H:00}", None, None, units, None, None, None


def _header() -> list[str]:
    return [
        _("Of what"), _("Name"), _("Step or hour"), _("Orders"), _("Buyers"), _("Gifts"), _("Sales"), _("Cost of gifts"),
        _("Quota left"),
    ]  # fmt: skip


@require_safe
@needs("promotions.view_campaign", "accounts.export_campaigns")
def export(request: HttpRequest, campaign_id: int, kind: str) -> HttpResponseBase:
    """The statistics in the person's shops as CSV or XLSX."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if kind in FORMS:
        note_export(request, "campaigns", kind, campaign=campaign.name)
    rows: Iterable[Sequence[object]] = list(_table(figures_of(signed_in(request), campaign.pk)))
    response: HttpResponseBase
    if kind == "csv":
        response = StreamingHttpResponse(list(write_csv(_header(), rows)), content_type="text/csv; charset=utf-8")
    elif kind == "xlsx":
        file = io.BytesIO()
        write_xlsx(file, _("Statistics"), _header(), rows)
        response = HttpResponse(file.getvalue(), content_type=XLSX)
    else:
        raise Http404
    name = content_disposition_header(as_attachment=True, filename=f"{campaign.name}.{kind}")
    if name:
        response["Content-Disposition"] = name
    return response
