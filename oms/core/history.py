"""History: written in the transaction of what it tells, read on the page of the object."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from oms.core.bulk import copy_rows
from oms.core.models import HistoryEntry
from oms.core.values import quick

COLUMNS = ("at", "kind", "subject_id", "action", "from_state", "to_state", "reason", "actor_id", "run", "changes")


@quick
@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line to be written. ``changes`` maps a field to its old and new value, never with receiver data in clear."""

    kind: str
    subject_id: int
    action: str
    from_state: str = ""
    to_state: str = ""
    reason: str = ""
    actor_id: int | None = None
    run: uuid.UUID | None = None
    changes: Mapping[str, Any] | None = None


def write_history(rows: Iterable[HistoryRow], *, at: dt.datetime | None = None) -> int:
    """Write the lines by one COPY and return how many."""
    moment = at or timezone.now()
    return copy_rows(
        HistoryEntry,
        COLUMNS,
        (
            (
                moment,
                row.kind,
                row.subject_id,
                row.action,
                row.from_state,
                row.to_state,
                row.reason,
                row.actor_id,
                None if row.run is None else str(row.run),
                None if row.changes is None else dict(row.changes),
            )
            for row in rows
        ),
    )


def history_of(kind: str, subject_id: int) -> QuerySet[HistoryEntry]:
    """The lines of one object, newest first."""
    return HistoryEntry.objects.filter(kind=kind, subject_id=subject_id).order_by("-at", "-id")
