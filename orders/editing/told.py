"""Who changed what of an order while somebody else was editing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model

from oms.core.history import history_of
from orders.editing.values import EMAIL, RECEIVER, Fields
from orders.words.edits import Change, Names, label_of, value_of

LOOKED_AT = 50
"""Lines of history that are looked through, the newest first."""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A field that is another one than when the form was opened, by whom and when; ``who`` is empty for the machine."""

    name: str
    change: Change
    now: str
    who: str
    at: dt.datetime | None


def tell_meanwhile(order_id: int, names: Sequence[str], base: Fields, now: Fields) -> list[Meanwhile]:
    """The fields with their values in words and whoever changed them last. A fixed number of queries."""
    entries = list(history_of("order", order_id)[:LOOKED_AT])
    people = get_user_model().objects.in_bulk([entry.actor_id for entry in entries if entry.actor_id is not None])
    words = Names([base, now])
    told: list[Meanwhile] = []
    for name in names:
        entry = next((e for e in entries if name in (e.changes or {})), entries[0] if entries else None)
        before, after = value_of(name, base.get(name), words), value_of(name, now.get(name), words)
        pair = (entry.changes or {}).get(name) if entry is not None else None
        if name == RECEIVER and pair:
            before, after = pair
        who = people.get(entry.actor_id or 0) if entry is not None else None
        shown = now.get(name) or ""
        told.append(
            Meanwhile(
                name,
                Change(label_of(name), before, after),
                "" if name == EMAIL else shown,
                str(who or ""),
                entry.at if entry is not None else None,
            )
        )
    return told
