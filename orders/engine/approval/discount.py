"""The discount as a share of the goods' price."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from orders.engine.approval.ranges import DecimalRange
from orders.engine.texts import N_

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


class Discount(DecimalRange):
    """From ``low`` to ``high`` percent, both included."""

    __slots__ = ()

    KIND: ClassVar[str] = "discount"
    LABEL: ClassVar[str] = N_("Share of discount")
    RANK: ClassVar[int] = 1
    CODES: ClassVar[Mapping[str, str]] = {
        "discount_below": N_("the discount is too small"),
        "discount_above": N_("the discount is too large"),
    }
    TEXTS: ClassVar[tuple[str, str, str]] = (
        N_("the discount is %(low)s %% to %(high)s %%"),
        N_("the discount is %(low)s %% or more"),
        N_("the discount is %(high)s %% or less"),
    )

    @staticmethod
    def value(applicant: Applicant) -> Decimal:
        return applicant.discount_percent
