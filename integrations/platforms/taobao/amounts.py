"""The money of a trade: what each line's units cost the buyer, so that it adds up to the cent with what the buyer paid.

    line worth    price × num
    line total    price × num + adjust_fee − discount_fee     (``total_fee`` of the order)
    line paid     divide_order_fee, else line total − part_mjz_discount
    payment       Σ line paid + post_fee

Where the platform has not shared the trade's own discount over the lines (``discount_fee`` of the trade, no ``divide_order_fee``),
it is shared by largest remainder over the lines' totals. What does not add up is refused, never bent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.platforms.taobao.values import Unreadable, amount_of, amount_or_zero, units_of
from oms.core.money import ZERO, share


@dataclass(frozen=True, slots=True)
class LineMoney:
    """Units and yuan of one line: ``price`` of a unit, ``paid`` for all of them after every discount."""

    quantity: int
    price: Decimal
    paid: Decimal

    @property
    def worth(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class TradeMoney:
    """The whole trade in yuan."""

    lines: tuple[LineMoney, ...]
    post_fee: Decimal
    payment: Decimal

    @property
    def goods(self) -> Decimal:
        return sum((line.worth for line in self.lines), ZERO)

    @property
    def discount(self) -> Decimal:
        return self.goods + self.post_fee - self.payment


def read_money(trade: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]) -> TradeMoney:
    """The money of a trade. Raises Unreadable when a figure is missing or nonsense, or when the sum is not what was paid."""
    payment = amount_of(trade, "payment")
    if payment is None:
        raise Unreadable("no_payment", _("The trade does not say what the buyer paid."))
    post_fee = amount_or_zero(trade, "post_fee")
    if payment < 0 or post_fee < 0:
        raise Unreadable("bad_amount", _("The payment or the postage of the trade is negative."))
    lines = [_line(order) for order in orders]
    paid = _paid(trade, orders, lines, payment - post_fee)
    money = TradeMoney(
        tuple(LineMoney(quantity, price, part) for (quantity, price, _total), part in zip(lines, paid, strict=True)),
        post_fee,
        payment,
    )
    total = sum(paid, ZERO) + post_fee
    if total != payment:
        raise Unreadable(
            "amounts_do_not_add_up",
            _("The lines cost %(lines)s with postage, but the buyer paid %(paid)s. Compare the trade on the platform.")
            % {"lines": total, "paid": payment},
        )
    return money


def _line(order: Mapping[str, Any]) -> tuple[int, Decimal, Decimal]:
    """Units, price of one, and the total after the line's own discount and adjustment."""
    quantity, price = units_of(order, "num"), amount_of(order, "price")
    if price is None or price < 0:
        raise Unreadable("bad_amount", _("A line has no price."))
    total = price * quantity + amount_or_zero(order, "adjust_fee") - amount_or_zero(order, "discount_fee")
    told = amount_of(order, "total_fee")
    if total < 0 or (told is not None and told != total):
        raise Unreadable(
            "amounts_do_not_add_up",
            _(
                "A line of the trade comes to %(own)s, but the platform says %(told)s. Compare the trade on the platform."
            )
            % {"own": total, "told": told},
        )
    return quantity, price, total


def _paid(
    trade: Mapping[str, Any],
    orders: Sequence[Mapping[str, Any]],
    lines: Sequence[tuple[int, Decimal, Decimal]],
    goods_paid: Decimal,
) -> list[Decimal]:
    totals = [total for _, _, total in lines]
    paid = []
    for order, total in zip(orders, totals, strict=True):
        divided = amount_of(order, "divide_order_fee")
        paid.append(total - amount_or_zero(order, "part_mjz_discount") if divided is None else divided)
    if any(part < 0 for part in paid):
        raise Unreadable("bad_amount", _("A line of the trade costs less than nothing."))
    shared = any("divide_order_fee" in order or "part_mjz_discount" in order for order in orders)
    missing = sum(paid, ZERO) - goods_paid
    if not shared and missing > 0 and missing == amount_or_zero(trade, "discount_fee"):
        return [total - part for total, part in zip(totals, share(missing, totals), strict=True)]
    return paid
