"""The page of a campaign: its frame, its schemes in rank order, what it does, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import asked_ids, signed_in
from oms.core import versions
from oms.core.errors import UnableTo
from oms.core.history import history_of
from oms.core.web.replies import refuse
from oms.core.web.timeline import told
from promotions import campaigns as capability
from promotions.engine.values import SchemeFacts
from promotions.load import scheme_facts
from promotions.models import Campaign, Scheme
from promotions.queries import phase_of, quotas_of
from promotions.reading import load_names, read_out
from promotions.web.figures import figures_context
from promotions.web.forms import CampaignForm
from promotions.web.rows import TONES
from promotions.web.versions import drafts_told, versions_told
from promotions.words import conflict_text

HISTORY_SHOWN = 30


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """A scheme on its campaign's page."""

    scheme: Scheme
    sentence: str
    left: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """Two schemes that meet, and how."""

    first: SchemeFacts
    second: SchemeFacts
    text: str


def find_campaign(campaign_id: int) -> Campaign:
    """The campaign, or 404."""
    return get_object_or_404(Campaign, pk=campaign_id)


def _schemes(campaign: Campaign) -> list[SchemeRow]:
    schemes = list(campaign.schemes.prefetch_related("tiers").order_by("priority", "id"))
    facts = {scheme.id: scheme_facts(scheme, campaign, scheme.tiers.all()) for scheme in schemes}
    names, quotas = load_names(facts.values()), quotas_of([campaign.id])
    return [
        SchemeRow(scheme, read_out(facts[scheme.id], names), *quotas.get(scheme.id, (None, None))) for scheme in schemes
    ]


def _conflicts(campaign: Campaign, phase: str) -> list[ConflictRow]:
    """How schemes of the campaign meet others; of a campaign that is over nobody asks."""
    if phase in {"over", "stopped"}:
        return []
    return [
        ConflictRow(first, second, conflict_text(code, first.group))
        for first, second, code in capability.find_conflicts(campaign)
    ]


def page_context(staff: Staff, campaign: Campaign) -> dict[str, Any]:
    """Everything about one campaign. A constant number of queries."""
    phase = phase_of(campaign, timezone.now())
    rows = _schemes(campaign)
    return {
        "campaign": campaign,
        "phase": phase,
        "tone": TONES[phase],
        "rows": rows,
        "used": sum(row.scheme.enabled for row in rows),
        "conflicts": _conflicts(campaign, phase),
        "drafts": drafts_told(campaign),
        "versions": versions_told(campaign, [row.scheme for row in rows]),
        "history": told("campaign", history_of("campaign", campaign.pk)[:HISTORY_SHOWN]),
        "may_manage": staff.has_perm("promotions.manage_campaign"),
        **figures_context(staff, campaign),
    }


@require_safe
@needs("promotions.view_campaign")
def campaign_page(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign."""
    context = page_context(signed_in(request), find_campaign(campaign_id))
    return render(request, "promotions/campaign.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promotions.view_campaign", "promotions.manage_campaign")
def add(request: HttpRequest) -> HttpResponse:
    """Plan a campaign."""
    form = CampaignForm(request.POST or None)
    return _frame(request, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promotions.view_campaign", "promotions.manage_campaign")
def change(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Change the frame of a campaign."""
    campaign = find_campaign(campaign_id)
    return _frame(request, campaign, CampaignForm(request.POST or None, campaign=campaign))


def _frame(request: HttpRequest, campaign: Campaign | None, form: CampaignForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = capability.save_campaign(
                campaign.pk if campaign else None, actor_id=signed_in(request).pk, **form.values()
            )
        except UnableTo as error:
            form.refuse(error)
        else:
            messages.success(
                request,
                _("Saved.") if campaign else _("The campaign is planned. Add its schemes, then let it go live."),
            )
            return redirect("promotions:campaign", saved.pk)
    return render(request, "promotions/campaign_form.html", {"form": form, "campaign": campaign})


def _act(request: HttpRequest, campaign_id: int, act: Callable[..., Campaign], said: str) -> HttpResponse:
    find_campaign(campaign_id)
    try:
        done = act(campaign_id, actor_id=signed_in(request).pk)
    except UnableTo as error:
        return refuse(request, error, reverse("promotions:campaign", args=[campaign_id]))
    messages.success(request, said % {"name": done.name})
    return redirect("promotions:campaign", done.pk)


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def go_live(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Start the campaign."""
    return _act(request, campaign_id, capability.go_live, _("“%(name)s” is live."))


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def stop(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Stop the campaign at once."""
    return _act(request, campaign_id, capability.stop, _("“%(name)s” is stopped: no order gets its gifts any more."))


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def copy(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A draft with the same schemes."""
    return _act(request, campaign_id, capability.copy, _("“%(name)s” is the copy, a draft. Look at its time first."))


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def reorder(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Rank the schemes as listed in ``ids`` and show them anew. Schemes that are not named keep their order after those."""
    campaign = find_campaign(campaign_id)
    known = list(campaign.schemes.order_by("priority", "id").values_list("id", flat=True))
    asked = [scheme_id for scheme_id in asked_ids(request) if scheme_id in known]
    wanted = [*asked, *(scheme_id for scheme_id in known if scheme_id not in asked)]
    if wanted != known:
        versions.reorder(capability.KIND, wanted, author_id=signed_in(request).pk)
    return _show_schemes(request, campaign)


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def switch(request: HttpRequest, scheme_id: int) -> HttpResponse:
    """Use a scheme, or no longer."""
    scheme = get_object_or_404(Scheme.objects.select_related("campaign"), pk=scheme_id)
    enabled = request.POST.get("enabled") == "1"
    if scheme.enabled != enabled:
        try:
            versions.change_rule(capability.KIND, scheme_id, {"enabled": enabled}, author_id=signed_in(request).pk)
        except UnableTo as error:
            return refuse(request, error, reverse("promotions:campaign", args=[scheme.campaign_id]))
    return _show_schemes(request, scheme.campaign)


def _show_schemes(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The part of the page with the schemes, or the whole page for a form without htmx."""
    if not getattr(request, "htmx", False):
        return redirect("promotions:campaign", campaign.pk)
    rows = _schemes(campaign)
    context = {
        "campaign": campaign,
        "rows": rows,
        "may_manage": True,
        "oob": True,
        "conflicts": _conflicts(campaign, phase_of(campaign, timezone.now())),
    }
    return render(request, "promotions/_schemes.html", context)
