"""Marks: what people put on an order. Trades do not know them and overwrite none; splits hand them on, merges join them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from oms.core.values import quick


@quick
@dataclass(frozen=True, slots=True)
class Owner:
    """Department and salesperson (ids), and the business type."""

    department_id: int | None = None
    salesperson_id: int | None = None
    business_type: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Marks:
    """``tags`` are ids of ``OrderTag``; ``note`` is for colleagues, neither buyer nor platform see it.

    ``reminders`` counts how often the buyer asked for the parcel, ``reminded_at`` is when last. ``owner`` is who the order belongs to
    where a person said so.
    """

    tags: tuple[int, ...] = ()
    note: str = ""
    reminders: int = 0
    reminded_at: dt.datetime | None = None
    owner: Owner | None = None


NO_MARKS = Marks()


def join_marks(all_marks: Sequence[Marks]) -> Marks:
    """The marks of a merged order: every tag and every note once, the most reminders, the first owner."""
    if all(marks == NO_MARKS for marks in all_marks):
        return NO_MARKS
    return Marks(
        tuple(dict.fromkeys(tag for marks in all_marks for tag in marks.tags)),
        "\n".join(dict.fromkeys(marks.note for marks in all_marks if marks.note)),
        max(marks.reminders for marks in all_marks),
        max((marks.reminded_at for marks in all_marks if marks.reminded_at is not None), default=None),
        next((marks.owner for marks in all_marks if marks.owner is not None), None),
    )
