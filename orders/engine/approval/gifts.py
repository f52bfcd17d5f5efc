"""Gifts in the parcel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from orders.engine.approval.ranges import Range
from orders.engine.texts import N_

if TYPE_CHECKING:
    from orders.engine.approval.applicant import Applicant


class Gifts(Range):
    """From ``low`` to ``high`` units of gifts, both included."""

    __slots__ = ()

    KIND: ClassVar[str] = "gifts"
    LABEL: ClassVar[str] = N_("Gifts")
    RANK: ClassVar[int] = 1
    CODES: ClassVar[Mapping[str, str]] = {
        "gifts_below": N_("there are too few gifts"),
        "gifts_above": N_("there are too many gifts"),
    }
    TEXTS: ClassVar[tuple[str, str, str]] = (
        N_("there are %(low)s to %(high)s gifts"),
        N_("there are %(low)s gifts or more"),
        N_("there are %(high)s gifts or fewer"),
    )

    @staticmethod
    def value(applicant: Applicant) -> int:
        return applicant.gifts
