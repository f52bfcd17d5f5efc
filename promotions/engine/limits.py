"""What is left of a scheme's limits for one basket, and what a grant uses up of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, MutableMapping
from zoneinfo import ZoneInfo

from promotions.engine.values import Basket, CounterKey, Limit, LimitUnit, SchemeFacts

CHINA = ZoneInfo("Asia/Shanghai")
TOTAL = "total"

NO_LIMIT = 1 << 60


def decisive_moment(basket: Basket, scheme: SchemeFacts) -> dt.datetime | None:
    """The payment's or the order's moment, whichever the scheme goes by; None while it has not come."""
    return basket.paid_at if scheme.by_payment else basket.placed_at


def counters_of(scheme: SchemeFacts, basket: Basket) -> Iterator[tuple[CounterKey, Limit, str]]:
    """The limits that bind the basket: the counter's key, the limit, and the code for when it is used up."""
    if scheme.total is not None:
        yield (scheme.id, TOTAL), scheme.total, "quota_used_up"
    if scheme.per_day is not None:
        moment = decisive_moment(basket, scheme)
        if moment is not None:
            day = moment.astimezone(CHINA).date().isoformat()
            yield (scheme.id, f"day:{day}"), scheme.per_day, "day_quota_used_up"
    if scheme.per_buyer is not None:
        yield (scheme.id, f"buyer:{basket.buyer}"), scheme.per_buyer, "buyer_limit_reached"


def units_left(scheme: SchemeFacts, basket: Basket, used: Mapping[CounterKey, int]) -> tuple[int, str]:
    """Gift units that the limits still allow for the basket, and the code of the limit that binds (empty when none does)."""
    left, code = NO_LIMIT, ""
    for key, limit, limit_code in counters_of(scheme, basket):
        rest = limit.limit - used.get(key, 0)
        if limit.unit is LimitUnit.ORDERS:
            rest = NO_LIMIT if rest > 0 else 0
        if rest < left:
            left, code = max(rest, 0), limit_code
    return left, code


def use(
    scheme: SchemeFacts, basket: Basket, units: int, used: MutableMapping[CounterKey, int]
) -> dict[CounterKey, int]:
    """Count a grant of so many units on every limit of the scheme; what each counter grew by."""
    growth: dict[CounterKey, int] = {}
    for key, limit, _code in counters_of(scheme, basket):
        growth[key] = 1 if limit.unit is LimitUnit.ORDERS else units
        used[key] = used.get(key, 0) + growth[key]
    return growth
