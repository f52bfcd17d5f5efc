"""The rules of a page: listed as sentences, ranked, switched, changed, and their drafts and earlier versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import asked_ids, signed_in
from oms.core import versions
from oms.core.models import RuleVersion
from oms.core.rule_kinds import Problem, kinds
from oms.core.web.replies import refuse
from orders.rule_sentences import NameBook, sentence_of
from orders.tariff_rows import CELLS
from orders.web.rules import conditions
from orders.web.rules.forms import RuleForm, SpanForm, next_priority
from orders.web.rules.pages import BY_SLUG, PAGES, Page, page_of

VERSIONS_SHOWN = 30
DRAFTS_SHOWN = 30


def asked_page(staff: Staff, slug: str, *, manage: bool = False) -> Page:
    """The page of this name. Raises Http404, and PermissionDenied for whom it is not."""
    page = BY_SLUG.get(slug)
    if page is None:
        raise Http404
    if not staff.has_perms(page.manage if manage else page.view):
        raise PermissionDenied
    return page


def pages_for(staff: Staff) -> list[Page]:
    """The pages that the staff member may look at."""
    return [page for page in PAGES if staff.has_perms(page.view)]


def frame(staff: Staff, page: Page | None, slug: str = "") -> dict[str, Any]:
    """What every page of the rules shows round its own part."""
    return {
        "pages": pages_for(staff),
        "page": page,
        "slug": page.slug if page is not None else slug,
        "may_manage": page is not None and staff.has_perms(page.manage),
        "may_see_blacklist": staff.has_perm("orders.view_blacklist"),
    }


@require_safe
@needs("orders.view_rule")
def start(request: HttpRequest) -> HttpResponse:
    """To the first page."""
    return redirect("rules:list", pages_for(signed_in(request))[0].slug)


@require_safe
@needs("orders.view_rule")
def rule_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The rules of a page as sentences, in the order in which they are asked, and the drafts."""
    staff = signed_in(request)
    page = asked_page(staff, slug)
    return render(request, "orders/rules/list.html", {**frame(staff, page), **_rows(page)})


def _rows(page: Page) -> dict[str, Any]:
    book = NameBook()
    kind = page.rule_kind
    found = list(page.rules())
    rows = [
        {
            "rule": rule,
            "sentence": sentence_of(page.kind, kind.content_of(rule), book),
            "name": getattr(rule, "name", ""),
        }
        for rule in found
    ]
    drafts = [
        {"draft": draft, "sentence": sentence_of(page.kind, draft.content, book), "author": author}
        for draft, author in _with_authors(_drafts(page))
    ]
    return {"rows": rows, "drafts": drafts}


def _drafts(page: Page) -> list[RuleVersion]:
    found = versions.drafts_of(page.kind)
    for name, value in page.fixed.items():
        found = found.filter(**{f"content__{name}": value})
    return list(found[:DRAFTS_SHOWN])


def _with_authors(found: list[RuleVersion]) -> list[tuple[RuleVersion, str]]:
    names = {
        staff.pk: staff.display_name or staff.get_username()
        for staff in Staff.objects.filter(pk__in={version.author_id for version in found if version.author_id})
    }
    return [(version, names.get(version.author_id or 0, "")) for version in found]


@require_POST
@needs("orders.view_rule", "orders.manage_rule")
def reorder(request: HttpRequest, slug: str) -> HttpResponse:
    """Rank the rules as the page lists them."""
    staff = signed_in(request)
    page = asked_page(staff, slug, manage=True)
    ids = asked_ids(request)
    if not page.ranked or set(ids) != set(page.rules().values_list("id", flat=True)):
        error = versions.UnableToSaveRule(
            [Problem("", "changed_meanwhile", _("The list has changed meanwhile. Look at it again."))]
        )
        return refuse(request, error, request.path)
    versions.reorder(page.kind, ids, author_id=staff.pk)
    return render(request, "orders/rules/_list.html", {**frame(staff, page), **_rows(page)})


