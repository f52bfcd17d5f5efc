"""The mistakes that the proof of overselling must catch: each takes one safeguard out of the product."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from unittest import mock

from django.db import connection
from django.utils import timezone

from oms.core.bulk import copy_rows
from warehouse import locks, reservation, shipping, stock
from warehouse.locks import StockKey
from warehouse.models import Reservation, StockBalance
from warehouse.reservation import Demand, StaleStock

Units = Mapping[StockKey, int]
Change = Callable[..., set[StockKey]]

THINKING_S = 0.002


@contextlib.contextmanager
def _changing(change: Change) -> Iterator[None]:
    """Every module that changes balances does it this way."""
    with contextlib.ExitStack() as stack:
        for module in (locks, reservation, shipping, stock):
            stack.enter_context(mock.patch.object(module, "change_balances", change))
        yield


@contextlib.contextmanager
def _without(constraint: str) -> Iterator[None]:
    """The database's own last guard is away, and comes back when the rows that broke it are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [constraint])
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE warehouse_stockbalance DROP CONSTRAINT {constraint}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM warehouse_stockbalance WHERE on_hand < reserved")
            cursor.execute(f"ALTER TABLE warehouse_stockbalance ADD CONSTRAINT {constraint} {definition}")


def _read_then_write(on_hand: Units, reserved: Units, *, guard: bool) -> set[StockKey]:
    changed = set()
    for warehouse, sku in sorted(set(on_hand) | set(reserved)):
        balance = StockBalance.objects.get(warehouse_id=warehouse, sku_id=sku)
        time.sleep(THINKING_S)
        wanted = reserved.get((warehouse, sku), 0)
        if guard and balance.available < wanted:
            continue
        StockBalance.objects.filter(id=balance.id).update(
            on_hand=balance.on_hand + on_hand.get((warehouse, sku), 0), reserved=balance.reserved + wanted
        )
        changed.add((warehouse, sku))
    return changed


def _unsorted(on_hand: Units, reserved: Units, *, guard: bool) -> set[StockKey]:
    changed: set[StockKey] = set()
    for key in dict.fromkeys([*reserved, *on_hand]):
        own = {key: on_hand[key]} if key in on_hand else {}
        changed |= _change(own, {key: reserved.get(key, 0)}, guard=guard)
        time.sleep(THINKING_S)
    return changed


_change = locks.change_balances


class _Rewritten:
    """A cursor that changes the text of statements before they are run."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def __call__(self, execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        return execute(sql.replace(self.old, self.new), params, many, context)


def _skipping(on_hand: Units, reserved: Units, *, guard: bool) -> set[StockKey]:
    with connection.execute_wrapper(_Rewritten("FOR UPDATE OF b)", "FOR UPDATE OF b SKIP LOCKED)")):
        return _change(on_hand, reserved, guard=guard)


def _unguarded(on_hand: Units, reserved: Units, *, guard: bool) -> set[StockKey]:
    return _change(on_hand, reserved, guard=False)


def _reserve_line_by_line(demands: Sequence[Demand]) -> None:
    now = timezone.now()
    summed: Counter[tuple[int, int, int]] = Counter()
    wanted: dict[StockKey, int] = {}
    for one in demands:
        summed[one.demand_id, one.warehouse_id, one.sku_id] += one.quantity
        wanted[one.warehouse_id, one.sku_id] = one.quantity
    copy_rows(
        Reservation,
        ("demand_id", "warehouse_id", "sku_id", "quantity", "state", "created_at"),
        ((d, w, s, quantity, "active", now) for (d, w, s), quantity in summed.items()),
    )
    missing = wanted.keys() - _change({}, wanted, guard=True)
    if missing:
        raise StaleStock(missing)


def _close_whatever_they_are(demand_ids: Iterable[int], state: str) -> list[tuple[int, int, int]]:
    with connection.execute_wrapper(_Rewritten("AND state = 'active' ", "")):
        return locks.close_reservations(demand_ids, state)


@contextlib.contextmanager
def _no_guard_at_all() -> Iterator[None]:
    with _without("stock_not_oversold"), _changing(_unguarded):
        yield


MUTANTS: dict[str, Callable[[], contextlib.AbstractContextManager[object]]] = {
    "read, then write": lambda: _changing(_read_then_write),
    "rows locked in any order": lambda: _changing(_unsorted),
    "locked rows skipped": lambda: _changing(_skipping),
    "no guard and no CHECK": _no_guard_at_all,
    "duplicates not summed": lambda: mock.patch.object(reservation, "reserve", _reserve_line_by_line),
    "released whatever the state": lambda: mock.patch.object(
        reservation, "close_reservations", _close_whatever_they_are
    ),
}
"""Each with the safeguard it takes away, for as long as the context lasts."""
