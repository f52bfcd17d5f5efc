"""Where the parcel goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import BadCondition, Condition, choice_of, words_of
from orders.engine.texts import N_, Ids, Sentence
from warehouse.engine.prefixes import is_prefix

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


IN, OUT = "in", "out"


@dataclass(frozen=True, slots=True)
class Region(Condition):
    """The receiver's region begins with one of the prefixes (``in``), or with none (``out``)."""

    KIND: ClassVar[str] = "region"
    LABEL: ClassVar[str] = N_("Region")
    RANK: ClassVar[int] = 0
    FIELDS: ClassVar[tuple[str, ...]] = ("mode", "regions")
    CODES: ClassVar[Mapping[str, str]] = {
        "other_region": N_("it is for other regions"),
        "region_barred": N_("it goes to a region that is left out"),
    }

    mode: str
    prefixes: tuple[str, ...]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        prefixes = tuple(sorted(words_of(data, "regions")))
        if not prefixes:
            raise BadCondition(Sentence(N_("Name a region."), {}))
        for prefix in prefixes:
            if not is_prefix(prefix):
                raise BadCondition(Sentence(N_("“%(value)s” is no region code."), {"value": prefix}))
        return cls(choice_of(data, "mode", (IN, OUT)), prefixes)

    def failure(self, applicant: Applicant) -> str | None:
        inside = (applicant.draft.region_code or "").startswith(self.prefixes)
        if self.mode == IN:
            return None if inside else "other_region"
        return "region_barred" if inside else None

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Region) or self.mode != IN:
            return None
        if other.mode == OUT and all(prefix.startswith(other.prefixes) for prefix in self.prefixes):
            names = {"regions": Ids("region", self.prefixes)}
            return Sentence(N_("The same region is asked for and left out: %(regions)s."), names)
        apart = all(
            not prefix.startswith(other.prefixes) and not any(one.startswith(prefix) for one in other.prefixes)
            for prefix in self.prefixes
        )
        if other.mode == IN and apart:
            return Sentence(N_("No region lies in both lists of regions."), {})
        return None

    def sentence(self) -> Sentence:
        names = {"regions": Ids("region", self.prefixes)}
        if self.mode == IN:
            return Sentence(N_("it goes to %(regions)s"), names)
        return Sentence(N_("it does not go to %(regions)s"), names)
