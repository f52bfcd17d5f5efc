"""What becomes of a trade under two books of rules, and what differs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from oms.core.values import quick
from orders.engine.values import ZERO, OrderPlan, Plan


class Change(StrEnum):
    """How a trade's fate differs; a trade may differ in several ways."""

    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    STOPS = "stops"
    GOES_ON = "goes_on"
    OTHER_REASON = "other_reason"
    WAITS = "waits"
    PASSES = "passes"
    PRESALE = "presale"
    SPLIT = "split"
    MERGE = "merge"
    FREIGHT = "freight"
    ASSIGNED = "assigned"
    GIFTS = "gifts"


@quick
@dataclass(frozen=True, slots=True)
class Parcel:
    """One order that a trade is in, as a plan makes it."""

    state: str
    warehouse_id: int | None
    carrier_id: int | None
    exceptions: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a trade: its parcels, the trades with it, freight in yuan (None: unknown), gifts (SKU, units)."""

    parcels: tuple[Parcel, ...]
    company: tuple[int, ...]
    freight: Decimal | None
    assigned: tuple[Any, ...]
    gifts: tuple[tuple[int, int], ...] = ()

    @property
    def exceptions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([code for parcel in self.parcels for code in parcel.exceptions]))

    @property
    def presale(self) -> bool:
        return "presale" in [parcel.state for parcel in self.parcels]

    @property
    def progress(self) -> int:
        """How far the slowest parcel comes by itself."""
        return min([_PROGRESS.get(parcel.state, 0) for parcel in self.parcels], default=0)

    def places(self, name: str) -> tuple[int, ...]:
        """The warehouses or the carriers of the parcels, each once, ascending."""
        read = _PLACES[name]
        if len(self.parcels) == 1:
            place = read(self.parcels[0])
            return () if place is None else (place,)
        return tuple(sorted({place for place in map(read, self.parcels) if place is not None}))

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "parcels": [[p.state, p.warehouse_id, p.carrier_id, list(p.exceptions)] for p in self.parcels],
            "with": len(self.company),
            "freight": None if self.freight is None else str(self.freight),
            "assigned": list(self.assigned),
            "gifts": [list(gift) for gift in self.gifts],
        }


_PLACES: dict[str, Callable[[Parcel], int | None]] = {
    "warehouse": lambda parcel: parcel.warehouse_id,
    "carrier": lambda parcel: parcel.carrier_id,
}
_PROGRESS = {"cs_review": 1, "finance_review": 2, "approved": 3}


def fates_of(plan: Plan) -> dict[int, Fate]:
    """What becomes of each draft of the batch, by the draft's key."""
    orders: dict[int, list[OrderPlan]] = {}
    for order in plan.orders:
        for key in dict.fromkeys(order.sources) if order.parents else (order.draft.key,):
            orders.setdefault(key, []).append(order)
    return {key: _fate(key, found) for key, found in orders.items()}


def _fate(key: int, orders: list[OrderPlan]) -> Fate:
    first = orders[0]
    terms = first.terms
    if len(orders) == 1:
        company = tuple(sorted(set(first.sources) - {key})) if first.parents else ()
        freight = terms.freight
    else:
        company = tuple(sorted({source for order in orders for source in order.sources} - {key}))
        known = [order.terms.freight for order in orders if order.terms.freight is not None]
        freight = sum(known, ZERO) if len(known) == len(orders) else None
    return Fate(
        tuple([Parcel(order.state, order.warehouse_id, order.carrier_id, order.exceptions) for order in orders]),
        company,
        freight,
        (terms.department_id, terms.salesperson_id, terms.business_type),
        _gifts(orders),
    )


def _gifts(orders: list[OrderPlan]) -> tuple[tuple[int, int], ...]:
    """Units of each SKU that campaigns give, ascending."""
    units: dict[int, int] = {}
    for order in orders:
        for line in order.lines if order.granted else ():
            if line.draft.gift_scheme_id is not None and line.sku_id is not None:
                units[line.sku_id] = units.get(line.sku_id, 0) + line.quantity
    return tuple(sorted(units.items()))


