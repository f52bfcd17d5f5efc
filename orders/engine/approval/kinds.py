"""All kinds of condition, and how a policy's list of them is read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations
from typing import Any

from orders.engine.approval.amount import Amount
from orders.engine.approval.base import BadCondition, Condition
from orders.engine.approval.buyers import FirstTime, NotBlacklisted
from orders.engine.approval.category import Category
from orders.engine.approval.discount import Discount
from orders.engine.approval.gifts import Gifts
from orders.engine.approval.hours import Hours
from orders.engine.approval.margin import LeastMargin
from orders.engine.approval.payment import Payment
from orders.engine.approval.products import Products
from orders.engine.approval.quantity import Quantity
from orders.engine.approval.region import Region
from orders.engine.approval.texts import Memo, Message
from orders.engine.approval.weight import Weight
from orders.engine.texts import N_, Sentence

CLASSES: tuple[type[Condition], ...] = (
    Amount,
    Discount,
    LeastMargin,
    Products,
    Category,
    Quantity,
    Gifts,
    Weight,
    Region,
    Message,
    Memo,
    Payment,
    FirstTime,
    NotBlacklisted,
    Hours,
)
KINDS: dict[str, type[Condition]] = {cls.KIND: cls for cls in CLASSES}


def read_condition(data: Mapping[str, Any]) -> Condition:
    """The condition that the JSON describes. Raises BadCondition."""
    found = KINDS.get(str(data.get("kind", "")))
    if found is None:
        raise BadCondition(Sentence(N_("“%(value)s” is no kind of condition."), {"value": str(data.get("kind", ""))}))
    unknown = sorted(data.keys() - {"kind", *found.FIELDS})
    if unknown:
        raise BadCondition(Sentence(N_("The condition has no “%(name)s”."), {"name": unknown[0]}))
    return found.read(data)


def in_order(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions, those that are cheap to ask first."""
    return tuple(sorted(conditions, key=lambda condition: condition.RANK))


def flaws(conditions: tuple[Condition, ...]) -> Iterator[Sentence]:
    """Why the conditions can never hold together."""
    yield from (flaw for condition in conditions if (flaw := condition.flaw()) is not None)
    seen: set[tuple[str, str]] = set()
    for first, second in permutations(conditions, 2):
        clash = first.clash(second)
        if clash is not None and (clash.text, str(clash.values)) not in seen:
            seen.add((clash.text, str(clash.values)))
            yield clash
