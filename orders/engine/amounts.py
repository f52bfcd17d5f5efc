"""The amounts of an order that a person edits: the only place that computes them, for the page, the saving, imports and the API.

For lines i of q units at price p with discount d, postage t and an adjustment a, it names:

    worth(i)   q × p
    before(i)  worth(i) − d
    part(i)    a shared over the lines by before(i) (by worth(i) when every before is nothing), largest remainder
    amount(i)  before(i) − part(i)
    goods      sum of worth
    paid       goods − sum of (d + part) + t

For an order of a platform ``paid`` is what the buyer paid there and does not move: the adjustment is what the lines are over it
(negative when they are under). For an order made by hand the adjustment is given, as a reduction of the whole, and ``paid`` follows.
Guarantees: goods − discount + postage = paid, and the lines' amounts and the postage add up to it, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core.money import ZERO, share
from orders.engine.texts import N_

MOST = Decimal("9999999999.99")
MOST_UNITS = 99_999


@dataclass(frozen=True, slots=True)
class LineAsk:
    """A line as it is asked for. ``takes_share`` is False for gifts and for what was refunded: no adjustment goes there."""

    quantity: int
    price: Decimal
    discount: Decimal = ZERO
    takes_share: bool = True

    @property
    def worth(self) -> Decimal:
        return self.price * self.quantity

    @property
    def before(self) -> Decimal:
        return self.worth - self.discount


@dataclass(frozen=True, slots=True)
class LineAmount:
    """A line's discount with its part of the adjustment, and what is paid for it."""

    discount: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of the whole order and of each line, in yuan."""

    goods: Decimal
    discount: Decimal
    post_fee: Decimal
    adjustment: Decimal
    paid: Decimal
    lines: tuple[LineAmount, ...]


class UnableToAdd(ValueError):
    """The amounts asked for cannot be. ``text`` is marked for translation, ``line`` the position of the line, None for the order."""

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


def compute(
    lines: Sequence[LineAsk], post_fee: Decimal, *, adjustment: Decimal = ZERO, paid: Decimal | None = None
) -> Amounts:
    """The amounts; with ``paid`` the adjustment is whatever brings them there. Raises UnableToAdd."""
    _check(lines, post_fee)
    before = sum((line.before for line in lines), ZERO)
    if paid is not None:
        adjustment = before + post_fee - paid
    parts = _parts(lines, adjustment)
    amounts = tuple(
        LineAmount(line.discount + part, line.before - part) for line, part in zip(lines, parts, strict=True)
    )
    goods = sum((line.worth for line in lines), ZERO)
    discount = sum((line.discount for line in amounts), ZERO)
    total = goods - discount + post_fee
    if total != sum((line.amount for line in amounts), ZERO) + post_fee or (paid is not None and total != paid):
        raise AssertionError("edited amounts do not add up")
    if goods > MOST:
        raise UnableToAdd(N_("The amounts are too large."))
    return Amounts(goods, discount, post_fee, adjustment, total, amounts)


def _check(lines: Sequence[LineAsk], post_fee: Decimal) -> None:
    if not lines:
        raise UnableToAdd(N_("An order needs a line. Cancel the order instead."))
    if post_fee < 0:
        raise UnableToAdd(N_("The postage must not be negative."))
    for position, line in enumerate(lines):
        if not 1 <= line.quantity <= MOST_UNITS:
            raise UnableToAdd(N_("Units must be a whole number from 1."), position)
        if line.price < 0:
            raise UnableToAdd(N_("The price must not be negative."), position)
        if line.before < 0:
            raise UnableToAdd(N_("The discount is more than the line is worth."), position)


def _parts(lines: Sequence[LineAsk], adjustment: Decimal) -> list[Decimal]:
    if not adjustment:
        return [ZERO] * len(lines)
    taking = [line for line in lines if line.takes_share]
    before = sum((line.before for line in taking), ZERO)
    if adjustment > before:
        raise UnableToAdd(N_("The reduction is more than the goods come to."))
    weights = [line.before if line.takes_share else ZERO for line in lines]
    if not any(weights):
        weights = [line.worth if line.takes_share else ZERO for line in lines]
    if not any(weights):
        raise UnableToAdd(N_("No line has a price that the difference to what was paid could be put on."))
    return share(adjustment, weights)
