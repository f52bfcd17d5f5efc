"""The audit log: what a person did that must be answered for, such as signing in or seeing a receiver in clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from oms.accounts.address import client_address
from oms.accounts.models import AuditEntry, Staff


def was_recorded(request: HttpRequest) -> bool:
    """Whether the view of this request wrote an entry of its own."""
    return bool(getattr(request, "recorded", False))


def record(
    who: HttpRequest | Staff | None,
    action: str,
    kind: str = "",
    subject_id: int | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    *,
    staff: Staff | None = None,
) -> AuditEntry:
    """Write one entry in the caller's transaction.

    ``who`` is the request (its user and address are kept), a staff member where there is no request, or None for nobody;
    ``staff`` is for a request that does not name its user yet or any more. ``details`` is JSON and never holds a password, a key
    or receiver data in clear.
    """
    request = who if isinstance(who, HttpRequest) else None
    if request is not None:
        request.recorded = True  # type: ignore[attr-defined]
    user = staff or (getattr(request, "user", None) if request is not None else who)
    return AuditEntry.objects.create(
        staff=user if isinstance(user, Staff) else None,
        action=action,
        kind=kind,
        subject_id=subject_id,
        reason=reason,
        details=dict(details or {}),
        address=None if request is None else client_address(request),
    )
