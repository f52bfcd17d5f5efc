"""The estimated weight of the parcel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import Condition, int_of, need_a_bound, range_clash, range_flaw, range_sentence
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


@dataclass(frozen=True, slots=True)
class Weight(Condition):
    """From ``low`` to ``high`` grams, both included."""

    KIND: ClassVar[str] = "weight"
    LABEL: ClassVar[str] = N_("Weight")
    RANK: ClassVar[int] = 0
    FIELDS: ClassVar[tuple[str, ...]] = ("min", "max")
    CODES: ClassVar[Mapping[str, str]] = {
        "weight_below": N_("the parcel is too light"),
        "weight_above": N_("the parcel is too heavy"),
    }

    low: int | None = None
    high: int | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        low, high = int_of(data, "min"), int_of(data, "max")
        need_a_bound(low, high)
        return cls(low, high)

    def failure(self, applicant: Applicant) -> str | None:
        value = applicant.order.weight_g
        if self.low is not None and value < self.low:
            return "weight_below"
        return "weight_above" if self.high is not None and value > self.high else None

    def flaw(self) -> Sentence | None:
        return range_flaw(self.low, self.high)

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Weight):
            return None
        return range_clash((self.low, self.high), (other.low, other.high))

    def sentence(self) -> Sentence:
        texts = (
            N_("the parcel weighs %(low)s g to %(high)s g"),
            N_("the parcel weighs %(low)s g or more"),
            N_("the parcel weighs %(high)s g or less"),
        )
        return range_sentence(texts, self.low, self.high)