@require_POST
@needs("orders.view_rule", "orders.manage_rule")
def switch(request: HttpRequest, slug: str, rule_id: int) -> HttpResponse:
    """Put a rule in use or out of use."""
    staff = signed_in(request)
    page = asked_page(staff, slug, manage=True)
    get_object_or_404(page.rules(), pk=rule_id)
    wanted = request.POST.get("enabled") == "1"
    try:
        versions.change_rule(page.kind, rule_id, {"enabled": wanted}, author_id=staff.pk)
    except versions.UnableToSaveRule as error:
        return refuse(request, error, request.path)
    return render(request, "orders/rules/_list.html", {**frame(staff, page), **_rows(page)})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.view_rule", "orders.manage_rule")
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """A new rule."""
    staff = signed_in(request)
    page = asked_page(staff, slug, manage=True)
    form = RuleForm(page, staff, _posted(request), priority=next_priority(page) if page.ranked else None)
    return _edit(request, staff, page, form, rule_id=None, draft=None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.view_rule", "orders.manage_rule")
def change(request: HttpRequest, slug: str, rule_id: int) -> HttpResponse:
    """Change a rule, keep a draft of the change, or see what it would change."""
    staff = signed_in(request)
    page = asked_page(staff, slug, manage=True)
    rule = get_object_or_404(page.rules(), pk=rule_id)
    content = page.rule_kind.content_of(rule)
    form = RuleForm(page, staff, _posted(request), content=content, version=int(rule.version))
    return _edit(request, staff, page, form, rule_id=rule_id, draft=None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.view_rule", "orders.manage_rule")
def change_draft(request: HttpRequest, version_id: int) -> HttpResponse:
    """Change a draft, put it live, or see what it would change."""
    staff = signed_in(request)
    draft, page = asked_draft(staff, version_id)
    form = RuleForm(page, staff, _posted(request), content=draft.content, version=draft.base_version)
    form.initial.setdefault("note", draft.note)
    return _edit(request, staff, page, form, rule_id=draft.rule_id, draft=draft)


def asked_draft(staff: Staff, version_id: int) -> tuple[RuleVersion, Page]:
    """A draft of one of our pages, and the page. Raises Http404 and PermissionDenied."""
    slugs = {page.kind for page in PAGES} & {kind.name for kind in kinds()}
    draft = get_object_or_404(RuleVersion, pk=version_id, state=RuleVersion.State.DRAFT, kind__in=slugs)
    page = page_of(draft.kind, draft.content)
    return draft, asked_page(staff, page.slug, manage=True)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _edit(
    request: HttpRequest, staff: Staff, page: Page, form: RuleForm, *, rule_id: int | None, draft: RuleVersion | None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            answer = _do(request, staff, page, form, rule_id, draft)
        except versions.UnableToSaveRule as error:
            form.refuse(error.problems)
        else:
            return answer
    content = form.content() if form.is_bound and not form.errors else (draft.content if draft else None)
    context = {
        **frame(staff, page),
        "form": form,
        "rule_id": rule_id,
        "draft": draft,
        "sentence": sentence_of(page.kind, content) if content else "",
        "fresh_conditions": conditions.fresh_rows() if "conditions" in page.rule_kind.fields else [],
        "cells": CELLS.get(page.rows, ()),
        "span": SpanForm(staff),
        "versions": _versions(page, rule_id) if rule_id is not None else [],
    }
    return render(request, "orders/rules/edit.html", context)


def _versions(page: Page, rule_id: int) -> list[dict[str, Any]]:
    book = NameBook()
    found = list(versions.versions_of(page.kind, rule_id)[:VERSIONS_SHOWN])
    return [
        {"version": version, "sentence": sentence_of(page.kind, version.content, book), "author": author}
        for version, author in _with_authors(found)
    ]


def _do(
    request: HttpRequest, staff: Staff, page: Page, form: RuleForm, rule_id: int | None, draft: RuleVersion | None
) -> HttpResponse:
    """Save, keep as a draft, or keep and compare. Raises UnableToSaveRule."""
    content: Mapping[str, Any] = form.content()
    note = form.cleaned_data["note"]
    deed = request.POST.get("do", "save")
    if deed == "save":
        saved = versions.save_rule(
            page.kind,
            content,
            author_id=staff.pk,
            rule_id=rule_id,
            expected_version=form.cleaned_data["version"] if rule_id is not None else None,
            note=note,
        )
        if draft is not None:
            versions.drop_draft(draft.pk)
        _warn(request, page, content, saved.rule_id)
        messages.success(
            request, _("Saved as version %(version)s; it counts from now on.") % {"version": saved.version}
        )
        return redirect("rules:list", page.slug)
    kept = versions.draft(page.kind, content, author_id=staff.pk, rule_id=rule_id, note=note)
    if draft is not None:
        versions.drop_draft(draft.pk)
    if deed == "what_if":
        return redirect("rules:what_if", kept.pk)
    messages.success(request, _("Kept as a draft; nothing changes until it is put live."))
    return redirect("rules:list", page.slug)


def _warn(request: HttpRequest, page: Page, content: Mapping[str, Any], rule_id: int | None) -> None:
    for problem in versions.find_problems(page.kind, content, rule_id):
        if problem.warning:
            messages.warning(request, problem.sentence)


@require_POST
@needs("orders.view_rule", "orders.manage_rule")
def put_live(request: HttpRequest, version_id: int) -> HttpResponse:
    """Make a draft, or an earlier version once more, what the rule says."""
    staff = signed_in(request)
    version = get_object_or_404(RuleVersion, pk=version_id, kind__in={page.kind for page in PAGES})
    page = asked_page(staff, page_of(version.kind, version.content).slug, manage=True)
    try:
        live = versions.put_live(version.pk, author_id=staff.pk)
    except versions.UnableToSaveRule as error:
        return refuse(request, error, request.path)
    messages.success(request, _("Version %(version)s counts from now on.") % {"version": live.version})
    return redirect("rules:list", page.slug)


@require_POST
@needs("orders.view_rule", "orders.manage_rule")
def drop(request: HttpRequest, version_id: int) -> HttpResponse:
    """Drop a draft."""
    draft, page = asked_draft(signed_in(request), version_id)
    versions.drop_draft(draft.pk)
    messages.success(request, _("The draft was dropped."))
    return redirect("rules:list", page.slug)
