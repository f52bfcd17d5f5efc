"""Gifts in the parcel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import Condition, int_of, need_a_bound, range_clash, range_flaw, range_sentence
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


@dataclass(frozen=True, slots=True)
class Gifts(Condition):
    """From ``low`` to ``high`` units of gifts, both included."""

    KIND: ClassVar[str] = "gifts"
    LABEL: ClassVar[str] = N_("Gifts")
    RANK: ClassVar[int] = 1
    FIELDS: ClassVar[tuple[str, ...]] = ("min", "max")
    CODES: ClassVar[Mapping[str, str]] = {
        "gifts_below": N_("there are too few gifts"),
        "gifts_above": N_("there are too many gifts"),
    }

    low: int | None = None
    high: int | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        low, high = int_of(data, "min"), int_of(data, "max")
        need_a_bound(low, high)
        return cls(low, high)

    def failure(self, applicant: Applicant) -> str | None:
        value = applicant.gifts
        if self.low is not None and value < self.low:
            return "gifts_below"
        return "gifts_above" if self.high is not None and value > self.high else None

    def flaw(self) -> Sentence | None:
        return range_flaw(self.low, self.high)

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Gifts):
            return None
        return range_clash((self.low, self.high), (other.low, other.high))

    def sentence(self) -> Sentence:
        texts = (
            N_("there are %(low)s to %(high)s gifts"),
            N_("there are %(low)s gifts or more"),
            N_("there are %(high)s gifts or fewer"),
        )
        return range_sentence(texts, self.low, self.high)
