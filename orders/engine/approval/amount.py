"""What the buyer paid, in yuan."""

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
class Amount(Condition):
    """From ``low`` to ``high`` yuan, both included."""

    KIND: ClassVar[str] = "amount"
    LABEL: ClassVar[str] = N_("Amount paid")
    RANK: ClassVar[int] = 0
    FIELDS: ClassVar[tuple[str, ...]] = ("min", "max")
    CODES: ClassVar[Mapping[str, str]] = {
        "amount_below": N_("the amount is too small"),
        "amount_above": N_("the amount is too large"),
    }

    low: Decimal | None = None
    high: Decimal | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        low, high = decimal_of(data, "min"), decimal_of(data, "max")
        need_a_bound(low, high)
        return cls(low, high)

    def failure(self, applicant: Applicant) -> str | None:
        value = applicant.draft.paid_amount
        if self.low is not None and value < self.low:
            return "amount_below"
        return "amount_above" if self.high is not None and value > self.high else None

    def flaw(self) -> Sentence | None:
        return range_flaw(self.low, self.high)

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Amount):
            return None
        return range_clash((self.low, self.high), (other.low, other.high))

    def sentence(self) -> Sentence:
        texts = (
            N_("from ¥%(low)s to ¥%(high)s were paid"),
            N_("¥%(low)s or more were paid"),
            N_("¥%(high)s or less were paid"),
        )
        return range_sentence(texts, self.low, self.high)
