"""The home page, the pulse and the search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from oms.accounts.gate import needs, signed_in_only
from oms.accounts.who import signed_in
from oms.portal import announcements, checks, flow, palette, pulse
from oms.portal import search as finding
from oms.portal.own import own_figures
from oms.portal.todos import todos
from orders.figure_queries import stage_figures

ANNOUNCED = 5
"""Announcements on the home page; the others are on their own."""


@require_safe
@signed_in_only
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the person, how the day goes, and what falls due when."""
    staff, now = signed_in(request), timezone.now()
    stages = stage_figures(staff, now)
    steps = flow.steps(staff, now, stages) if staff.has_perm("orders.view_order") else []
    context = {
        "todos": list(todos(staff, stages)),
        "steps": steps,
        "slow": next((step for step in steps if step.slow), None),
        "bars": flow.bars(staff, now),
        "announcements": announcements.valid(announcements.for_staff(staff), now)[:ANNOUNCED],
        "own": own_figures(staff, now),
        "jobs": pulse.own_jobs(staff),
        "areas": staff.is_superuser or bool(staff.functions),
    }
    return render(request, "portal/home.html", context)


@require_safe
@signed_in_only
def beat(request: HttpRequest) -> HttpResponse:
    """The part of the page that is asked for every few seconds."""
    staff = signed_in(request)
    response = render(request, "portal/_pulse.html", {"jobs": pulse.running_jobs(staff), "counts": pulse.counts(staff)})
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@signed_in_only
def more_places(request: HttpRequest) -> HttpResponse:
    """What the command palette leads to besides the navigation: asked for when it is opened first."""
    response = render(request, "portal/_palette.html", {"entries": palette.entries(signed_in(request))})
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@needs("core.view_check")
def check_page(request: HttpRequest) -> HttpResponse:
    """What must always be true, whether it is, and what is stopped where it is not."""
    context = {"rows": checks.rows(), "stopped": checks.stop_counts(), "silent": checks.minutes_of_silence()}
    return render(request, "portal/checks.html", context)


@require_safe
@signed_in_only
def search(request: HttpRequest) -> HttpResponse:
    """What was found; the only thing that was found opens by itself."""
    text = finding.cleaned(request.GET.get("q", ""))
    hits = finding.search(signed_in(request), text)
    if len(hits) == 1:
        return redirect(hits[0].url)
    return render(request, "portal/search.html", {"search_text": text, "hits": hits})
