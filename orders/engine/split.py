"""Stage 4, split: one order becomes several, each shipped, uploaded and posted on its own.

``split_order`` is the one way in which an order is divided, whoever asks: a rule, the routing, a person. For parts p of the
order's lines l it names these values:

    amount(l, p)    the line's amount shared over the parts by units, largest remainder
    discount(l, p)  price × units in p − amount(l, p)
    goods(p)        sum of price × units; the first part also gets what the header has beyond its lines
    postage(p)      the header's postage shared by the amounts of the parts (by units when nothing was paid for goods)
    discount(p)     goods(p) − amounts of p's lines
    paid(p)         goods(p) − discount(p) + postage(p)

Guarantees, asserted in every case: units, amounts, goods, discount, postage and paid of the parts add up to the order's;
every part has units; no unit is in two parts. A gift goes where the part puts it. ``docs/algorithms/split.md`` has worked tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum

from oms.core.money import share
from orders.engine.decisions import Decision, Outcome
from orders.engine.values import ZERO, Draft, OrderPlan, PlannedLine, weight_of

STAGE = "split"

Part = Mapping[int, int]
"""Line index of the order → units."""


class SplitKind(StrEnum):
    """Why an order was divided; the ``origin`` of its parts."""

    HAND = "hand"
    PRODUCT = "product"
    BOX = "box"
    WEIGHT = "weight"
    SHORTAGE = "shortage"
    WAREHOUSE = "warehouse"
    PRESALE = "presale"


def split_order(
    order: OrderPlan, parts: Sequence[Part], kind: str, decision: Decision | None = None
) -> tuple[OrderPlan, ...]:
    """The result orders that replace ``order``, one for each part, in the given order.

    The parts must cover every unit of every line, each must hold one at least. ``decision`` is noted on every part (a plain
    one when None). Raises ValueError when the parts do not cover the order.
    """
    check_parts(order, parts)
    if len(parts) == 1:
        return (order,)
    rows = _part_lines(order.lines, parts)
    drafts = _headers(order.draft, order.lines, rows)
    noted = decision or Decision(STAGE, Outcome.APPLIED, "split", facts={"kind": str(kind), "parts": len(parts)})
    decisions = (*order.decisions, noted)
    result = tuple(
        replace(
            order,
            draft=draft,
            lines=lines,
            weight_g=weight_of(lines),
            decisions=decisions,
            origin=str(kind),
            parents=order.parents or (order,),
            relined=True,
        )
        for draft, lines in zip(drafts, rows, strict=True)
    )
    _assert_conserved(order, result)
    return result


def check_parts(order: OrderPlan, parts: Sequence[Part]) -> None:
    """Raises ValueError unless the parts hold every unit of the order exactly once, and none is empty."""
    left = [line.quantity for line in order.lines]
    for part in parts:
        if not any(part.values()):
            raise ValueError("a part of a split holds no unit")
        for index, units in part.items():
            if units < 0 or not 0 <= index < len(left):
                raise ValueError("a part of a split names units that the order has not")
            left[index] -= units
    if any(left):
        raise ValueError("the parts of a split do not hold every unit exactly once")


def _part_lines(lines: tuple[PlannedLine, ...], parts: Sequence[Part]) -> list[tuple[PlannedLine, ...]]:
    rows: list[list[PlannedLine]] = [[] for _ in parts]
    for index, line in enumerate(lines):
        units = [part.get(index, 0) for part in parts]
        whole = next((position for position, count in enumerate(units) if count == line.quantity), None)
        if whole is not None:
            rows[whole].append(line)
            continue
        for row, count, amount in zip(rows, units, share(line.amount, units), strict=True):
            if count:
                discount = line.price * count - amount
                row.append(replace(line, quantity=count, discount=discount, amount=amount))
    return [tuple(row) for row in rows]


def _headers(draft: Draft, lines: tuple[PlannedLine, ...], rows: Sequence[tuple[PlannedLine, ...]]) -> list[Draft]:
    amounts = [sum((line.amount for line in row), ZERO) for row in rows]
    goods = [_goods(row) for row in rows]
    goods[0] += draft.goods_amount - _goods(lines)
    postage = share(draft.post_fee, _weights(amounts, rows))
    left_alone = tuple(dict.fromkeys((*draft.left_alone, "merge", "gifts")))
    return [
        replace(
            draft,
            goods_amount=whole,
            discount_amount=whole - amount,
            post_fee=post,
            paid_amount=amount + post,
            order_id=None,
            order_no="",
            trade_id=None,
            trade_version=0,
            lines=tuple(line.draft for line in row),
            summary=f"{row[0].draft.title} {row[0].draft.spec}".strip()[:200],
            left_alone=left_alone,
            reserved=(),
        )
        for row, amount, whole, post in zip(rows, amounts, goods, postage, strict=True)
    ]


def _goods(lines: Sequence[PlannedLine]) -> Decimal:
    return sum((line.price * line.quantity for line in lines), ZERO)


def _weights(amounts: Sequence[Decimal], rows: Sequence[tuple[PlannedLine, ...]]) -> Sequence[Decimal | int]:
    if any(amounts) and min(amounts) >= 0:
        return amounts
    return [sum(line.quantity for line in row) for row in rows]


def _assert_conserved(order: OrderPlan, parts: Sequence[OrderPlan]) -> None:
    draft = order.draft
    amounts = sum((line.amount for line in order.lines), ZERO)
    for part in parts:
        for line in part.lines:
            if line.amount != line.price * line.quantity - line.discount:
                raise AssertionError("a line of a split does not add up")
    sums = (
        (sum((p.draft.post_fee for p in parts), ZERO), draft.post_fee),
        (sum((p.draft.goods_amount for p in parts), ZERO), draft.goods_amount),
        (sum((p.draft.paid_amount for p in parts), ZERO), amounts + draft.post_fee),
        (sum((line.amount for p in parts for line in p.lines), ZERO), amounts),
    )
    if any(found != wanted for found, wanted in sums):
        raise AssertionError("a split does not conserve the order's amounts")
