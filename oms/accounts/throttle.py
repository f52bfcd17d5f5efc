"""Who guesses waits: a name that is tried from many addresses, and an address from which many names are tried.

django-axes makes a name wait at the address where it failed (settings, ``AXES_FAILURE_LIMIT``), which neither a swarm of addresses nor one
that tries a common password on every name would notice. Both are counted here from the failures that axes keeps in PostgreSQL. So that
nobody can shut a colleague out by failing for them elsewhere, an address where the person signed in before is let be.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from oms.accounts.address import client_address

MOST_OF_NAME = 20
"""Failures of one name, from wherever, within the pause of axes."""
MOST_FROM_ADDRESS = 60
"""Failures from one address, of whomever: more than the mistakes of a full office in a quarter of an hour."""
MOST_BAD_TOKENS = 60
"""Calls a minute from one address with a token that is not valid; more are told to wait."""


class Patience:
    """A backend that signs nobody in and stops, before the password is looked at, whoever guesses."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **_given: Any) -> None:
        if request is not None and username is not None and must_wait(request, username):
            # Answered by axes like its own: 429, and counted as a failure.
            request.axes_locked_out = True  # type: ignore[attr-defined]
            raise PermissionDenied


def must_wait(request: HttpRequest, username: str) -> bool:
    """Whether the name, or the address of the request, has failed too often. Two queries at most; a third in a storm."""
    address = client_address(request)
    since = timezone.now() - dt.timedelta(hours=24 * settings.AXES_COOLOFF_TIME)
    recent = AccessAttempt.objects.filter(attempt_time__gt=since)

    def failures(**of: Any) -> int:
        return recent.filter(**of).aggregate(count=Sum("failures_since_start"))["count"] or 0

    if failures(ip_address=address) >= MOST_FROM_ADDRESS:
        return True
    if failures(username=username) < MOST_OF_NAME:
        return False
    return not AccessLog.objects.filter(username=username, ip_address=address).exists()


def bad_token(request: HttpRequest) -> bool:
    """Count a call with a token that is not valid; whether its address has made too many this minute."""
    key = f"bad-token:{client_address(request)}"
    cache.add(key, 0, timeout=60)
    try:
        return int(cache.incr(key)) > MOST_BAD_TOKENS
    except ValueError:  # the minute ended between the two, or the cache is away
        return False
