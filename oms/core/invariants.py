"""What must always be true, as set-based queries that return the rows for which it is not.

A room registers its invariants in ``invariants.py``, imported by its AppConfig. ``manage.py check_invariants`` runs all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """A named truth and the SQL that finds what breaks it; the first column is the broken row's key."""

    code: str
    sentence: str | Promise
    sql: str


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold: how many rows break it, and the first of them."""

    code: str
    sentence: str
    count: int
    examples: tuple[tuple[Any, ...], ...]


_registered: dict[str, Invariant] = {}


def register(code: str, sentence: str | Promise, sql: str) -> None:
    """Add an invariant under its stable code."""
    _registered[code] = Invariant(code, sentence, sql)


def registered() -> list[Invariant]:
    """All invariants by code."""
    return [_registered[code] for code in sorted(_registered)]


def check_all(select: Callable[[Invariant], bool] = lambda invariant: True) -> list[Violation]:
    """Run the invariants on one snapshot, so that work going on meanwhile looks like no contradiction; those that do not hold."""
    violations: list[Violation] = []
    inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not inside:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for invariant in filter(select, registered()):
            cursor.execute(f"SELECT count(*) OVER () AS total, x.* FROM ({invariant.sql}) x LIMIT {EXAMPLES}")
            rows = cursor.fetchall()
            if rows:
                violations.append(
                    Violation(
                        invariant.code, str(invariant.sentence), rows[0][0], tuple(tuple(row[1:]) for row in rows)
                    )
                )
    return violations
