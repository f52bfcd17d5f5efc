"""Who else has a page open: heartbeats in the cache. They steer nothing and may be lost at any time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone

GONE_AFTER = dt.timedelta(seconds=30)
BEAT_SECONDS = 8
"""How often a page beats."""


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody with the page open: since how many seconds nothing was heard of them, and whether they edit."""

    staff_id: int
    name: str
    edits: bool
    seconds: int


def beat(what: str, staff_id: int, name: str, *, edits: bool) -> list[Here]:
    """Say that somebody is there, and hear who else is. Two beats at the very same moment may hide one for one beat."""
    key, now = f"presence:{what}", timezone.now().timestamp()
    kept = cache.get(key)
    people: dict[int, tuple[str, bool, float]] = kept if isinstance(kept, dict) else {}
    alive = {who: row for who, row in people.items() if now - row[2] < GONE_AFTER.total_seconds()}
    others = [Here(who, row[0], row[1], max(int(now - row[2]), 0)) for who, row in alive.items() if who != staff_id]
    alive[staff_id] = (name, edits, now)
    cache.set(key, alive, timeout=GONE_AFTER.total_seconds())
    return sorted(others, key=lambda here: (not here.edits, here.name, here.staff_id))


def leave(what: str, staff_id: int) -> None:
    """Somebody closed the page, or is done."""
    key = f"presence:{what}"
    kept = cache.get(key)
    if isinstance(kept, dict) and kept.pop(staff_id, None) is not None:
        cache.set(key, kept, timeout=GONE_AFTER.total_seconds())
