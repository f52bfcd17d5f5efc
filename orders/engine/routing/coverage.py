"""Whether a carrier or a warehouse delivers to a region.

Rows are (carrier, warehouse) → region prefix → covered or excluded. Of the rows that fit a region the longest prefix decides; between a
carrier's general row and that of one warehouse, the warehouse's own decides when they are equally long. Who has no rows at
all delivers everywhere. A region that is known only to its province or city, while a part of it is excluded, is "too coarse": a
parcel might be refused, so that nobody says yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from warehouse.engine.prefixes import core, longest_first

Key = tuple[int | None, int | None]


class Reach(StrEnum):
    """The answer."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    EXCLUDED = "excluded"
    TOO_COARSE = "region_too_coarse"


class CoverageIndex:
    """The rows of a moment, found by prefix; answers each distinct question once."""

    def __init__(self, rows: Mapping[Key, Mapping[str, bool]] | None = None) -> None:
        self._rows: dict[Key, Mapping[str, bool]] = dict(rows or {})
        self._answers: dict[tuple[int | None, int, str], Reach] = {}

    def warehouse(self, warehouse_id: int, region: str) -> Reach:
        """Whether the warehouse ships to the region."""
        question = (None, warehouse_id, region)
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = self._reach(region, self._rows.get((None, warehouse_id)), None)
        return answer

    def carrier(self, carrier_id: int, warehouse_id: int, region: str) -> Reach:
        """Whether the carrier delivers from the warehouse to the region."""
        own = self._rows.get((carrier_id, warehouse_id))
        # Without regions of its own a warehouse has the answer of all others.
        question = (carrier_id, 0 if own is None else warehouse_id, region)
        answer = self._answers.get(question)
        if answer is None:
            general = self._rows.get((carrier_id, None))
            answer = self._answers[question] = self._reach(region, own, general)
        return answer

    def _reach(self, region: str, own: Mapping[str, bool] | None, general: Mapping[str, bool] | None) -> Reach:
        if own is None and general is None:
            return Reach.COVERED
        sources = [rows for rows in (own, general) if rows is not None]
        for prefix in longest_first(region):
            for rows in sources:
                if prefix in rows:
                    if not rows[prefix]:
                        return Reach.EXCLUDED
                    return Reach.TOO_COARSE if self._hides_exclusion(region, sources) else Reach.COVERED
        return Reach.NOT_COVERED

    @staticmethod
    def _hides_exclusion(region: str, sources: list[Mapping[str, bool]]) -> bool:
        known = core(region)
        if len(known) == len(region):
            return False
        return any(
            not covered and len(prefix) > len(known) and prefix.startswith(known)
            for rows in sources
            for prefix, covered in rows.items()
        )
