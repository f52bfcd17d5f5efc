"""Who asks."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from oms.accounts.models import Staff


def signed_in(request: HttpRequest) -> Staff:
    """The staff member of the request. Raises PermissionDenied when nobody is signed in."""
    user = request.user
    if not isinstance(user, Staff):
        raise PermissionDenied
    return user


def id_of(by: HttpRequest | Staff | None) -> int | None:
    """The id of who does something, as history keeps it."""
    user = getattr(by, "user", None) if isinstance(by, HttpRequest) else by
    return user.pk if isinstance(user, Staff) else None


def asked_ids(request: HttpRequest) -> list[int]:
    """The ids that a batch names, each once, in the given order; what is no id is left out."""
    texts = dict.fromkeys(request.POST.getlist("ids"))
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]
