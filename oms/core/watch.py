"""The invariants in operation: checked every minute, written down, and what a violation touches is stopped until it holds again.

    one at a time → examine on one snapshot → one transaction: results, stops that are new, stops that ended and the news of it

Kinds of things that are stopped, and by whom:

    stock      warehouse and SKU: no order that needs it passes an audit, no parcel that holds it leaves
    order      it passes no audit, and its parcel does not leave
    shipment   it does not leave
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from oms.core.events import publish
from oms.core.invariants import Examined, Violation, examine_all
from oms.core.locks import try_to_be_the_only
from oms.core.models import Check, Stop

STOCK, ORDER, SHIPMENT = "stock", "order", "shipment"

StopKey = tuple[str, int, int, str]
"""Kind, keys, code of the invariant."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StopsEnded:
    """Nothing stops these kinds of things any more where it did before, in the same transaction."""

    kinds: tuple[str, ...]


def watch() -> list[Violation] | None:
    """Check everything, write it down, stop and let go; what does not hold. None when another process is checking."""
    with try_to_be_the_only("core.watch") as alone:
        if not alone:
            return None
        examined = examine_all()
        with transaction.atomic():
            now = timezone.now()
            _write_checks(examined, now)
            _write_stops(examined, now)
    violations = [one.violation for one in examined if one.violation is not None]
    for violation in violations:
        logger.error("%s does not hold: %s rows", violation.code, violation.count)
    return violations


def _write_checks(examined: Sequence[Examined], now: dt.datetime) -> None:
    broken = dict(Check.objects.filter(broken_since__isnull=False).values_list("code", "broken_since"))
    rows = []
    for one in examined:
        violation = one.violation
        rows.append(
            Check(
                code=one.invariant.code,
                checked_at=now,
                broken_since=None if violation is None else broken.get(one.invariant.code, now),
                count=0 if violation is None else violation.count,
                examples=[] if violation is None else json.loads(json.dumps(violation.examples, default=str)),
                took_ms=round(one.seconds * 1000),
            )
        )
    Check.objects.exclude(code__in=[row.code for row in rows]).delete()
    Check.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["checked_at", "broken_since", "count", "examples", "took_ms"],
    )


def _write_stops(examined: Sequence[Examined], now: dt.datetime) -> None:
    wanted: set[StopKey] = {
        (one.invariant.stops.kind, first, second, one.invariant.code)
        for one in examined
        if one.violation is not None and one.invariant.stops is not None
        for first, second in one.violation.stops
    }
    there = {(stop.kind, stop.first, stop.second, stop.code): stop.id for stop in Stop.objects.all()}
    ended = there.keys() - wanted
    Stop.objects.filter(id__in=[there[key] for key in ended]).delete()
    Stop.objects.bulk_create(
        Stop(kind=kind, first=first, second=second, code=code, since=now)
        for kind, first, second, code in sorted(wanted - there.keys())
    )
    if ended:
        publish(StopsEnded(tuple(sorted({kind for kind, *_rest in ended}))))


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
