"""A campaign on past orders: the days are chosen, the comparison watched, and what it would have given and cost is read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job
from orders.rule_sentences import NameBook
from orders.web.rules.forms import SpanForm
from orders.what_if import campaigns
from orders.what_if.runs import read_rows
from orders.what_if.words import rows_in_words
from promotions.models import Campaign
from promotions.reading import sku_names

SHOWN = 100
EARLIER = 10


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """What a scheme would have given: orders, units, and how much of its whole quota (None: it has none)."""

    name: str
    orders: int
    units: int
    used: int
    limit: int | None

    @property
    def exhausted(self) -> bool:
        return self.limit is not None and self.used >= self.limit


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promotions.view_campaign", "orders.view_order")
def ask(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Choose the days and start."""
    staff = signed_in(request)
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    form = SpanForm(staff, request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST":
        try:
            if not form.is_valid():
                raise UnableTo(form.sentence(), code="bad_window")
            since, until = form.span()
            job = campaigns.start(campaign, staff, since=since, until=until, shop_ids=form.shop_ids())
        except UnableTo as refused:
            error = str(refused)
        else:
            return redirect("campaign_orders:what_if_result", job.pk)
    context = {
        "campaign": campaign,
        "form": form,
        "error": error,
        "earlier": campaigns.runs_of(staff).filter(params__campaign_id=campaign.pk)[:EARLIER],
    }
    return render(request, "orders/campaign_what_if.html", context, status=422 if error else 200)


def _job(request: HttpRequest, job_id: int) -> Job:
    return get_object_or_404(campaigns.runs_of(signed_in(request)), pk=job_id)


@require_safe
@needs("promotions.view_campaign", "orders.view_order")
def result(request: HttpRequest, job_id: int) -> HttpResponse:
    """The progress, and then what the campaign would have given."""
    job = _job(request, job_id)
    part = getattr(request, "htmx", False)
    if part and job.state not in Job.OPEN:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    params = job.params
    context: dict[str, Any] = {
        "job": job,
        "campaign": Campaign.objects.filter(pk=params["campaign_id"]).first(),
        "since": parse_datetime(params["since"]),
        "until": parse_datetime(params["until"]),
        "shops": len(params["shops"]),
        "progress_url": "campaign_orders:what_if_result",
        "cancel_url": "campaign_orders:what_if_cancel",
    }
    if job.state == Job.State.DONE and job.result is not None:
        context |= _found(job, job.result)
    name = "orders/_what_if_progress.html" if part else "orders/campaign_what_if_result.html"
    return render(request, name, context)


@require_POST
@needs("promotions.view_campaign", "orders.view_order")
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop the comparison."""
    job = _job(request, job_id)
    jobs.cancel(job.pk)
    return redirect("campaign_orders:what_if_result", job.pk)


def _found(job: Job, found: dict[str, Any]) -> dict[str, Any]:
    before, after = found["before"], found["after"]
    cost_before, cost_after = (Decimal(amount) for amount in found["gift_cost"])
    margin = Decimal(after["margin"]) - Decimal(before["margin"])
    freight = Decimal(after["freight"]) - Decimal(before["freight"])
    gifts = {int(sku): units - before["gifts"].get(sku, 0) for sku, units in after["gifts"].items()}
    gifts |= {int(sku): -units for sku, units in before["gifts"].items() if sku not in after["gifts"]}
    names = sku_names(gifts)
    rows = list(rows_in_words(islice(read_rows(job), SHOWN), NameBook()))
    return {
        "result": found,
        "orders_with": after["with_gifts"] - before["with_gifts"],
        "units": sum(gifts.values()),
        "cost": cost_after - cost_before,
        "freight": freight,
        "margin": margin,
        "gifts": sorted(
            ((names.get(sku, str(sku)), units) for sku, units in gifts.items() if units), key=lambda g: -g[1]
        ),
        "schemes": _schemes(job, found),
        "rows": rows,
        "cut": found["changed"] > len(rows),
    }


def _schemes(job: Job, found: dict[str, Any]) -> list[SchemeRow]:
    after = found["after"]
    return [
        SchemeRow(
            content["name"],
            after["granted_orders"].get(scheme_id, 0),
            after["granted"].get(scheme_id, 0),
            found["quotas"].get(scheme_id, 0),
            content["total_limit"],
        )
        for scheme_id, content in job.params["contents"].items()
    ]
