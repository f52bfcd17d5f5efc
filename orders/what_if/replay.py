"""Decide stored trades under two books of rules and compare, batch by batch, in memory that does not grow with the window.

What the orders of the window hold or have shipped is given back first, so that both sides share out the same stock in the order of
payment. Stages before the first one that asks the changed rules are the same on both sides and run once, unless they depend on the
stock that the two sides have left. Nothing is written, and the database is asked to refuse it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db import connection, transaction

from oms.core.collector import without_collector
from oms.core.values import quick
from orders.engine.rules import BuyerBook, GoodsFacts
from orders.engine.values import Draft, Plan, Snapshot, StockKey, start_plan
from orders.pipeline import BATCH, STAGES, Stage, run_stages
from orders.processing.gifts import load_promotions, load_used_limits
from orders.processing.goods import Goods
from orders.processing.load import load_available
from orders.processing.load_rules import NO_DRAFTS, Drafts, load_buyers, load_goods_facts
from orders.what_if.compare import Change, Fate, Totals, compare
from orders.what_if.goods import GoodsBook
from orders.what_if.rulebook import FIRST_STAGE, RuleBook
from orders.what_if.window import Batch, Replayed, Sequence, Window, load_given, load_mates, load_taken, load_trades
from promotions.engine.limits import TOTAL, use
from promotions.engine.values import CounterKey, PromotionSnapshot


@quick
@dataclass(frozen=True, slots=True)
class Difference:
    """A trade whose fate differs."""

    trade: Replayed
    changes: tuple[Change, ...]
    before: Fate
    after: Fate


@dataclass(frozen=True, slots=True)
class Step:
    """One batch done: how many trades of the window so far, and those of the batch that differ."""

    done: int
    total: int
    differences: tuple[Difference, ...]


@contextmanager
def reading_only() -> Iterator[None]:
    """A transaction in which the database refuses to write or to lock rows."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


@dataclass(slots=True)
class _Side:
    """A book of rules and what its orders have taken from the stock so far."""

    book: RuleBook
    taken: dict[StockKey, int] = field(default_factory=dict)
    used: dict[CounterKey, int] = field(default_factory=dict)

    def available(self, free: Mapping[StockKey, int]) -> dict[StockKey, int]:
        return {key: units - self.taken.get(key, 0) for key, units in free.items()}

    def promotions(
        self,
        drafts: list[Draft],
        now: dt.datetime,
        goods: Goods,
        free: Mapping[StockKey, int],
        back: Mapping[CounterKey, int],
    ) -> PromotionSnapshot | None:
        schemes = self.book.schemes_at(drafts, now)
        stored = load_used_limits(drafts, schemes, lock=False)
        keys = {*stored, *self.used}
        fresh = self.book.running
        used = {
            key: (0 if key[0] in fresh else stored.get(key, 0) - back.get(key, 0)) + self.used.get(key, 0)
            for key in keys
        }
        return load_promotions(schemes, goods.skus, free, used)

    def take(self, plan: Plan) -> None:
        counted: set[int] = set()
        for order in plan.orders:
            # The parts of a split carry the grants of the order that they were.
            if order.basket is not None and order.basket.key not in counted:
                counted.add(order.basket.key)
                for grant in order.granted:
                    use(grant.scheme, order.basket, grant.units, self.used)
            if order.warehouse_id is None:
                continue
            for sku_id, units in order.reserved:
                key = (order.warehouse_id, sku_id)
                self.taken[key] = self.taken.get(key, 0) + units


