"""How many units are to ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import Condition, int_of, need_a_bound, range_clash, range_flaw, range_sentence
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


@dataclass(frozen=True, slots=True)
class Quantity(Condition):
    """From ``low`` to ``high`` units, both included."""

    KIND: ClassVar[str] = "quantity"
    LABEL: ClassVar[str] = N_("Units")
    RANK: ClassVar[int] = 1
    FIELDS: ClassVar[tuple[str, ...]] = ("min", "max")
    CODES: ClassVar[Mapping[str, str]] = {
        "quantity_below": N_("there are too few units"),
        "quantity_above": N_("there are too many units"),
    }

    low: int | None = None
    high: int | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        low, high = int_of(data, "min"), int_of(data, "max")
        need_a_bound(low, high)
        return cls(low, high)

    def failure(self, applicant: Applicant) -> str | None:
        value = applicant.units
        if self.low is not None and value < self.low:
            return "quantity_below"
        return "quantity_above" if self.high is not None and value > self.high else None

    def flaw(self) -> Sentence | None:
        return range_flaw(self.low, self.high)

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Quantity):
            return None
        return range_clash((self.low, self.high), (other.low, other.high))

    def sentence(self) -> Sentence:
        texts = (
            N_("%(low)s to %(high)s units ship"),
            N_("%(low)s units or more ship"),
            N_("%(high)s units or fewer ship"),
        )
        return range_sentence(texts, self.low, self.high)
