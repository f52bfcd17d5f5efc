"""The second factor: asked for at the sign-in, set up and turned off by its owner."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from oms.accounts import second_factor
from oms.accounts.gate import FACTOR, open_to_all, owes_factor, signed_in_only, unenrolled_too
from oms.accounts.models import Staff
from oms.accounts.sessions import end_sessions
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo

PENDING = "second_factor"
PATIENCE = dt.timedelta(minutes=5)
"""How long the password counts while the code is awaited."""


def enter(request: HttpRequest, staff: Staff, backend: str, target: str) -> HttpResponse:
    """Sign somebody in whose password was right: at once, or after their code."""
    if second_factor.is_on(staff):
        request.session[PENDING] = {
            "staff": staff.pk,
            "seal": staff.get_session_auth_hash(),
            "backend": backend,
            "target": target,
            "at": timezone.now().isoformat(),
        }
        return redirect("accounts:second_factor_code")
    login(request, staff, backend=backend)
    return redirect("accounts:second_factor" if second_factor.is_demanded(staff) else target)


def _awaited(request: HttpRequest) -> tuple[Staff, dict[str, Any]] | None:
    """Who has given the password and owes a code; None when nobody has, or too long ago."""
    pending = request.session.get(PENDING)
    if not pending or timezone.now() - dt.datetime.fromisoformat(pending["at"]) > PATIENCE:
        return None
    staff = Staff.objects.filter(pk=pending["staff"], is_active=True).first()
    # A password that was changed meanwhile counts no more.
    return (staff, pending) if staff is not None and staff.get_session_auth_hash() == pending["seal"] else None


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password."""
    awaited = _awaited(request)
    if awaited is None:
        request.session.pop(PENDING, None)
        return redirect("accounts:sign_in")
    staff, pending = awaited
    error = ""
    if request.method == "POST":
        try:
            second_factor.check(staff, request.POST.get("code", "")[:40], timezone.now(), by=request)
        except UnableTo as refused:
            error = str(refused)
        else:
            del request.session[PENDING]
            login(request, staff, backend=pending["backend"])
            request.session[FACTOR] = True
            inside = url_has_allowed_host_and_scheme(
                pending["target"], {request.get_host()}, require_https=request.is_secure()
            )
            return redirect(pending["target"] if inside else "portal:home")
    return render(request, "accounts/second_factor_code.html", {"error": error}, status=422 if error else 200)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_only
@unenrolled_too
def own(request: HttpRequest) -> HttpResponse:
    """The person's second factor: set up with a first code, and its recovery codes shown once."""
    staff, error = signed_in(request), ""
    on = second_factor.is_on(staff)
    if on and owes_factor(request):
        # Begun with the password alone, before the role demanded more: the code is asked for at the sign-in.
        logout(request)
        return redirect("accounts:sign_in")
    if request.method == "POST" and not on:
        try:
            codes = second_factor.confirm(staff, request.POST.get("code", "")[:40], timezone.now(), by=request)
        except UnableTo as refused:
            error = str(refused)
        else:
            request.session[FACTOR] = True
            # Whoever is in with the password alone is out now.
            end_sessions(staff, "", by=request)
            return _show_codes(request, codes)
    context: dict[str, Any] = {"on": on, "error": error, "demanded": second_factor.is_demanded(staff)}
    if on:
        context["left"] = second_factor.codes_left(staff)
    else:
        context["enrolment"] = second_factor.begin(staff)
    response = render(request, "accounts/second_factor.html", context, status=422 if error else 200)
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters("code")
@require_POST
@signed_in_only
def change(request: HttpRequest, deed: str) -> HttpResponse:
    """New recovery codes, or no second factor any more; both against a code."""
    staff, given, now = signed_in(request), request.POST.get("code", "")[:40], timezone.now()
    try:
        if deed == "renew":
            return _show_codes(request, second_factor.renew_codes(staff, given, now, by=request))
        second_factor.turn_off(staff, given, now, by=request)
    except UnableTo as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The sign-in asks for no code any more."))
    return redirect("accounts:second_factor")


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    response = render(request, "accounts/second_factor.html", {"on": True, "codes": codes})
    response["Cache-Control"] = "no-store"
    return response