def changes(before: Fate, after: Fate) -> tuple[Change, ...]:
    """How the two differ; nothing when they do not."""
    if before == after:
        return ()
    found: list[Change] = []
    for name, change in (("warehouse", Change.WAREHOUSE), ("carrier", Change.CARRIER)):
        old, new = before.places(name), after.places(name)
        if old and new and old != new:
            found.append(change)
    if before.exceptions != after.exceptions:
        if not before.exceptions:
            found.append(Change.STOPS)
        else:
            found.append(Change.OTHER_REASON if after.exceptions else Change.GOES_ON)
    elif not before.exceptions and before.presale == after.presale and before.progress != after.progress:
        found.append(Change.PASSES if after.progress > before.progress else Change.WAITS)
    if before.presale != after.presale:
        found.append(Change.PRESALE)
    if len(before.parcels) != len(after.parcels):
        found.append(Change.SPLIT)
    if before.company != after.company:
        found.append(Change.MERGE)
    if before.freight != after.freight:
        found.append(Change.FREIGHT)
    if before.assigned != after.assigned:
        found.append(Change.ASSIGNED)
    if before.gifts != after.gifts:
        found.append(Change.GIFTS)
    return tuple(found)


@dataclass(slots=True)
class Side:
    """Totals under one book: orders by state and by reason; freight and margin in yuan of those of which they are known."""

    orders: int = 0
    states: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    freight: Decimal = ZERO
    freight_unknown: int = 0
    margin: Decimal = ZERO
    margin_unknown: int = 0
    with_gifts: int = 0
    gifts: Counter[int] = field(default_factory=Counter)
    """Units that campaigns gave of each SKU."""
    granted: Counter[int] = field(default_factory=Counter)
    """Units that each scheme gave."""
    granted_orders: Counter[int] = field(default_factory=Counter)

    def add(self, plan: Plan) -> None:
        """Count the orders of a batch."""
        self._add_gifts(plan)
        for order in plan.orders:
            self.orders += 1
            self.states[order.state] += 1
            self.exceptions.update(order.exceptions)
            if order.terms.freight is None:
                self.freight_unknown += 1
            else:
                self.freight += order.terms.freight
            if order.terms.margin is None:
                self.margin_unknown += 1
            else:
                self.margin += order.terms.margin

    def _add_gifts(self, plan: Plan) -> None:
        counted: set[int] = set()
        for order in plan.orders:
            if not order.granted or order.basket is None:
                continue
            for line in order.lines:
                if line.draft.gift_scheme_id is not None and line.sku_id is not None:
                    self.gifts[line.sku_id] += line.quantity
            # The parts of a split carry the grants of the order that they were.
            if order.basket.key not in counted:
                counted.add(order.basket.key)
                self.with_gifts += 1
                for grant in order.granted:
                    self.granted[grant.scheme.id] += grant.units
                    self.granted_orders[grant.scheme.id] += 1

    def to_json(self) -> dict[str, Any]:
        """The stored form; amounts as text."""
        return {
            "with_gifts": self.with_gifts,
            "gifts": {str(sku_id): units for sku_id, units in sorted(self.gifts.items())},
            "granted": {str(scheme): units for scheme, units in sorted(self.granted.items())},
            "granted_orders": {str(scheme): count for scheme, count in sorted(self.granted_orders.items())},
            "orders": self.orders,
            "states": dict(sorted(self.states.items())),
            "exceptions": dict(sorted(self.exceptions.items())),
            "freight": str(self.freight),
            "freight_unknown": self.freight_unknown,
            "margin": str(self.margin),
            "margin_unknown": self.margin_unknown,
        }


@dataclass(slots=True)
class Totals:
    """What a run found: trades looked at, those that differ, how, between which places, and both sides."""

    trades: int = 0
    changed: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, tuple[int, ...], tuple[int, ...]]] = field(default_factory=Counter)
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)

    def add(self, before: Fate, after: Fate) -> tuple[Change, ...]:
        """Count a trade and say how it differs."""
        self.trades += 1
        found = changes(before, after)
        if found:
            self.changed += 1
            self.changes.update([change.value for change in found])
            for change in found:
                if change is Change.WAREHOUSE or change is Change.CARRIER:
                    self.moves[change.value, before.places(change.value), after.places(change.value)] += 1
        return found

    def to_json(self) -> dict[str, Any]:
        """The stored form, in a fixed order."""
        moves = sorted(self.moves.items(), key=lambda item: (-item[1], item[0]))
        return {
            "trades": self.trades,
            "changed": self.changed,
            "changes": {change.value: self.changes[change.value] for change in Change if self.changes[change.value]},
            "moves": [[kind, list(old), list(new), count] for (kind, old, new), count in moves],
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


def compare(before: Plan, after: Plan, totals: Totals) -> list[tuple[int, tuple[Change, ...], Fate, Fate]]:
    """Count a batch; the drafts that differ by key, how, and both fates, ascending."""
    totals.before.add(before)
    totals.after.add(after)
    old, new = fates_of(before), fates_of(after)
    found = ((key, totals.add(old[key], new[key]), old[key], new[key]) for key in sorted(old))
    return [one for one in found if one[1]]
