"""Announcements: read by everybody for whom they are, written by who may, with the list of who has read them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs, signed_in_only
from oms.accounts.journal import quiet
from oms.accounts.matrix import role_rows
from oms.accounts.who import signed_in
from oms.core.web.paging import asked_page, load_page
from oms.portal import announcements
from oms.portal.models import Announcement


class AnnouncementForm(forms.Form):
    """What is announced, to whom, and how long."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=100)
    body = forms.CharField(
        label=gettext_lazy("What is announced"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "An empty line begins a new paragraph; addresses that begin with https:// become links."
        ),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("For these roles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Without a tick it is for everybody."),
    )
    pinned = forms.BooleanField(label=gettext_lazy("Pinned: above the others"), required=False)
    valid_from = forms.DateTimeField(label=gettext_lazy("Shown from"), required=False)
    valid_until = forms.DateTimeField(label=gettext_lazy("Shown until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(role.code, role.label) for role in role_rows()]  # type: ignore[attr-defined]
        for name in ("valid_from", "valid_until"):
            self.fields[name].widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        self.fields["valid_until"].help_text = _("Empty: until somebody ends it.")

    def clean(self) -> dict[str, Any]:
        """An empty beginning is now, and the end comes after it."""
        given: dict[str, Any] = super().clean() or {}
        begins: dt.datetime = given.get("valid_from") or timezone.now()
        given["valid_from"] = begins
        if given.get("valid_until") and given["valid_until"] <= begins:
            self.add_error("valid_until", _("It would end before it begins."))
        return given


@require_safe
@signed_in_only
def announcement_list(request: HttpRequest) -> HttpResponse:
    """Everything that was announced to the person: what holds now first, then what is over."""
    staff, now = signed_in(request), timezone.now()
    mine = announcements.for_staff(staff)
    live = announcements.valid(mine, now)
    past = mine.filter(valid_until__lte=now).order_by("-valid_until", "-id")
    context = {"live": live, "page": load_page(past, asked_page(request))}
    return render(request, "portal/announcements.html", context)


@require_POST
@signed_in_only
@quiet
def read(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """The person says that they have read it."""
    staff = signed_in(request)
    found = announcements.valid(announcements.for_staff(staff), timezone.now())
    announcement = get_object_or_404(found, pk=announcement_id)
    announcements.mark_read(staff, announcement)
    if not getattr(request, "htmx", False):
        return redirect("portal:announcements")
    one = found.get(pk=announcement_id)
    response = render(request, "portal/_announcement.html", {"announcement": one})
    return trigger_client_event(response, "oms:beat", {})


@require_safe
@needs("portal.manage_announcement")
def manage(request: HttpRequest) -> HttpResponse:
    """All announcements with how many have read them."""
    found = announcements.written(timezone.now()).annotate(read_by=Count("reads"))
    labels = {role.code: role.label for role in role_rows()}
    page = load_page(found, asked_page(request))
    rows = [(one, [labels.get(code, code) for code in one.roles]) for one in page.object_list]
    return render(request, "portal/announcements_manage.html", {"page": page, "rows": rows, "now": timezone.now()})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("portal.manage_announcement")
def add(request: HttpRequest) -> HttpResponse:
    """Write a new announcement."""
    form = AnnouncementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        announcements.write(form.cleaned_data, by=request)
        messages.success(request, _("It is announced."))
        return redirect("portal:manage_announcements")
    return render(request, "portal/announcement_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("portal.manage_announcement")
def change(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """Change an announcement; below it, who has read it and who has not."""
    found = get_object_or_404(Announcement, pk=announcement_id)
    stored = {name: getattr(found, name) for name in AnnouncementForm.base_fields}
    form = AnnouncementForm(request.POST or None, initial=stored)
    if request.method == "POST" and form.is_valid():
        announcements.write(form.cleaned_data, by=request, announcement=found)
        messages.success(request, _("Saved."))
        return redirect("portal:change_announcement", found.pk)
    who = announcements.readers(found)
    context = {"form": form, "announcement": found, "readers": who, "read_by": sum(1 for one in who if one.at)}
    return render(request, "portal/announcement_form.html", context)


@require_POST
@needs("portal.manage_announcement")
def end(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """Take an announcement from everybody's pages."""
    found = get_object_or_404(Announcement, pk=announcement_id)
    announcements.end(found, timezone.now(), by=request)
    messages.success(request, _("It is not shown any more."))
    return redirect("portal:manage_announcements")
