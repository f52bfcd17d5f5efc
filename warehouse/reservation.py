"""Reservations: stock promised to demands, taken in batches, never more than is available.

A batch writes its reservation rows first and changes the balances by one statement last, so that hot rows are locked as
briefly as can be. Duplicate SKUs are summed before anything is locked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from oms.core.bulk import copy_rows
from oms.core.errors import StalePlan
from oms.core.events import publish
from oms.core.values import quick
from warehouse.events import StockArrived
from warehouse.locks import StockKey, change_balances, close_reservations
from warehouse.models import Reservation


class StaleStock(StalePlan):
    """What a plan counted on is not there any more; the batch must be rolled back and planned anew."""

    def __init__(self, keys: Iterable[StockKey]) -> None:
        self.keys = tuple(sorted(keys))
        super().__init__(f"{len(self.keys)} balances changed meanwhile")


@quick
@dataclass(frozen=True, slots=True)
class Demand:
    """Units of a SKU that a demand wants from a warehouse."""

    demand_id: int
    warehouse_id: int
    sku_id: int
    quantity: int


def reserve(demands: Sequence[Demand], *, returned: Mapping[StockKey, int] | None = None) -> None:
    """Reserve all the demands or raise StaleStock; the last statement of the caller's transaction.

    ``returned`` are units by balance whose reservations the caller has closed (``close``): they are given back by the same
    statement, so that every balance is locked once and in key order.
    """
    summed: Counter[tuple[int, int, int]] = Counter()
    for demand in demands:
        summed[demand.demand_id, demand.warehouse_id, demand.sku_id] += demand.quantity
    if returned:
        publish(StockArrived(tuple(sorted(returned))))
    if not summed and not returned:
        return
    now = timezone.now()
    copy_rows(
        Reservation,
        ("demand_id", "warehouse_id", "sku_id", "quantity", "state", "created_at"),
        ((d, w, s, quantity, "active", now) for (d, w, s), quantity in sorted(summed.items())),
    )
    wanted: Counter[StockKey] = Counter()
    for (_demand, warehouse, sku), quantity in summed.items():
        wanted[warehouse, sku] += quantity
    wanted.subtract(returned or {})
    growing = {key for key, units in wanted.items() if units > 0}
    missing = growing - change_balances({}, {key: units for key, units in wanted.items() if units}, guard=True)
    if missing:
        raise StaleStock(missing)


def close(demand_ids: Iterable[int], state: Reservation.State) -> Counter[StockKey]:
    """Close the active reservations of the demands and return the units by balance; balances are not touched."""
    units: Counter[StockKey] = Counter()
    for warehouse, sku, quantity in close_reservations(demand_ids, state.value):
        units[warehouse, sku] += quantity
    return units


def release(demand_ids: Iterable[int]) -> None:
    """Give back what the demands hold; a demand that holds nothing is no error. Others may wait for these units."""
    units = close(demand_ids, Reservation.State.RELEASED)
    if not units:
        return
    publish(StockArrived(tuple(sorted(units))))
    change_balances({}, {key: -quantity for key, quantity in units.items()}, guard=False)
