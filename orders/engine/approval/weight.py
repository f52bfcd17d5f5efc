"""The estimated weight of the parcel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from orders.engine.approval.ranges import Range
from orders.engine.texts import N_

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


class Weight(Range):
    """From ``low`` to ``high`` grams, both included."""

    __slots__ = ()

    KIND: ClassVar[str] = "weight"
    LABEL: ClassVar[str] = N_("Weight")
    RANK: ClassVar[int] = 0
    CODES: ClassVar[Mapping[str, str]] = {
        "weight_below": N_("the parcel is too light"),
        "weight_above": N_("the parcel is too heavy"),
    }
    TEXTS: ClassVar[tuple[str, str, str]] = (
        N_("the parcel weighs %(low)s g to %(high)s g"),
        N_("the parcel weighs %(low)s g or more"),
        N_("the parcel weighs %(high)s g or less"),
    )

    @staticmethod
    def value(applicant: Applicant) -> int:
        return applicant.order.weight_g
