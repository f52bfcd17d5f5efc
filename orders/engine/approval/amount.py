"""What the buyer paid, in yuan."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from orders.engine.approval.ranges import DecimalRange
from orders.engine.texts import N_

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


class Amount(DecimalRange):
    """From ``low`` to ``high`` yuan, both included."""

    __slots__ = ()

    KIND: ClassVar[str] = "amount"
    LABEL: ClassVar[str] = N_("Amount paid")
    RANK: ClassVar[int] = 0
    CODES: ClassVar[Mapping[str, str]] = {
        "amount_below": N_("the amount is too small"),
        "amount_above": N_("the amount is too large"),
    }
    TEXTS: ClassVar[tuple[str, str, str]] = (
        N_("from ¥%(low)s to ¥%(high)s were paid"),
        N_("¥%(low)s or more were paid"),
        N_("¥%(high)s or less were paid"),
    )

    @staticmethod
    def value(applicant: Applicant) -> Decimal:
        return applicant.draft.paid_amount
