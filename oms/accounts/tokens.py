"""Tokens by which programs sign in: made, found, revoked."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db.models import Q
from django.utils import timezone

from oms.accounts.models import ApiToken, Staff

PREFIX = "oms_"
"""Lets a scanner for leaked secrets know ours."""
_NOTED_EVERY = dt.timedelta(minutes=1)


def digest(token: str) -> bytes:
    """What is stored of a token. Tokens are 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(token.encode()).digest()


def make_token(staff: Staff, name: str, *, days: int | None = None) -> str:
    """Make a token that is valid for some days (or until it is revoked); the only time it can be read."""
    token = PREFIX + secrets.token_urlsafe(32)
    expires = None if days is None else timezone.now() + dt.timedelta(days=days)
    ApiToken.objects.create(staff=staff, name=name, digest=digest(token), expires_at=expires)
    return token


def find_token(token: str) -> ApiToken | None:
    """The token, when it is valid and its owner may sign in; its use is noted once a minute."""
    now = timezone.now()
    found = (
        ApiToken.objects.select_related("staff")
        .filter(digest=digest(token), revoked_at__isnull=True, staff__is_active=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
        .first()
    )
    if found is not None and (found.last_used_at is None or now - found.last_used_at > _NOTED_EVERY):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found


def revoke_tokens(staff: Staff, name: str) -> int:
    """Revoke the staff member's tokens of that name at once; returns how many were valid."""
    return ApiToken.objects.filter(staff=staff, name=name, revoked_at__isnull=True).update(revoked_at=timezone.now())
