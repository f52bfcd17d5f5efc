"""What conditions on a figure have in common: a lower bound, an upper bound, or both, each included.

A kind says how the figure of an order is read, how a bound is written in JSON, its two codes (below, above) and its three sentences
("from … to …", "at least …", "at most …").
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import (
    Condition,
    decimal_of,
    int_of,
    need_a_bound,
    range_clash,
    range_flaw,
    range_sentence,
)
from orders.engine.texts import Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


@dataclass(frozen=True, slots=True)
class Range(Condition):
    """From ``low`` to ``high``; None means no bound."""

    FIELDS: ClassVar[tuple[str, ...]] = ("min", "max")
    TEXTS: ClassVar[tuple[str, str, str]]

    low: Decimal | int | None = None
    high: Decimal | int | None = None

    @staticmethod
    @abstractmethod
    def value(applicant: Applicant) -> Decimal | int:
        """The order's figure."""

    @staticmethod
    def bound(data: Mapping[str, Any], name: str) -> Decimal | int | None:
        """A bound of the JSON; whole numbers unless the kind says otherwise. Raises BadCondition."""
        return int_of(data, name)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        low, high = cls.bound(data, "min"), cls.bound(data, "max")
        need_a_bound(low, high)
        return cls(low, high)

    def failure(self, applicant: Applicant) -> str | None:
        value = self.value(applicant)
        below, above = self.CODES
        if self.low is not None and value < self.low:
            return below
        return above if self.high is not None and value > self.high else None

    def flaw(self) -> Sentence | None:
        return range_flaw(self.low, self.high)

    def clash(self, other: Condition) -> Sentence | None:
        if not isinstance(other, Range) or other.KIND != self.KIND:
            return None
        return range_clash((self.low, self.high), (other.low, other.high))

    def sentence(self) -> Sentence:
        return range_sentence(self.TEXTS, self.low, self.high)


class DecimalRange(Range):
    """A range whose bounds may have decimals."""

    __slots__ = ()

    @staticmethod
    def bound(data: Mapping[str, Any], name: str) -> Decimal | None:
        return decimal_of(data, name)
