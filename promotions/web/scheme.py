"""Schemes: entered on one page that reads them back as a sentence, kept as drafts, put live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.catalog.queries import sku_list
from oms.core import versions
from oms.core.errors import UnableTo
from oms.core.models import RuleVersion
from oms.core.rule_kinds import Problem
from oms.core.web.replies import refuse
from promotions import campaigns as capability
from promotions.campaigns import KIND, KIND_OF_SCHEME, facts_of_content
from promotions.models import Campaign, Scheme
from promotions.reading import load_names, read_out
from promotions.web.scheme_form import SchemeForm
from promotions.web.steps import StepRow

CHOICES = 12


@dataclass(frozen=True, slots=True)
class Subject:
    """What a form is about: a scheme (None: a new one), and the draft that is opened, if any."""

    campaign: Campaign
    scheme: Scheme | None = None
    draft: RuleVersion | None = None

    @property
    def content(self) -> Mapping[str, Any]:
        if self.draft is not None:
            return KIND_OF_SCHEME.complete(self.draft.content)
        return KIND_OF_SCHEME.content_of(self.scheme) if self.scheme is not None else {}

    @property
    def version(self) -> int | None:
        if self.draft is not None:
            return self.draft.base_version
        return self.scheme.version if self.scheme is not None else None

    @property
    def scheme_id(self) -> int | None:
        return self.scheme.pk if self.scheme is not None else None


def _scheme(scheme_id: int) -> Subject:
    scheme = get_object_or_404(Scheme.objects.select_related("campaign"), pk=scheme_id)
    return Subject(scheme.campaign, scheme)


def _draft(version_id: int) -> Subject:
    draft = get_object_or_404(RuleVersion, pk=version_id, kind=KIND, state=RuleVersion.State.DRAFT)
    campaign = get_object_or_404(Campaign, pk=draft.content.get("campaign"))
    scheme = Scheme.objects.filter(pk=draft.rule_id).first() if draft.rule_id else None
    return Subject(campaign, scheme, draft)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promotions.view_campaign", "promotions.manage_campaign")
def add(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A new scheme of the campaign."""
    return _edit(request, Subject(get_object_or_404(Campaign, pk=campaign_id)))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promotions.view_campaign", "promotions.manage_campaign")
def change(request: HttpRequest, scheme_id: int) -> HttpResponse:
    """Change a scheme."""
    return _edit(request, _scheme(scheme_id))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("promotions.view_campaign", "promotions.manage_campaign")
def change_draft(request: HttpRequest, version_id: int) -> HttpResponse:
    """Go on with a draft."""
    return _edit(request, _draft(version_id))


def _form(request: HttpRequest, subject: Subject, data: QueryDict | None) -> SchemeForm:
    return SchemeForm(
        data,
        campaign=subject.campaign,
        content=subject.content,
        scheme_id=subject.scheme_id,
        version=subject.version,
        staff=signed_in(request),
    )


def _edit(request: HttpRequest, subject: Subject) -> HttpResponse:
    form = _form(request, subject, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        done = _save(request, subject, form)
        if done is not None:
            return done
    context = {
        "form": form,
        "campaign": subject.campaign,
        "scheme": subject.scheme,
        "draft": subject.draft,
        "fresh_step": StepRow("new"),
    }
    return render(request, "promotions/scheme.html", context)


def _save(request: HttpRequest, subject: Subject, form: SchemeForm) -> HttpResponse | None:
    """Save the scheme or keep it as a draft; None when the form has to be shown again."""
    form.full_clean()
    content = form.content()
    if form.wrong:
        form.tell(_problems(content, subject.scheme_id, form))
        return None
    actor = signed_in(request).pk
    as_draft = request.POST.get("do") == "draft"
    try:
        if as_draft:
            versions.draft(KIND, content, author_id=actor, rule_id=subject.scheme_id)
        else:
            capability.save_scheme(
                content,
                scheme_id=subject.scheme_id,
                actor_id=actor,
                expected_version=form.cleaned_data["version"] if subject.scheme is not None else None,
            )
    except versions.UnableToSaveRule as error:
        form.tell(error.problems)
        return None
    if subject.draft is not None:
        # What was typed is kept in its place: as the newer draft, or as what the scheme says now.
        versions.drop_draft(subject.draft.pk)
    messages.success(request, _draft_said(subject) if as_draft else _("Saved."))
    return redirect("promotions:campaign", subject.campaign.pk)


def _draft_said(subject: Subject) -> str:
    if subject.scheme is None:
        return _("Kept as a draft: it gives nothing before it is put live.")
    return _("Kept as a draft beside the scheme, which stays as it is.")


def _problems(content: Mapping[str, Any], scheme_id: int | None, form: SchemeForm) -> list[Problem]:
    """What else is wrong, apart from the fields that could not even be read."""
    found = versions.find_problems(KIND, content, scheme_id)
    unread = set(form.errors) | ({"tiers"} if any(step.errors for step in form.steps) else set())
    if unread & {"name", "ends_at"}:
        unread.add("")  # the database's rules about names and windows, which the form has told already
    return [problem for problem in found if problem.field not in unread]


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def preview(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The scheme as it is typed, as a sentence; and what is wrong, at its fields. Nothing is saved."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    scheme = campaign.schemes.filter(pk=_number(request.POST.get("scheme", ""))).first()
    form = _form(request, Subject(campaign, scheme), request.POST)
    form.full_clean()
    content = form.content()
    problems = _problems(content, scheme.pk if scheme else None, form)
    # While somebody types, what is still empty is no mistake.
    form.tell(problem for problem in problems if problem.code != "no_tiers")
    sentence = ""
    if content["tiers"] and content.get("kind"):
        try:
            facts = facts_of_content(KIND_OF_SCHEME.complete(content), None, campaign)
            sentence = read_out(facts, load_names([facts]))
        except ValidationError:
            sentence = ""
    return render(request, "promotions/_reading.html", {"form": form, "sentence": sentence})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def put_live(request: HttpRequest, version_id: int) -> HttpResponse:
    """Make a draft or an earlier version what the scheme says."""
    found = get_object_or_404(RuleVersion, pk=version_id, kind=KIND)
    campaign = get_object_or_404(Campaign, pk=found.content.get("campaign"))
    try:
        saved = capability.put_scheme_live(version_id, actor_id=signed_in(request).pk)
    except UnableTo as error:
        return refuse(request, error, reverse("promotions:campaign", args=[campaign.pk]))
    messages.success(request, _("“%(name)s” says this now.") % {"name": saved.content["name"]})
    return redirect("promotions:campaign", campaign.pk)


@require_POST
@needs("promotions.view_campaign", "promotions.manage_campaign")
def drop(request: HttpRequest, version_id: int) -> HttpResponse:
    """Drop a draft."""
    subject = _draft(version_id)
    versions.drop_draft(version_id)
    messages.success(request, _("The draft is dropped."))
    return redirect("promotions:campaign", subject.campaign.pk)


@require_safe
@needs("promotions.view_campaign", "promotions.manage_campaign")
def sku_choices(request: HttpRequest) -> HttpResponse:
    """The SKUs that a typed code or name may mean; the field's own name carries the text."""
    text = next(iter(request.GET.values()), "")
    if not isinstance(text, str):
        raise Http404
    text = text.replace("\0", "").strip()[:100]
    return render(
        request, "catalog/_sku_choices.html", {"skus": sku_list(signed_in(request), text)[:CHOICES] if text else ()}
    )
