"""Gifts allotted for good: limits counted exactly, what was given written down, and given back when the order says so.

    plan (promotions.engine) → the orders are written → allot: counters by one guarded statement, grants by COPY

All in the transaction that writes the orders, before stock is reserved. A limit that somebody else used up meanwhile makes the plan
stale: the caller rolls back and plans anew.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.core.bulk import Json, copy_rows
from oms.core.errors import StalePlan
from oms.core.money import money
from promotions.engine.limits import counters_of
from promotions.engine.values import Basket, CounterKey, Grant, LimitUnit
from promotions.load import load_costs
from promotions.locks import change_counters, close_grants, make_counters
from promotions.models import GiftGrant

CANCELLED = "cancelled"
REFUNDED = "refunded"
MATCHED_ANEW = "matched_anew"
"""The order is decided again (edited, merged, split, un-audited): its gifts are matched from the start."""


class StaleQuota(StalePlan):
    """A limit that a plan counted on was used up meanwhile; the batch must be rolled back and planned anew."""

    def __init__(self, keys: Iterable[CounterKey]) -> None:
        self.keys = tuple(sorted(keys))
        super().__init__(f"{len(self.keys)} limits were used up meanwhile")


@dataclass(frozen=True, slots=True)
class Allotted:
    """A grant that the engine planned, for the order it was written as."""

    order_id: int
    basket: Basket
    grant: Grant


def _growth(item: Allotted) -> tuple[dict[str, int], dict[CounterKey, int]]:
    """What the grant adds to each counter by name, and the limits themselves by key."""
    growth: dict[str, int] = {}
    allowed: dict[CounterKey, int] = {}
    for key, limit, _code in counters_of(item.grant.scheme, item.basket):
        growth[key[1]] = 1 if limit.unit is LimitUnit.ORDERS else item.grant.units
        allowed[key] = limit.limit
    return growth, allowed


def _sales(item: Allotted) -> Decimal:
    """What the buyer paid for the consumed units, in yuan."""
    lines = {line.index: line for line in item.basket.lines}
    fen = sum(lines[index].amount * units // lines[index].quantity for index, units in item.grant.consumed)
    return Decimal(fen).scaleb(-2)


def allot(items: Sequence[Allotted], *, at: dt.datetime) -> None:
    """Count the grants on their limits and write them. Raises StaleQuota. Constant in queries."""
    if not items:
        return
    total: Counter[CounterKey] = Counter()
    limits: dict[CounterKey, int] = {}
    growths: list[dict[str, int]] = []
    for item in items:
        growth, allowed = _growth(item)
        growths.append(growth)
        limits |= allowed
        for name, units in growth.items():
            total[item.grant.scheme.id, name] += units
    if limits:
        make_counters(limits)
        missing = total.keys() - change_counters(total)
        if missing:
            raise StaleQuota(missing)
    _write(items, growths, at)


def _write(items: Sequence[Allotted], growths: Sequence[Mapping[str, int]], at: dt.datetime) -> None:
    costs = load_costs(gift.sku_id for item in items for gift in item.grant.gifts)
    copy_rows(
        GiftGrant,
        (
            "scheme_id",
            "scheme_version",
            "order_id",
            "shop_id",
            "buyer",
            "state",
            "units",
            "gifts",
            "tiers",
            "counters",
            "cost",
            "sales",
            "at",
            "given_back_for",
        ),
        (
            (
                item.grant.scheme.id,
                item.grant.scheme.version,
                item.order_id,
                item.basket.shop_id,
                item.basket.buyer[:160],
                GiftGrant.State.ACTIVE.value,
                item.grant.units,
                Json({str(gift.sku_id): gift.quantity for gift in item.grant.gifts}),
                Json([[step.threshold, step.times] for step in item.grant.tiers]),
                Json(dict(growth)),
                money(sum((costs[gift.sku_id] * gift.quantity for gift in item.grant.gifts), Decimal(0))),
                _sales(item),
                at,
                "",
            )
            for item, growth in zip(items, growths, strict=True)
        ),
    )


_CONDITIONS = {CANCELLED: "s.give_back_on_cancel", REFUNDED: "s.give_back_on_refund", MATCHED_ANEW: "true"}


def give_back(order_ids: Iterable[int], why: str) -> int:
    """Give back what the orders were granted, where the schemes' rule for ``why`` says so; the number of grants.

    An order without grants is no error. Constant in queries.
    """
    shrink: Counter[CounterKey] = Counter()
    closed = close_grants(order_ids, why, _CONDITIONS[why])
    for scheme_id, counters in closed:
        for name, units in counters.items():
            shrink[scheme_id, name] -= units
    changed = change_counters(shrink)
    if changed != shrink.keys():
        raise AssertionError("a limit fell below nothing")
    return len(closed)
