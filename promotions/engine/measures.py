"""What a scheme counts, and how often its steps are reached. One class for each kind of scheme.

Units left of a line are what no scheme of the same group has consumed before. A line's amount is shared over its units; what is left
of it is ``amount × left ÷ quantity``, rounded down to the fen, so that a partly consumed line never counts for more than was paid.

What limits still allow (``budget``, in gift units) is filled from the highest step down: a step whose gifts do not fit is passed over for a
lower one that does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from promotions.engine.values import BasketLine, Gift, Kind, SchemeFacts, Tier, TierMode, TierTimes


class Counted(NamedTuple):
    """A line that qualifies, with the units of it that are left."""

    line: BasketLine
    left: int

    @property
    def amount(self) -> int:
        """Fen that the units left count for."""
        line = self.line
        return line.amount if self.left == line.quantity else line.amount * self.left // line.quantity


class Reached(NamedTuple):
    """One line of arithmetic: what was measured, which steps it reached how often, and the units that this takes."""

    measure: int
    tiers: tuple[TierTimes, ...]
    consumed: tuple[tuple[int, int], ...]
    same_goods: tuple[Gift, ...] = ()
    """For buy A get A: the gifts, which are the goods themselves."""


class Measure(Protocol):
    """Counts qualifying lines for a scheme of one kind."""

    def reach(self, scheme: SchemeFacts, lines: Sequence[Counted], budget: int) -> Reached:
        """What the lines reach with so many gift units allowed."""


def canonical(lines: Sequence[Counted]) -> list[Counted]:
    """The lines in an order of their own, so that the order in which they came cannot matter."""
    if len(lines) == 1:
        return list(lines)
    return sorted(lines, key=lambda c: (c.line.sku_id, c.line.amount, c.line.quantity, c.left, c.line.index))


def times_of(tiers: Sequence[Tier], mode: TierMode, measure: int, budget: int) -> list[tuple[Tier, int]]:
    """How often each step (the highest first) is given at the measure with so many gift units allowed."""
    found: list[tuple[Tier, int]] = []
    rest = measure
    for tier in tiers:
        if rest < tier.threshold or budget < tier.units:
            continue
        times = min(rest // tier.threshold, budget // tier.units)
        if mode is TierMode.MULTIPLE:
            rest -= times * tier.threshold
        else:
            times = 1
        budget -= times * tier.units
        found.append((tier, times))
        if mode is TierMode.HIGHEST:
            break
    return found


def _needed(mode: TierMode, given: Sequence[tuple[Tier, int]]) -> int:
    """How much of the measure the given steps take: of steps that stand on each other, the highest one's."""
    if mode is TierMode.MULTIPLE:
        return sum([tier.threshold * times for tier, times in given])
    return given[0][0].threshold if given else 0


def _tier_times(given: Sequence[tuple[Tier, int]]) -> tuple[TierTimes, ...]:
    return tuple([TierTimes(tier.id, tier.threshold, times) for tier, times in given])


class QuantityMeasure:
    """Counts units; consumes as many as the steps ask for, line by line."""

    def reach(self, scheme: SchemeFacts, lines: Sequence[Counted], budget: int) -> Reached:
        measure = sum([counted.left for counted in lines])
        given = times_of(scheme.tiers, scheme.mode, measure, budget)
        if not given:
            return Reached(measure, (), ())
        wanted = _needed(scheme.mode, given)
        consumed: list[tuple[int, int]] = []
        for counted in canonical(lines):
            taken = min(wanted, counted.left)
            if taken:
                consumed.append((counted.line.index, taken))
                wanted -= taken
        return Reached(measure, _tier_times(given), tuple(consumed))


class AmountMeasure:
    """Counts fen; consumes whole units, line by line, until the steps' amount is covered."""

    def reach(self, scheme: SchemeFacts, lines: Sequence[Counted], budget: int) -> Reached:
        measure = sum([counted.amount for counted in lines])
        given = times_of(scheme.tiers, scheme.mode, measure, budget)
        if not given:
            return Reached(measure, (), ())
        wanted = _needed(scheme.mode, given)
        consumed: list[tuple[int, int]] = []
        for counted in canonical(lines):
            if wanted <= 0:
                break
            taken = _units_for(counted, wanted)
            if taken:
                consumed.append((counted.line.index, taken))
                wanted -= counted.line.amount * taken // counted.line.quantity
        return Reached(measure, _tier_times(given), tuple(consumed))


def _units_for(counted: Counted, wanted: int) -> int:
    """The fewest units of the line that cover the wanted fen, at most what is left; none of goods that cost nothing."""
    if counted.line.amount <= 0:
        return 0
    return min(counted.left, -(-wanted * counted.line.quantity // counted.line.amount))


class SameGoodsMeasure:
    """Counts each SKU by itself: every ``threshold`` units of it bring the step's number of units of the same SKU."""

    def reach(self, scheme: SchemeFacts, lines: Sequence[Counted], budget: int) -> Reached:
        tier = scheme.tiers[0]
        by_sku: dict[int, list[Counted]] = {}
        for counted in canonical(lines):
            by_sku.setdefault(counted.line.sku_id, []).append(counted)
        times = 0
        gifts: list[Gift] = []
        consumed: list[tuple[int, int]] = []
        for sku_id, found in sorted(by_sku.items()):
            here = sum(counted.left for counted in found) // tier.threshold
            if scheme.mode is not TierMode.MULTIPLE:
                here = min(here, 1)
            here = min(here, (budget - times * tier.pick) // tier.pick)
            if here <= 0:
                continue
            times += here
            gifts.append(Gift(sku_id, tier.pick * here))
            wanted = here * tier.threshold
            for counted in found:
                taken = min(wanted, counted.left)
                if taken:
                    consumed.append((counted.line.index, taken))
                    wanted -= taken
        measure = sum(counted.left for counted in lines)
        reached = (TierTimes(tier.id, tier.threshold, times),) if times else ()
        return Reached(measure, reached, tuple(consumed), tuple(gifts))


MEASURES: Mapping[Kind, Measure] = {
    Kind.BUY_AND_GET: QuantityMeasure(),
    Kind.QUANTITY_REACHED: QuantityMeasure(),
    Kind.AMOUNT_REACHED: AmountMeasure(),
    Kind.BUY_A_GET_A: SameGoodsMeasure(),
}
"""A new kind of scheme is one class and one line here."""
