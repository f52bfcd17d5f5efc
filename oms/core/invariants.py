"""What must always be true, as set-based queries that return the rows for which it is not.

A room registers its invariants in ``invariants.py``, imported by its AppConfig. ``manage.py check_invariants`` runs all of them;
in operation ``oms.core.watch`` does every minute, and stops what a violation touches.

``[lately o.id]`` in an invariant's SQL is where it can be narrowed to the orders that something happened to lately, by their
history: it adds a condition there, or nothing.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.functional import Promise

EXAMPLES = 20

LATELY = re.compile(r"\[lately ([\w.]+)\]")

MOST_STOPS = 10_000
"""More rows than these are not stopped one by one; so much broken needs a person at once."""


@dataclass(frozen=True, slots=True)
class Stops:
    """What a violation stops until it holds again: things of a kind, by one or two SQL expressions over the violation's columns."""

    kind: str
    first: str
    second: str = "0"


@dataclass(frozen=True, slots=True)
class Invariant:
    """A named truth and the SQL that finds what breaks it; the first column is the broken row's key."""

    code: str
    sentence: str | Promise
    sql: str
    stops: Stops | None = None

    @property
    def can_look_back(self) -> bool:
        """Whether it can be checked for what happened lately alone."""
        return LATELY.search(self.sql) is not None

    def narrowed(self, since: dt.datetime | None) -> str:
        """Its SQL: about everything, or about the orders to which something happened since then."""
        if since is None:
            return LATELY.sub("", self.sql)
        happened = f"SELECT DISTINCT subject_id AS id FROM core_historyentry WHERE kind = 'order' AND at >= '{since.isoformat()}'"
        narrowed = LATELY.sub(r"AND \1 IN (SELECT id FROM lately)", self.sql)
        return f"WITH lately AS MATERIALIZED ({happened}) SELECT * FROM ({narrowed}) narrowed"


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold: how many rows break it, the first of them, and the keys of what is to be stopped."""

    code: str
    sentence: str
    count: int
    examples: tuple[tuple[Any, ...], ...]
    stops: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of one invariant, and how many seconds it took."""

    invariant: Invariant
    violation: Violation | None
    seconds: float
    failed: bool = False
    """It could not be made; the violation says why."""


_registered: dict[str, Invariant] = {}


def register(code: str, sentence: str | Promise, sql: str, *, stops: Stops | None = None) -> None:
    """Add an invariant under its stable code."""
    _registered[code] = Invariant(code, sentence, sql, stops)


def registered() -> list[Invariant]:
    """All invariants by code."""
    return [_registered[code] for code in sorted(_registered)]


def examine_all(select: Callable[[Invariant], bool] = lambda invariant: True) -> list[Examined]:
    """Run the invariants on one snapshot, so that work going on meanwhile looks like no contradiction."""
    with _snapshot() as cursor:
        return [_examine(cursor, invariant, None) for invariant in filter(select, registered())]


def examine(invariant: Invariant, *, since: dt.datetime | None = None, limit_s: int | None = None) -> Examined:
    """Run one invariant on a snapshot of its own, about everything or what happened since then; a statement may take ``limit_s``."""
    with _snapshot() as cursor:
        if limit_s is not None:
            cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", [f"{limit_s}s"])
        return _examine(cursor, invariant, since)


@contextmanager
def _snapshot() -> Iterator[CursorWrapper]:
    inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not inside:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield cursor


def _examine(cursor: CursorWrapper, invariant: Invariant, since: dt.datetime | None) -> Examined:
    began = time.perf_counter()
    sql = invariant.narrowed(since)
    cursor.execute(f"SELECT count(*) OVER () AS total, x.* FROM ({sql}) x LIMIT {EXAMPLES}")
    rows = cursor.fetchall()
    violation = None
    if rows:
        examples = tuple(tuple(row[1:]) for row in rows)
        stops = _stops(cursor, invariant, sql)
        violation = Violation(invariant.code, str(invariant.sentence), rows[0][0], examples, stops)
    return Examined(invariant, violation, time.perf_counter() - began)


def _stops(cursor: CursorWrapper, invariant: Invariant, sql: str) -> tuple[tuple[int, int], ...]:
    if invariant.stops is None:
        return ()
    cursor.execute(
        f"SELECT DISTINCT {invariant.stops.first} AS first, {invariant.stops.second} AS second "
        f"FROM ({sql}) x ORDER BY 1, 2 LIMIT {MOST_STOPS}"
    )
    return tuple((first, second) for first, second in cursor.fetchall() if first is not None and second is not None)


def check_all(select: Callable[[Invariant], bool] = lambda invariant: True) -> list[Violation]:
    """Those invariants that do not hold."""
    return [one.violation for one in examine_all(select) if one.violation is not None]
