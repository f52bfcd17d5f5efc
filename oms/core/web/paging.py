"""Pages of a list whose cost is bounded: the rows of one page, and a count that stops counting.

A person reads a few pages and then narrows the list down; nobody needs the exact size of a list of a million rows, and an
exact figure would make it as dear as the archive is long.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
COUNTED = 10_000
"""Rows that are counted and paged through; what lies beyond is reached by a narrower question."""

DEAR = 20_000.0
"""What counting may cost where that is asked, in PostgreSQL's own measure (a page read in order is 1): some tens of milliseconds."""


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """One page, numbered from 1. ``total`` is None when there are more rows than are counted, or counting is dear."""

    object_list: Sequence[M]
    number: int
    size: int
    total: int | None
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def next_number(self) -> int:
        return self.number + 1

    @property
    def previous_number(self) -> int:
        return self.number - 1

    @property
    def start(self) -> int:
        """Position of the first row, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def end(self) -> int:
        """Position of the last row."""
        return self.start + len(self.object_list) - 1


def asked_page(request: HttpRequest) -> int:
    """The page number of the address; nonsense and numbers out of reach count as the nearest sensible one."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return max(1, min(number, COUNTED // PAGE_SIZE))


def _rows(queryset: QuerySet[M], keys: QuerySet[M] | None, offset: int, count: int) -> QuerySet[M]:
    """The rows at the offset. What is skipped is skipped in the index: only the rows of the page are read and joined."""
    if keys is not None:
        return queryset.filter(pk__in=keys.values("pk")[offset : offset + count])
    query = queryset.query
    if not offset or query.distinct or query.combinator or query.group_by is not None:
        return queryset[offset : offset + count]
    return queryset.filter(pk__in=queryset.values("pk")[offset : offset + count])


def _cost(queryset: QuerySet[M]) -> float:
    """What the database expects the rows to cost."""
    (plan,) = json.loads(queryset.explain(format="json"))
    return float(plan["Plan"]["Total Cost"])


def load_page(
    queryset: QuerySet[M],
    number: int,
    *,
    size: int = PAGE_SIZE,
    keys: QuerySet[M] | None = None,
    total: int | None = None,
    dear: float | None = None,
) -> Page[M]:
    """The rows of a page of an ordered queryset, in at most two queries; a page after the end is the last one (three queries).

    Where rows are wide, ``keys`` says in the same order which they are, and ``queryset`` narrows nothing. ``total`` is for who has
    counted already. With ``dear`` the database is asked before what the counting would cost, and a list that is dearer is not
    counted: for questions that no index answers, of an archive that only grows.
    """
    offset = (number - 1) * size
    rows = list(_rows(queryset, keys, offset, size + 1))
    if len(rows) <= size and (rows or number == 1):
        return Page(rows, number, size, offset + len(rows), has_next=False)
    countable = (queryset if keys is None else keys).order_by()[: COUNTED + 1]
    if rows and total is None and dear is not None and _cost(countable) > dear:
        return Page(rows[:size], number, size, None, len(rows) > size)
    counted = countable.count() if total is None or not rows else total
    if not rows:
        # The list grew shorter while the person was on its last page.
        return load_page(queryset, max(1, -(-counted // size)), size=size, keys=keys)
    return Page(rows[:size], number, size, counted if counted <= COUNTED else None, len(rows) > size)
