"""Who the buyer is to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import Condition
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


@dataclass(frozen=True, slots=True)
class FirstTime(Condition):
    """The buyer has bought before, or (``wanted``) buys for the first time."""

    KIND: ClassVar[str] = "first_time"
    LABEL: ClassVar[str] = N_("First-time buyer")
    FIELDS: ClassVar[tuple[str, ...]] = ("wanted",)
    CODES: ClassVar[Mapping[str, str]] = {
        "first_time": N_("the buyer buys for the first time"),
        "known_buyer": N_("the buyer has bought before"),
    }

    wanted: bool = False

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(bool(data.get("wanted", False)))

    def failure(self, applicant: Applicant) -> str | None:
        if applicant.first_time == self.wanted:
            return None
        return "known_buyer" if self.wanted else "first_time"

    def clash(self, other: Condition) -> Sentence | None:
        if isinstance(other, FirstTime) and self.wanted != other.wanted:
            return Sentence(N_("No buyer is new and known at once."), {})
        return None

    def sentence(self) -> Sentence:
        if self.wanted:
            return Sentence(N_("the buyer buys for the first time"), {})
        return Sentence(N_("the buyer has bought before"), {})


@dataclass(frozen=True, slots=True)
class NotBlacklisted(Condition):
    """Neither buyer nor receiver is on the blacklist."""

    KIND: ClassVar[str] = "blacklist"
    LABEL: ClassVar[str] = N_("Blacklist")
    CODES: ClassVar[Mapping[str, str]] = {"on_blacklist": N_("the buyer or the receiver is on the blacklist")}

    @classmethod
    def read(cls, _data: Mapping[str, Any]) -> Self:
        return cls()

    def failure(self, applicant: Applicant) -> str | None:
        return "on_blacklist" if applicant.blacklisted else None

    def sentence(self) -> Sentence:
        return Sentence(N_("neither buyer nor receiver is on the blacklist"), {})
