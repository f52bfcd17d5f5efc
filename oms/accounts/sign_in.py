"""What is kept of signing in and out. Django tells it by signals, whichever door was used: page, API or command."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from oms.accounts.audit_log import record
from oms.accounts.models import Staff
from oms.accounts.sessions import note_session

SIGNED_IN = "sign_in"
SIGNED_OUT = "sign_out"
FAILED = "sign_in_failed"


def note_sign_in(request: HttpRequest, user: Staff, **_named: Any) -> None:
    """Somebody signed in."""
    note_session(request)
    record(request, SIGNED_IN, "staff", user.pk, staff=user)


def note_sign_out(request: HttpRequest, user: Staff | None, **_named: Any) -> None:
    """Somebody signed out; None when nobody was signed in, which is not worth an entry."""
    if user is not None:
        record(request, SIGNED_OUT, "staff", user.pk, staff=user)


def note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_named: Any) -> None:
    """A name and a password did not fit together, or the name is locked out for now."""
    locked = bool(getattr(request, "axes_locked_out", False))
    name = str(credentials.get("username", ""))[:150]
    record(request, FAILED, "staff", details={"username": name, "locked_out": locked})
