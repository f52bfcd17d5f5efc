"""Who may call a view: declared on every view, denied by default.

    @needs("orders.view_order")     signed in, and with every one of the permissions
    @signed_in_only                 any member of the staff (the view shows nothing but their own)
    @open_to_all                    nobody has to be signed in (sign-in, health)

What somebody does at a guarded view is kept in the audit log (``oms.accounts.journal``).
A test walks all addresses and fails for a view that declares nothing. What a permission does not say, the data scope does: views read
through ``oms.accounts.scopes``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import quote

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from oms.accounts.journal import note_deed, watched
from oms.accounts.models import Staff

V = TypeVar("V", bound=Callable[..., HttpResponseBase])

FACTOR = "second_factor_passed"
"""What a session says that was begun, or went on, with a code of the second factor (``oms.accounts.second_factor``)."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a view asks of its caller: ``kind`` is permission, signed_in or open."""

    kind: str
    permissions: tuple[str, ...] = ()


def owes_factor(request: HttpRequest) -> bool:
    """Whether a role of the person demands a second factor that this session was begun without, be it that the role says so since a
    minute ago. Being allowed everything demands nothing."""
    user = request.user
    if not isinstance(user, Staff) or user.is_superuser or request.session.get(FACTOR):
        return False
    return user.has_perm("accounts.needs_second_factor")


def needs(*permissions: str) -> Callable[[V], V]:
    """Decorator: the caller must be signed in and have all the permissions."""
    return lambda view: _guarded(view, Access("permission", permissions))


def signed_in_only(view: V) -> V:
    """Decorator: the caller must be signed in."""
    return _guarded(view, Access("signed_in"))


def open_to_all(view: V) -> V:
    """Decorator: anybody may call the view; said so that a test knows that it was decided."""
    view.access = Access("open")  # type: ignore[attr-defined]
    return view


def _guarded(view: V, access: Access) -> V:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return _to_sign_in(request)
        if not getattr(view, "unenrolled_too", False) and owes_factor(request):
            return _to_enrol(request)
        if not user.has_perms(access.permissions):
            raise PermissionDenied
        if getattr(view, "quiet", False):
            return view(request, *args, **kwargs)
        with watched(request) as watch:
            response = view(request, *args, **kwargs)
        note_deed(request, watch, response.status_code)
        return response

    guarded.access = access  # type: ignore[attr-defined]
    return cast("V", guarded)


def unenrolled_too(view: V) -> V:
    """Decorator, below the one of the gate: who has yet to set up the second factor that their role demands may call the view too."""
    view.unenrolled_too = True  # type: ignore[attr-defined]
    return view


def _to_enrol(request: HttpRequest) -> HttpResponseBase:
    target = resolve_url("accounts:second_factor")
    if getattr(request, "htmx", False):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = target
        return response
    return redirect(target)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("X-Keep-Form"):
        # What was typed is worth more than the way: the page stays, and says how to go on.
        response = HttpResponse(status=401)
        response["X-Sentence"] = quote(
            _("You were signed out; what you typed is still here. Sign in in another tab, then save again.")
        )
        return response
    if getattr(request, "htmx", False):
        # A part of a page cannot hold the sign-in form: the browser is sent there, and back to the page it is on.
        response = HttpResponse(status=401)
        response["HX-Redirect"] = f"{resolve_url('accounts:sign_in')}?next={request.headers.get('HX-Current-URL', '/')}"
        return response
    return redirect_to_login(request.get_full_path(), resolve_url("accounts:sign_in"))
