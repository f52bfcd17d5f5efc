"""The campaigns as a list, and as a calendar."""

from __future__ import annotations

import datetime as dt

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.web.filters import ListFilters, search_box
from oms.core.web.lists import render_list
from oms.core.web.paging import asked_page, load_page
from oms.core.web.tabs import asked_stage, make_tabs
from promotions.models import Campaign
from promotions.queries import calendar, campaigns_of, search_campaigns, stage_counts
from promotions.web.rows import month_start, months_of, rows_of, span_of

STAGES: dict[str, str | Promise] = {
    "running": _("Running"),
    "coming": _("Coming"),
    "draft": _("Drafts"),
    "over": _("Over"),
}
PAGE_SIZE = 25
MONTHS = 3


class CampaignFilters(ListFilters):
    """Campaigns by name, note or scheme."""

    q = django_filters.CharFilter(
        label=_("Campaign or scheme"), method="search", widget=search_box(_("Campaign or scheme"))
    )

    def search(self, found: QuerySet[Campaign], _name: str, text: str) -> QuerySet[Campaign]:
        return search_campaigns(found, text)


@require_safe
@needs("promotions.view_campaign")
def campaign_list(request: HttpRequest) -> HttpResponse:
    """The campaigns of a stage, each with what it gives, gave and brought."""
    now = timezone.now()
    stage = asked_stage(request, STAGES)
    filters = CampaignFilters(request, campaigns_of(stage, now))
    page = load_page(filters.qs, asked_page(request), size=PAGE_SIZE)
    context = {
        "tabs": make_tabs(request, STAGES, stage, stage_counts(now)),
        "stage": stage,
        "filters": filters,
        "page": page,
        "rows": rows_of(signed_in(request), page.object_list, now),
    }
    return render_list(request, "promotions/campaigns.html", "promotions/_campaigns.html", context)


@require_safe
@needs("promotions.view_campaign")
def calendar_page(request: HttpRequest) -> HttpResponse:
    """Three months of campaigns as bars, so that overlaps are seen."""
    now = timezone.now()
    first = _asked_month(request.GET.get("month", ""), timezone.localtime(now).date())
    found = list(calendar(*span_of(first, MONTHS)))
    context = {
        "months": list(months_of(found, first, MONTHS, now)),
        "before": month_start(first, -1),
        "after": month_start(first, 1),
        "count": len(found),
    }
    return render(request, "promotions/calendar.html", context)


def _asked_month(text: str, today: dt.date) -> dt.date:
    try:
        asked = dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return month_start(today)
    return asked if 2000 <= asked.year <= 2100 else month_start(today)
