"""The checks of every minute as a person sees them: what must be true, whether it is, and what is stopped where it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.core import invariants, watch
from oms.core.models import Check, Stop

SILENT_AFTER = dt.timedelta(minutes=5)

KINDS: dict[str, Promise] = {watch.STOCK: _("Goods"), watch.ORDER: _("Orders"), watch.SHIPMENT: _("Parcels")}


@dataclass(frozen=True, slots=True)
class Row:
    """One invariant: its sentence, the last check of it (None before the first), and the rows that break it, as texts."""

    code: str
    sentence: Promise | str
    check: Check | None
    examples: Sequence[str]
    stops: Promise | str


def broken_count() -> int:
    """How many invariants do not hold."""
    return Check.objects.filter(broken_since__isnull=False).count()


def minutes_of_silence() -> int:
    """Minutes since the last check when it should have been long ago; 0 when all is well or nothing was ever checked."""
    last = Check.objects.aggregate(last=Max("checked_at"))["last"]
    silence = timezone.now() - last if last is not None else dt.timedelta()
    return int(silence.total_seconds() // 60) if silence > SILENT_AFTER else 0


def rows() -> list[Row]:
    """Every invariant, those that do not hold first."""
    known = {check.code: check for check in Check.objects.all()}
    found = [_row(one, known.get(one.code)) for one in invariants.registered()]
    return sorted(found, key=lambda row: (row.check is None or row.check.broken_since is None, row.code))


def _row(one: invariants.Invariant, check: Check | None) -> Row:
    examples: list[list[Any]] = check.examples if check is not None else []
    stops = KINDS[one.stops.kind] if one.stops is not None else ""
    return Row(one.code, one.sentence, check, [", ".join(map(str, row)) for row in examples], stops)


def stop_counts() -> list[tuple[Promise, int]]:
    """What is stopped now: the kind in words and how many of it."""
    counted = Stop.objects.order_by("kind").values("kind").annotate(number=Count("id"))
    return [(KINDS[row["kind"]], row["number"]) for row in counted if row["kind"] in KINDS]
