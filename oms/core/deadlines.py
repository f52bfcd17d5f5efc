"""Open work by what is left of its promise."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet


def count_by_deadline(found: QuerySet[Any], field: str, now: dt.datetime, hours: Sequence[int]) -> list[int]:
    """How many rows fall due before now, then up to each of the hours from now (ascending), then later; one query.

    Rows that promise no time are in none of them.
    """
    bounds = [now + dt.timedelta(hours=hour) for hour in (0, *hours)]
    before = {f"before{at}": Count("pk", filter=Q(**{f"{field}__lt": bound})) for at, bound in enumerate(bounds)}
    counts = found.filter(**{f"{field}__isnull": False}).order_by().aggregate(all=Count("pk"), **before)
    running = [0, *(counts[name] for name in before), counts["all"]]
    return [after - earlier for earlier, after in itertools.pairwise(running)]
