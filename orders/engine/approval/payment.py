"""How the buyer pays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from orders.engine.approval.base import Condition, choice_of
from orders.engine.texts import N_, Sentence

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


ONLINE, COD = "online", "cod"


@dataclass(frozen=True, slots=True)
class Payment(Condition):
    """Paid online, or cash on delivery."""

    KIND: ClassVar[str] = "payment"
    LABEL: ClassVar[str] = N_("Payment")
    RANK: ClassVar[int] = 0
    FIELDS: ClassVar[tuple[str, ...]] = ("payment",)
    CODES: ClassVar[Mapping[str, str]] = {
        "cash_on_delivery": N_("it is cash on delivery"),
        "paid_online": N_("it is paid online"),
    }

    payment: str = ONLINE

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        return cls(choice_of(data, "payment", (ONLINE, COD)))

    def failure(self, applicant: Applicant) -> str | None:
        if applicant.draft.payment_kind == self.payment:
            return None
        return "cash_on_delivery" if self.payment == ONLINE else "paid_online"

    def clash(self, other: Condition) -> Sentence | None:
        if isinstance(other, Payment) and self.payment != other.payment:
            return Sentence(N_("No order is paid online and on delivery at once."), {})
        return None

    def sentence(self) -> Sentence:
        if self.payment == COD:
            return Sentence(N_("it is cash on delivery"), {})
        return Sentence(N_("it is paid online"), {})
