"""Saved views above the list: the strip with the pinned ones, and the dialogs in which they are saved and arranged."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from orders.saved_views import (
    CHANGES,
    COUNTED,
    ViewLine,
    address_of,
    begin_with,
    count_view,
    pin_view,
    query_of,
    save_view,
    update_view,
    views_of,
)

CHANGED = "oms:views"
"""The browser's event after which the strip loads itself anew."""
_PAGE = "orders:workbench"


@dataclass(frozen=True, slots=True)
class Pin:
    """A view of the strip; ``count`` is empty while nobody has counted."""

    line: ViewLine
    current: bool
    count: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Strip:
    """What stands above the list: the pinned views, all views, and the one that is shown (``changed`` when it no longer is what it was)."""

    pins: list[Pin]
    lines: list[ViewLine]
    current: ViewLine | None
    changed: bool
    savable: bool


def make_strip(staff: Staff, given: QueryDict, stage: str, *, counted: bool = False) -> Strip:
    """The strip for an address. Two queries, and where it is ``counted`` one and more for each pinned view."""
    lines = views_of(staff)
    asked = given.get("view", "")
    current = next((line for line in lines if str(line.view.pk) == asked), None)
    query = query_of(dict(given.lists()))
    pins = [_pin(staff, line, line is current, counted=counted) for line in lines if line.pinned]
    changed = current is not None and (current.view.stage, current.view.query) != (stage, query)
    return Strip(pins, lines, current, changed, savable=current is None and bool(query))


def _pin(staff: Staff, line: ViewLine, current: bool, *, counted: bool) -> Pin:
    if not counted:
        return Pin(line, current)
    count = count_view(staff, line.view)
    if count is None:
        return Pin(line, current, wrong=True)
    return Pin(line, current, f"{COUNTED:,}+" if count > COUNTED else f"{count:,}")


def _address(text: str) -> QueryDict:
    """The address of the list that a form of the page sends along."""
    return QueryDict(text[:8000])


@require_safe
@needs("orders.view_order")
def view_strip(request: HttpRequest) -> HttpResponse:
    """The strip with its counts, for the list's address."""
    given = request.GET
    strip = make_strip(signed_in(request), given, given.get("stage", ""), counted=True)
    return _no_store(render(request, "orders/_views_strip.html", {"strip": strip, "address": given.urlencode()}))


@require_safe
@needs("orders.view_order")
def view_menu(request: HttpRequest) -> HttpResponse:
    """All views as links, for the list's address."""
    given = request.GET
    strip = make_strip(signed_in(request), given, given.get("stage", ""))
    return _no_store(render(request, "orders/_views_menu.html", {"strip": strip}))


@require_safe
@needs("orders.view_order")
def view_list(request: HttpRequest) -> HttpResponse:
    """The views to be arranged."""
    return _list(request)


def _list(request: HttpRequest) -> HttpResponse:
    return _no_store(render(request, "orders/_views_list.html", {"lines": views_of(signed_in(request))}))


@require_POST
@needs("orders.view_order")
def view_save(request: HttpRequest) -> HttpResponse:
    """Save what the list shows under a name, and show it as that view."""
    staff, given = signed_in(request), _address(request.POST.get("address", ""))
    try:
        view = save_view(
            staff,
            request.POST.get("name", ""),
            given.get("stage", ""),
            dict(given.lists()),
            shared="shared" in request.POST,
        )
        if "pinned" in request.POST:
            pin_view(staff, view.pk, pinned=True)
        if "first" in request.POST:
            begin_with(staff, view.pk, first=True)
    except UnableTo as error:
        return refuse(request, error, _PAGE)
    return HttpResponseClientRedirect(f"{reverse(_PAGE)}?{address_of(view)}")


@require_POST
@needs("orders.view_order")
def view_update(request: HttpRequest, view_id: int) -> HttpResponse:
    """Let the view mean what the list shows now."""
    given = _address(request.POST.get("address", ""))
    try:
        view = update_view(signed_in(request), view_id, given.get("stage", ""), dict(given.lists()))
    except UnableTo as error:
        return refuse(request, error, _PAGE)
    return HttpResponseClientRedirect(f"{reverse(_PAGE)}?{address_of(view)}")


@require_POST
@needs("orders.view_order")
def view_change(request: HttpRequest, view_id: int, name: str) -> HttpResponse:
    """Do one of ``CHANGES``, and show the views again."""
    if name not in CHANGES:
        raise Http404
    try:
        CHANGES[name](signed_in(request), view_id, request.POST.get("value", ""))
    except UnableTo as error:
        return refuse(request, error, _PAGE)
    return trigger_client_event(_list(request), CHANGED, {})


def _no_store(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
