"""The discount as a share of the goods' price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import Condition, decimal_of, need_a_bound, range_clash, range_flaw, range_sentence
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


@dataclass(frozen=True, slots=True)
class Discount(Condition):
    """From ``low`` to ``high`` percent, both included."""

    KIND: ClassVar[str] = "discount"
    LABEL: ClassVar[str] = N_("Discount")
    RANK: ClassVar[int] = 1
    FIELDS: ClassVar[tuple[str, ...]] = ("min", "max")
    CODES: ClassVar[Mapping[str, str]] = {
        "discount_below": N_("the discount is too small"),
        "discount_above": N_("the discount is too large"),
    }

    low: Decimal | None = None
    high: Decimal | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        low, high = decimal_of(data, "min"), decimal_of(data, "max")
        need_a_bound(low, high)
        return cls(low, high)

    def failure(self, applicant: Applicant) -> str | None:
        value = applicant.discount_percent
        if self.low is not None and value < self.low:
            return "discount_below"
        return "discount_above" if self.high is not None and value > self.high else None

    def flaw(self) -> Sentence | None:
        return range_flaw(self.low, self.high)

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Discount):
            return None
        return range_clash((self.low, self.high), (other.low, other.high))

    def sentence(self) -> Sentence:
        texts = (
            N_("the discount is %(low)s %% to %(high)s %%"),
            N_("the discount is %(low)s %% or more"),
            N_("the discount is %(high)s %% or less"),
        )
        return range_sentence(texts, self.low, self.high)
