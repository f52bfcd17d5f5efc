"""How many units are to ship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from orders.engine.approval.ranges import Range
from orders.engine.texts import N_

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


class Quantity(Range):
    """From ``low`` to ``high`` units, both included."""

    __slots__ = ()

    KIND: ClassVar[str] = "quantity"
    LABEL: ClassVar[str] = N_("Units")
    RANK: ClassVar[int] = 1
    CODES: ClassVar[Mapping[str, str]] = {
        "quantity_below": N_("there are too few units"),
        "quantity_above": N_("there are too many units"),
    }
    TEXTS: ClassVar[tuple[str, str, str]] = (
        N_("%(low)s to %(high)s units ship"),
        N_("%(low)s units or more ship"),
        N_("%(high)s units or fewer ship"),
    )

    @staticmethod
    def value(applicant: Applicant) -> int:
        return applicant.units