class Replay:
    """The window under the live rules and under the drafts. ``totals`` grows with every step.

    With ``before`` the first side is not as it is, but with these contents. Schemes that are ``running`` are in force through the whole
    window, with their limits unused: what a campaign would have done, had it begun with the window.
    """

    def __init__(
        self,
        window: Window,
        drafts: Drafts,
        *,
        before: Drafts = NO_DRAFTS,
        running: frozenset[int] = frozenset(),
        size: int = BATCH,
    ) -> None:
        self.totals = Totals()
        self._size = size
        self._goods = GoodsBook()
        self._facts: dict[int, GoodsFacts] = {}
        with reading_only():
            self._before, self._after = _Side(RuleBook(before)), _Side(RuleBook(drafts, running))
            self._sequence = Sequence(window)
            self._returned = load_taken(window)
            self._given = load_given(window) if any(book.gift_skus for book in self._books) else {}
            within = max((book.merge_window for book in self._books if book.merge_window is not None), default=None)
            self._within = 0 if within is None else int(within.total_seconds())
            self._mates = {} if within is None else load_mates(window)
        self._shared, self._rest = shared_stages(drafts, self._before.book, self._after.book)

    @property
    def quotas_used(self) -> dict[int, int]:
        """What the schemes used of their whole quotas, on the side of the drafts."""
        return {scheme_id: units for (scheme_id, name), units in self._after.used.items() if name == TOTAL}

    @property
    def _books(self) -> tuple[RuleBook, RuleBook]:
        return self._before.book, self._after.book

    def __len__(self) -> int:
        return len(self._sequence)

    def steps(self) -> Iterator[Step]:
        """Decide and compare batch after batch."""
        done = 0
        for batch in self._sequence.batches(self._size, self._mates, self._within):
            with reading_only(), without_collector():
                differences = self._step(batch)
            done += len(batch.ids)
            yield Step(done, len(self), differences)

    def _step(self, batch: Batch) -> tuple[Difference, ...]:
        trades = load_trades(batch.ids)
        drafts = tuple(trade.draft for trade in trades)
        before, after = self._snapshots(batch, trades)
        plan = run_stages(start_plan(drafts, before), before, self._shared)
        old = run_stages(plan, before, self._rest)
        new = run_stages(replace(plan, stock_left=after.available), after, self._rest)
        self._before.take(old)
        self._after.take(new)
        return tuple(
            Difference(trades[key], how, fate, other) for key, how, fate, other in compare(old, new, self.totals)
        )

    def _snapshots(self, batch: Batch, trades: list[Replayed]) -> tuple[Snapshot, Snapshot]:
        drafts = [trade.draft for trade in trades]
        goods = self._goods.of(drafts, self._books[0].gift_skus | self._books[1].gift_skus)
        self._facts.update(load_goods_facts(sorted(goods.skus.keys() - self._facts.keys())))
        buyers = load_buyers(drafts, history=any(book.asks_for_history for book in self._books))
        stock = load_available(goods.skus, lock=False)
        free = {key: units + self._returned.get(key, 0) for key, units in stock.items()}
        before, after = (
            self._snapshot(side, drafts, batch.moment, goods, buyers, side.available(free))
            for side in (self._before, self._after)
        )
        return before, after

    def _snapshot(
        self,
        side: _Side,
        drafts: list[Draft],
        now: dt.datetime,
        goods: Goods,
        buyers: BuyerBook,
        free: Mapping[StockKey, int],
    ) -> Snapshot:
        promotions = side.promotions(drafts, now, goods, free, self._given) if side.book.gift_skus else None
        return side.book.snapshot(now, goods, self._facts, buyers, free, promotions=promotions)


def shared_stages(drafts: Drafts, before: RuleBook, after: RuleBook) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
    """The stages that are the same under both books, and those that are not."""
    names = [stage.__name__.removeprefix("plan_") for stage in STAGES]
    first = min((names.index(FIRST_STAGE[kind]) for kind in drafts), default=0)
    # What the sides have left differs as soon as a decision did: a stage that asks for stock is not shared.
    if before.gift_skus or after.gift_skus:
        first = min(first, names.index("promote"))
    if before.lines_ask_for_stock or after.lines_ask_for_stock:
        first = min(first, names.index("presale"))
    if before.routing_asks_for_stock or after.routing_asks_for_stock:
        first = min(first, names.index("route"))
    return STAGES[:first], STAGES[first:]
