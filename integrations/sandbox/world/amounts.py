"""The money of a trade, in fen (integers), as the platform adds it up.

    order.total_fee        = price × num + adjust_fee − discount_fee
    part_mjz_discount      = the order's share of the trade's discount, by largest remainder over total_fee
    divide_order_fee       = total_fee − part_mjz_discount
    trade.total_fee        = Σ price × num
    trade.payment          = Σ divide_order_fee + post_fee
    order.payment          = trade.payment of a trade with one order, else the order's total_fee

so that Σ divide_order_fee = payment − post_fee, to the fen.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LineAmounts:
    total_fee: int
    part_mjz_discount: int
    divide_order_fee: int
    payment: int


@dataclass(frozen=True)
class TradeAmounts:
    total_fee: int
    payment: int
    lines: list[LineAmounts]


def yuan(fen: int) -> str:
    """A decimal string with two places: 10800 → "108.00"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(yuan_text: str | float) -> int:
    """Of "108.00" it makes 10800. Raises ValueError for more than two places and for what is no number."""
    text = str(yuan_text).strip()
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    if len(part) > 2 or not (whole + part).isdigit() or not whole:
        raise ValueError(f"not an amount in yuan: {yuan_text!r}")
    return sign * (int(whole) * 100 + int(part.ljust(2, "0")))


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Shares of an amount by weight that sum up to it; the rest goes to the largest remainders, first line first."""
    whole = sum(weights)
    if whole <= 0:
        return [0 for _ in weights]
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(amount * weights[index] % whole), index))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return shares


def add_up(lines: Sequence[tuple[int, int, int, int]], trade_discount: int, post_fee: int) -> TradeAmounts:
    """Amounts of a trade whose lines are (price, num, discount_fee, adjust_fee). A discount never exceeds the goods."""
    totals = [price * num + adjust - discount for price, num, discount, adjust in lines]
    if any(total < 0 for total in totals):
        raise ValueError("a line must not cost less than nothing")
    trade_discount = min(trade_discount, sum(totals))
    shares = spread(trade_discount, totals)
    payment = sum(totals) - trade_discount + post_fee
    return TradeAmounts(
        total_fee=sum(price * num for price, num, _, _ in lines),
        payment=payment,
        lines=[
            LineAmounts(total, share, total - share, payment if len(lines) == 1 else total)
            for total, share in zip(totals, shares, strict=True)
        ],
    )
