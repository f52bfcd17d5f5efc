"""Money: Decimal yuan with a quantum of one fen, and sharing that conserves every fen.

The method of sharing is that of the largest remainder (Hamilton): each weight first gets its exact share rounded
down to the quantum; the fen that are left go, one each, to the largest remainders, ties to the earlier position.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


class UnableToShare(ValueError):
    """An amount was to be shared over nothing, or over weights that are negative or all zero."""


def money(value: Decimal | int | str) -> Decimal:
    """The value in yuan, rounded half up to a fen. Floats are refused by their type."""
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


def share(total: Decimal, weights: Sequence[int | Decimal]) -> list[Decimal]:
    """Share ``total`` (yuan) over ``weights`` so that the parts add up to it to the fen.

    A negative total is shared like its opposite. All-zero weights share a zero total only.
    Raises UnableToShare.
    """
    fen = int(money(total).scaleb(2))
    if not weights:
        if fen == 0:
            return []
        raise UnableToShare(_("There is nothing to share %(total)s over.") % {"total": total})
    if any(weight < 0 for weight in weights):
        raise UnableToShare(_("A share cannot have a negative weight."))
    whole = sum(weights)
    if whole == 0:
        if fen == 0:
            return [ZERO] * len(weights)
        raise UnableToShare(_("All weights are zero, so %(total)s cannot be shared.") % {"total": total})
    sign, fen = (-1, -fen) if fen < 0 else (1, fen)
    floors: list[int] = []
    remainders: list[Decimal | int] = []
    for weight in weights:
        exact = fen * weight
        floor = int(exact // whole)
        floors.append(floor)
        remainders.append(exact - floor * whole)
    left = fen - sum(floors)
    for position in sorted(range(len(floors)), key=lambda i: (-remainders[i], i))[:left]:
        floors[position] += 1
    parts = [Decimal(sign * part).scaleb(-2) for part in floors]
    if sum(parts) != money(total):
        raise AssertionError("shares do not add up")
    return parts
