"""Pages of a list whose cost is bounded: the rows of one page, and a count that stops counting.

A person reads a few pages and then narrows the list down; nobody needs the exact size of a list of a million rows, and an
exact figure would make it as dear as the archive is long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
COUNTED = 10_000
"""Rows that are counted and paged through; what lies beyond is reached by a narrower question."""


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """One page, numbered from 1. ``total`` is None when there are more rows than are counted."""

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


def _rows(queryset: QuerySet[M], offset: int, count: int) -> QuerySet[M]:
    """The rows at the offset. What is skipped is skipped in the index: only the rows of the page are read and joined."""
    query = queryset.query
    if not offset or query.distinct or query.combinator or query.group_by is not None:
        return queryset[offset : offset + count]
    return queryset.filter(pk__in=queryset.values("pk")[offset : offset + count])


def load_page(queryset: QuerySet[M], number: int, *, size: int = PAGE_SIZE) -> Page[M]:
    """The rows of a page of an ordered queryset, in at most two queries; a page after the end is the last one (three queries)."""
    offset = (number - 1) * size
    rows = list(_rows(queryset, offset, size + 1))
    if len(rows) <= size and (rows or number == 1):
        return Page(rows, number, size, offset + len(rows), has_next=False)
    counted = queryset.order_by()[: COUNTED + 1].count()
    if not rows:
        # The list grew shorter while the person was on its last page.
        return load_page(queryset, max(1, -(-counted // size)), size=size)
    return Page(rows[:size], number, size, counted if counted <= COUNTED else None, len(rows) > size)
