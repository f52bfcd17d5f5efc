"""The least total cost of serving an order from one warehouse or several, exactly for the sizes that occur.

    site          a warehouse that may serve, in rank order (priority, id)
    room          units of a SKU that a site may give
    placement     for each SKU the units from each site of a set. A SKU that a site of the set holds whole is taken whole from one site;
                  only a SKU that none of them holds whole is divided, in every way there is
    cost          what a site's load costs (freight and packing), None when nobody can drive it
    total         sum of the costs of the sites that are used

All placements over at most ``max_parts`` sites are enumerated, set of sites by set of sites, cut off where even the cheapest carriers
could not undercut the best found so far. Of equal totals the fewest parts win, then the first sites in rank, then the placement that
gives more to them.
Above ``LIMIT`` placements the search is ``greedy``, and says so: for each set of sites one placement, each SKU whole from the first site
that holds it, else filled up in rank order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from math import comb, prod

from oms.core.values import quick

LIMIT = 20_000
ZERO = Decimal(0)

EXACT, GREEDY = "exact", "greedy"

Load = tuple[tuple[int, int], ...]
"""(SKU id, units), ascending by SKU, no zero."""

Vector = tuple[int, ...]
"""Units from each site."""

Cost = Callable[[int, Load], Decimal | None]
"""(warehouse id, load) → yuan."""


@quick
@dataclass(frozen=True, slots=True)
class Placement:
    """A way to serve: the load of each warehouse that is used, and the total in yuan (None: nobody can drive a part of it)."""

    parts: tuple[tuple[int, Load], ...]
    total: Decimal | None


@quick
@dataclass(frozen=True, slots=True)
class Found:
    """The best placement (None: there is none), how it was searched, and what each single warehouse would have cost."""

    best: Placement | None
    search: str
    singles: tuple[Placement, ...]


@quick
@dataclass(frozen=True, slots=True)
class Question:
    """What is to be served. ``room`` holds units by (warehouse id, SKU id); absent is none."""

    units: Load
    sites: tuple[int, ...]
    room: Mapping[tuple[int, int], int]
    max_parts: int = 1


Key = tuple[Decimal, int, tuple[int, ...], tuple[Vector, ...]]


def find_cheapest(question: Question, cost: Cost, floor: Callable[[int, Load], Decimal]) -> Found:
    """The cheapest placement. ``floor`` never exceeds the cost of a load or of any load that holds it."""
    search = _Search(question, cost, floor)
    search.try_singles()
    how = EXACT
    if question.max_parts > 1 and len(question.sites) > 1:
        how = search.try_splits()
    return Found(search.best, how, tuple(search.singles))


class _Search:
    def __init__(self, question: Question, cost: Cost, floor: Callable[[int, Load], Decimal]) -> None:
        self.question, self.cost, self.floor = question, cost, floor
        self.best: Placement | None = None
        self.singles: list[Placement] = []
        self._best_key: Key | None = None
        self._count = len(question.sites)
        self._least: dict[int, Decimal] = {}
        self._wholes = [
            tuple([i for i, site in enumerate(question.sites) if question.room.get((site, sku), 0) >= units])
            for sku, units in question.units
        ]

    def try_singles(self) -> None:
        """Every site that holds everything."""
        for index, site in enumerate(self.question.sites):
            if all(index in whole for whole in self._wholes):
                total = self.cost(site, self.question.units)
                self.singles.append(Placement(((site, self.question.units),), total))
                if total is not None and not self._beaten(total):
                    vectors = tuple([self._whole(index, units) for _sku, units in self.question.units])
                    self._offer(total, (index,), vectors)

    def try_splits(self) -> str:
        """Every placement over several sites, or one for each set of sites when there are too many."""
        most = min(self.question.max_parts, self._count, sum(units for _sku, units in self.question.units))
        if most < 2 or not self._worth(sorted(range(self._count), key=self._lightest)[:2]):
            return EXACT
        sets = [
            members
            for size in range(2, most + 1)
            for members in combinations(range(self._count), size)
            if self._worth(members)
        ]
        if sum(self._size(members) for members in sets) > LIMIT:
            for members in sets:
                self._try_greedy(members)
            return GREEDY
        for members in sets:
            self._enumerate(members)
        return EXACT

    def _worth(self, members: Sequence[int]) -> bool:
        """Whether the lightest parcels from all of the set could undercut, or equal, the best single warehouse."""
        if self.best is None or self.best.total is None:
            return True
        least = ZERO
        for index in members:
            least += self._lightest(index)
        return least <= self.best.total

    def _lightest(self, index: int) -> Decimal:
        if index not in self._least:
            site = self.question.sites[index]
            units = [self.floor(site, ((sku, 1),)) for sku, _units in self.question.units]
            self._least[index] = min(units, default=Decimal(0))
        return self._least[index]

    def _size(self, members: tuple[int, ...]) -> int:
        """How many placements the set allows, at most."""
        return prod(
            len(set(whole) & set(members)) or comb(units + len(members) - 1, len(members) - 1)
            for whole, (_sku, units) in zip(self._wholes, self.question.units, strict=True)
        )

    def _enumerate(self, members: tuple[int, ...]) -> None:
        options = [list(self._options(position, members)) for position in range(len(self._wholes))]
        if all(options):
            self._descend(members, options, ())

    def _options(self, position: int, members: tuple[int, ...]) -> Iterator[Vector]:
        sku, units = self.question.units[position]
        whole = [index for index in members if index in self._wholes[position]]
        if whole:
            yield from (self._whole(index, units) for index in whole)
            return
        caps = [self.question.room.get((self.question.sites[index], sku), 0) for index in members]
        for shares in _compositions(units, caps):
            vector = [0] * self._count
            for index, share in zip(members, shares, strict=True):
                vector[index] = share
            yield tuple(vector)

    def _whole(self, index: int, units: int) -> Vector:
        return (0,) * index + (units,) + (0,) * (self._count - index - 1)

    def _descend(
        self, members: tuple[int, ...], options: Sequence[Sequence[Vector]], chosen: tuple[Vector, ...]
    ) -> None:
        if len(chosen) == len(options):
            self._leaf(members, chosen)
            return
        for vector in options[len(chosen)]:
            further = (*chosen, vector)
            if not self._hopeless(members, further):
                self._descend(members, options, further)

    def _hopeless(self, members: tuple[int, ...], chosen: tuple[Vector, ...]) -> bool:
        if self.best is None or self.best.total is None:
            return False
        least = ZERO
        for index in members:
            load = self._load(index, chosen)
            if load:
                least += self.floor(self.question.sites[index], load)
        return least > self.best.total

    def _leaf(self, members: tuple[int, ...], chosen: tuple[Vector, ...]) -> None:
        total = ZERO
        for index in members:
            load = self._load(index, chosen)
            # A site that gives nothing belongs to a smaller set, which is looked at on its own.
            part = self.cost(self.question.sites[index], load) if load else None
            if part is None:
                return
            total += part
        if not self._beaten(total):
            self._offer(total, members, chosen)

    def _try_greedy(self, members: tuple[int, ...]) -> None:
        chosen: list[Vector] = []
        for whole, (sku, units) in zip(self._wholes, self.question.units, strict=True):
            index = next((index for index in members if index in whole), None)
            if index is not None:
                chosen.append(self._whole(index, units))
                continue
            vector, left = [0] * self._count, units
            for index in members:
                vector[index] = min(left, self.question.room.get((self.question.sites[index], sku), 0))
                left -= vector[index]
            if left:
                return
            chosen.append(tuple(vector))
        self._leaf(members, tuple(chosen))

    def _load(self, index: int, chosen: Sequence[Vector]) -> Load:
        return tuple(
            [
                (sku, vector[index])
                for (sku, _units), vector in zip(self.question.units, chosen, strict=False)
                if vector[index]
            ]
        )

    def _beaten(self, total: Decimal) -> bool:
        """Whether the best so far costs less, so that the rest of the key need not be looked at."""
        return self.best is not None and self.best.total is not None and total > self.best.total

    def _offer(self, total: Decimal, members: tuple[int, ...], chosen: tuple[Vector, ...]) -> None:
        key = (total, len(members), members, tuple([tuple([-units for units in vector]) for vector in chosen]))
        if self._best_key is None or key < self._best_key:
            self._best_key = key
            parts = tuple((self.question.sites[index], self._load(index, chosen)) for index in members)
            self.best = Placement(parts, total)


def _compositions(units: int, caps: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to take ``units`` from places that hold ``caps``."""
    if len(caps) == 1:
        if units <= caps[0]:
            yield (units,)
        return
    for share in range(min(units, caps[0]), -1, -1):
        for rest in _compositions(units - share, caps[1:]):
            yield (share, *rest)
