"""The days that are played: each with trades, a company and steps of its own, so that the work grows with their sum."""

from __future__ import annotations

from tests.crash import parts, scenario
from tests.crash.world import Day

DAYS: dict[str, Day] = {
    day.name: day
    for day in (
        Day("line", scenario.TRADES, scenario.STEPS),
        Day("parts", parts.TRADES, parts.STEPS, parts.prepare, parts.WISHES, {"plain_receivers": True}),
    )
}
"""``line`` is the main line; ``parts`` is what divides, joins and adds to orders."""
