"""The invariants in operation: checked every minute, written down, and what a violation touches is stopped until it holds again.

    one at a time → each examined on a snapshot → one transaction: its result, stops that are new, stops that ended and the news of it

Everything is compared with everything as long as that takes seconds. Where the archive makes it take longer, an invariant is checked
in full as often as costs a twentieth of the time, but once an hour; in between it is checked every minute for the orders to which
something happened lately, and in full at once when that shows anything.

Kinds of things that are stopped, and by whom:

    stock      warehouse and SKU: no order that needs it passes an audit, no parcel that holds it leaves
    order      it passes no audit, and its parcel does not leave
    shipment   it does not leave
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import DataError, OperationalError, ProgrammingError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg2.errors import QueryCanceled

from oms.core.boundary import is_of_one
from oms.core.events import publish
from oms.core.invariants import Examined, Invariant, Violation, examine, registered
from oms.core.locks import try_to_be_the_only
from oms.core.models import Check, Stop

STOCK, ORDER, SHIPMENT = "stock", "order", "shipment"

CHEAP = dt.timedelta(seconds=3)
"""Full checks of everything that together take no longer are made every time."""
COST = 20
"""Full checks that take longer are made as rarely as costs one part in so many of the time."""
LONGEST_PAUSE = dt.timedelta(hours=1)
OVERLAP = dt.timedelta(minutes=5)
"""History is written in the transaction of what it tells, with its moment: looking back, so much more is looked at than the time since the
last check. What took longer is found by the next full check."""
LIMIT_S = 300
"""A statement of a check may take so long."""

StopKey = tuple[str, int, int, str]
"""Kind, keys, code of the invariant."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StopsEnded:
    """Nothing stops these kinds of things any more where it did before, in the same transaction."""

    kinds: tuple[str, ...]


def watch() -> list[Violation] | None:
    """Check what is due, write it down, stop and let go; what does not hold. None when another process is checking."""
    with try_to_be_the_only("core.watch") as alone:
        if not alone:
            return None
        known = {check.code: check for check in Check.objects.all()}
        pause = full_pause(check.took_ms for check in known.values())
        violations = []
        for invariant in registered():
            now = timezone.now()
            one = _look(invariant, known.get(invariant.code), now, pause)
            if one is None:
                continue
            with transaction.atomic():
                _write_check(one, known.get(invariant.code), now)
                if not one.failed:
                    _write_stops(one, now)
            if one.violation is not None:
                violations.append(one.violation)
                logger.error("%s does not hold: %s rows", one.violation.code, one.violation.count)
        _forget([invariant.code for invariant in registered()])
    return violations


def full_pause(took_ms: Iterable[int]) -> dt.timedelta:
    """How long after a full check the next one is due, when full checks of all took so long the last time."""
    whole = dt.timedelta(milliseconds=sum(took_ms))
    return dt.timedelta() if whole <= CHEAP else min(whole * COST, LONGEST_PAUSE)


def _look(invariant: Invariant, check: Check | None, now: dt.datetime, pause: dt.timedelta) -> Examined | None:
    """What came of it in full; None when it was not due, or when nothing that happened lately breaks it."""
    if check is not None and check.full_at is not None and now < check.full_at + pause:
        if not invariant.can_look_back:
            return None
        lately = _try(invariant, since=check.checked_at - OVERLAP)
        if lately.violation is None:
            Check.objects.filter(code=invariant.code).update(checked_at=now)
            return None
    return _try(invariant, since=None)


def _try(invariant: Invariant, *, since: dt.datetime | None) -> Examined:
    """Examine it. One that takes too long, or stops on an error of ours, does not count as holding and keeps no other from its turn."""
    began = time.perf_counter()
    try:
        return examine(invariant, since=since, limit_s=LIMIT_S)
    except (ProgrammingError, DataError, OperationalError) as error:
        if not (is_of_one(error) or isinstance(error.__cause__, QueryCanceled)):
            raise
        logger.exception("%s could not be checked", invariant.code)
        why = _("could not be checked (%(name)s)") % {"name": type(error.__cause__ or error).__name__}
        violation = Violation(invariant.code, str(invariant.sentence), 0, ((why,),))
        return Examined(invariant, violation, time.perf_counter() - began, failed=True)


def _write_check(one: Examined, before: Check | None, now: dt.datetime) -> None:
    violation = one.violation
    since = before.broken_since if before is not None else None
    Check.objects.update_or_create(
        code=one.invariant.code,
        defaults={
            "checked_at": now,
            "full_at": now,
            "broken_since": None if violation is None else since or now,
            "count": 0 if violation is None else violation.count,
            "examples": [] if violation is None else json.loads(json.dumps(violation.examples, default=str)),
            "took_ms": round(one.seconds * 1000),
        },
    )


def _write_stops(one: Examined, now: dt.datetime) -> None:
    code, stops = one.invariant.code, one.invariant.stops
    wanted: set[StopKey] = (
        {(stops.kind, first, second, code) for first, second in one.violation.stops}
        if one.violation is not None and stops is not None
        else set()
    )
    there = {(stop.kind, stop.first, stop.second, stop.code): stop.id for stop in Stop.objects.filter(code=code)}
    _end([there[key] for key in there.keys() - wanted], {key[0] for key in there.keys() - wanted})
    Stop.objects.bulk_create(
        Stop(kind=kind, first=first, second=second, code=code, since=now)
        for kind, first, second, code in sorted(wanted - there.keys())
    )


def _end(ids: Sequence[int], kinds: Collection[str]) -> None:
    if ids:
        Stop.objects.filter(id__in=ids).delete()
        publish(StopsEnded(tuple(sorted(kinds))))


def _forget(codes: Sequence[str]) -> None:
    """Results and stops of invariants that there are no more."""
    with transaction.atomic():
        Check.objects.exclude(code__in=codes).delete()
        gone = dict(Stop.objects.exclude(code__in=codes).values_list("id", "kind"))
        _end(list(gone), set(gone.values()))


@dataclass(frozen=True, slots=True)
class Stopped:
    """What is stopped now; nearly always nothing."""

    stock: frozenset[tuple[int, int]]
    orders: frozenset[int]


def load_stopped() -> Stopped:
    """The goods (warehouse and SKU) and the orders that are stopped; one query."""
    found = list(Stop.objects.filter(kind__in=(STOCK, ORDER)).values_list("kind", "first", "second"))
    return Stopped(
        frozenset((first, second) for kind, first, second in found if kind == STOCK),
        frozenset(first for kind, first, _second in found if kind == ORDER),
    )
