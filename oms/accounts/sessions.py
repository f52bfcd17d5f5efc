"""Where somebody is signed in: Django's sessions, with the address and the browser that were seen at the sign-in."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from oms.accounts.address import client_address
from oms.accounts.audit_log import record
from oms.accounts.models import Staff

ENDED = "end_session"
NOTE = "sign_in_note"
LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class SignIn:
    """One session. ``token`` names it on pages: the session's own key would let whoever reads it take its place."""

    token: str
    at: dt.datetime | None
    address: str
    agent: str
    ends_at: dt.datetime
    current: bool


def note_session(request: HttpRequest) -> None:
    """Keep in the new session from where it was begun."""
    request.session[NOTE] = {
        "at": timezone.now().isoformat(),
        "address": client_address(request) or "",
        "agent": request.headers.get("User-Agent", "")[:LONGEST_AGENT],
    }


def sessions_of(staff: Staff, *, current: str | None = None) -> list[SignIn]:
    """The sessions with which somebody can work now, the newest first; ``current`` is the key of the one that asks."""
    found = []
    for session, data in _sessions(staff):
        note = data.get(NOTE, {})
        at = dt.datetime.fromisoformat(note["at"]) if "at" in note else None
        token, here = _token(session.session_key), session.session_key == current
        found.append(
            SignIn(token, at, note.get("address", ""), note.get("agent", ""), session.expire_date, current=here)
        )
    return sorted(found, key=lambda one: (one.ends_at, one.token), reverse=True)


def end_sessions(staff: Staff, token: str, *, by: HttpRequest) -> int:
    """End the session of this name, or with an empty name all but the one that asks; how many were ended."""
    keys = [
        session.session_key
        for session, _data in _sessions(staff)
        if (_token(session.session_key) == token if token else session.session_key != by.session.session_key)
    ]
    if keys:
        with transaction.atomic():
            Session.objects.filter(session_key__in=keys).delete()
            record(by, ENDED, "staff", staff.pk, details={"sessions": len(keys)})
    return len(keys)


def _sessions(staff: Staff) -> Iterator[tuple[Session, dict[str, Any]]]:
    """A session says whose it is inside its sealed data alone; those that a new password made void are left out."""
    seal = staff.get_session_auth_hash()
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        data = session.get_decoded()
        if data.get(SESSION_KEY) == str(staff.pk) and data.get(HASH_SESSION_KEY) == seal:
            yield session, data


def _token(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]
