"""Gifts for many orders under many live schemes: the pure engine on one core, against a bare pass over the same lines in the same run.

Processor time is measured, not the clock's, so that what else runs on the machine counts little.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from promotions.engine.match import plan_gifts
from promotions.engine.values import (
    Basket,
    BasketLine,
    CounterKey,
    Gift,
    GoodsFacts,
    GoodsScope,
    Kind,
    Limit,
    PromotionPlan,
    PromotionSnapshot,
    SchemeFacts,
    Tier,
    TierMode,
)

SCHEMES, ORDERS, SKUS, SHOPS, BUYERS = 200, 50_000, 2_000, 30, 20_000
BATCH = 500
"""Orders of a batch of the pipeline; what a batch uses up of limits and stock is gone for the next."""

NOON = dt.datetime(2026, 11, 11, 4, tzinfo=dt.UTC)
BAG, CUP = SKUS + 1, SKUS + 2
QUOTA = 1_000

STEPS: dict[Kind, tuple[Tier, ...]] = {
    Kind.BUY_AND_GET: (Tier(1, 1, (Gift(BAG),)),),
    Kind.QUANTITY_REACHED: (Tier(1, 3, (Gift(BAG),)), Tier(2, 6, (Gift(CUP, 2),))),
    Kind.AMOUNT_REACHED: (Tier(1, 20_000, (Gift(BAG),)), Tier(2, 50_000, (Gift(CUP, 2),))),
    Kind.BUY_A_GET_A: (Tier(1, 2, (), pick=1),),
}


def measure(orders: int = ORDERS) -> Iterator[dict[str, Any]]:
    """One line. Raises AssertionError when a limit was passed or a counter grew wrongly."""
    dice = random.Random(11)
    snapshot = _snapshot(dice)
    baskets = [_basket(dice, number) for number in range(orders)]
    began = time.process_time()
    bare = [[asdict(line) for line in basket.lines] for basket in baskets]
    bare_seconds = time.process_time() - began
    seconds, totals = _plan(baskets, snapshot)
    _check(totals, snapshot, orders)
    yield {
        "part": "pure engine, one core",
        "schemes": len(snapshot.schemes),
        "orders": orders,
        "lines": sum(map(len, bare)),
        "processor_seconds": round(seconds, 2),
        "orders_per_second": round(orders / seconds),
        "batch": BATCH,
        "grants": totals.grants,
        "passed_over": totals.passed,
        "limits_exhausted": sum(units == QUOTA for (_scheme, key), units in totals.used.items() if key == "total"),
        "ratio_to_copying_the_lines": round(seconds / bare_seconds, 1),
    }


@dataclass(slots=True)
class _Totals:
    """What all batches came to; ``used`` of every limit and ``units`` given by scheme."""

    verdicts: int = 0
    grants: int = 0
    passed: int = 0
    used: dict[CounterKey, int] = field(default_factory=dict)
    units: Counter[int] = field(default_factory=Counter)

    def add(self, plan: PromotionPlan) -> None:
        self.verdicts += len(plan.baskets)
        for verdict in plan.baskets:
            self.grants += len(verdict.grants)
            self.passed += len(verdict.passed_over)
            for grant in verdict.grants:
                self.units[grant.scheme.id] += grant.units
        for key, growth in plan.growth.items():
            self.used[key] = self.used.get(key, 0) + growth


def _plan(baskets: Sequence[Basket], snapshot: PromotionSnapshot) -> tuple[float, _Totals]:
    """Processor seconds of the engine alone, batch after batch, each with what the ones before used up."""
    totals, seconds, stock = _Totals(), 0.0, snapshot.stock
    for start in range(0, len(baskets), BATCH):
        began = time.process_time()
        plan = plan_gifts(baskets[start : start + BATCH], replace(snapshot, used=totals.used, stock=stock))
        seconds += time.process_time() - began
        totals.add(plan)
        stock = plan.stock_left
    return seconds, totals


def _snapshot(dice: random.Random) -> PromotionSnapshot:
    skus = range(1, SKUS + 1)
    goods = {sku: GoodsFacts(sku, sku // 3, (f"category {sku % 40}",), f"brand {sku % 60}") for sku in skus}
    schemes = tuple(_scheme(dice, number, skus) for number in range(1, SCHEMES + 1))
    return PromotionSnapshot(schemes, goods, dict.fromkeys((*skus, BAG, CUP), 10**6))


def _scheme(dice: random.Random, number: int, skus: Sequence[int]) -> SchemeFacts:
    kind = dice.choice(list(Kind))
    return SchemeFacts(
        number,
        1,
        f"scheme {number}",
        number // 4,
        f"campaign {number // 4}",
        kind,
        _scope(dice, skus),
        STEPS[kind],
        mode=dice.choice(list(TierMode)),
        starts_at=NOON,
        ends_at=NOON + dt.timedelta(hours=9),
        shops=frozenset(dice.sample(range(SHOPS), dice.choice((0, 5, 10)))),
        group=dice.choice(("", "A", "B")),
        total=Limit(QUOTA) if dice.random() < 0.3 else None,
        per_buyer=Limit(2) if dice.random() < 0.2 else None,
    )


def _scope(dice: random.Random, skus: Sequence[int]) -> GoodsScope:
    """Half name forty SKUs, the others a category or a brand, and a few look at all goods."""
    kind = dice.random()
    if kind < 0.5:
        return GoodsScope(skus=frozenset(dice.sample(skus, 40)))
    if kind < 0.8:
        return GoodsScope(categories=frozenset({f"category {dice.randrange(40)}"}))
    if kind < 0.97:
        return GoodsScope(brands=frozenset({f"brand {dice.randrange(60)}"}))
    return GoodsScope()


def _basket(dice: random.Random, number: int) -> Basket:
    lines = tuple(
        BasketLine(index, dice.randrange(1, SKUS + 1), dice.choice((1, 1, 1, 2, 3)), dice.randrange(1_000, 30_000))
        for index in range(dice.choice((1, 2, 2, 3)))
    )
    buyer = f"taobao:b{dice.randrange(BUYERS)}"
    return Basket(number, dice.randrange(SHOPS), buyer, "330106", NOON, NOON, lines)


def _check(totals: _Totals, snapshot: PromotionSnapshot, orders: int) -> None:
    """Every order has its verdict; no limit was passed; what the counters grew by is what was granted."""
    if totals.verdicts != orders:
        raise AssertionError("an order has no verdict")
    allowed = {
        (scheme.id, name): limit.limit
        for scheme in snapshot.schemes
        for name, limit in (("total", scheme.total), ("buyer", scheme.per_buyer))
        if limit is not None
    }
    passed = {key: units for key, units in totals.used.items() if units > allowed[key[0], key[1].partition(":")[0]]}
    if passed:
        raise AssertionError(f"limits were passed: {passed}")
    counted = {scheme: units for (scheme, key), units in totals.used.items() if key == "total"}
    if counted != {scheme: totals.units[scheme] for scheme in counted}:
        raise AssertionError("a counter grew by something else than what was granted")
