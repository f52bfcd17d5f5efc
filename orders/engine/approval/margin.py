"""The expected margin (``orders.engine.margin``), in yuan or in percent of the revenue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import BadCondition, Condition, choice_of, decimal_of
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


@dataclass(frozen=True, slots=True)
class LeastMargin(Condition):
    """``least`` yuan or percent are left at least."""

    KIND: ClassVar[str] = "margin"
    LABEL: ClassVar[str] = N_("Expected margin")
    RANK: ClassVar[int] = 3
    FIELDS: ClassVar[tuple[str, ...]] = ("least", "unit")
    CODES: ClassVar[Mapping[str, str]] = {
        "margin_below": N_("the expected margin is too small"),
        "margin_unknown": N_("the margin cannot be told, because the freight or a cost is not known"),
    }

    least: Decimal
    unit: str = "yuan"

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        least = decimal_of(data, "least")
        if least is None:
            raise BadCondition(Sentence(N_("Give a lower or an upper bound."), {}))
        return cls(least, choice_of(data, "unit", ("yuan", "percent")))

    def failure(self, applicant: Applicant) -> str | None:
        margin = applicant.margin
        if margin is None:
            return "margin_unknown"
        value = margin.amount if self.unit == "yuan" else margin.percent
        return None if value >= self.least else "margin_below"

    def flaw(self) -> Sentence | None:
        if self.unit == "percent" and self.least > 100:
            return Sentence(N_("No order can earn more than 100 % of what is paid."), {})
        return None

    def sentence(self) -> Sentence:
        if self.unit == "yuan":
            return Sentence(N_("the expected margin is ¥%(least)s or more"), {"least": self.least})
        return Sentence(N_("the expected margin is %(least)s %% or more"), {"least": self.least})
