"""What is wrong with a scheme before it may go live: every problem with the field it stands at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from promotions.engine.limits import NO_LIMIT
from promotions.engine.measures import times_of
from promotions.engine.values import Choice, Kind, NoStock, SchemeFacts, TierMode


@dataclass(frozen=True, slots=True)
class Problem:
    """A code (the sentence is in ``promotions.words``), the field it stands at, and the steps it names."""

    code: str
    field: str
    tiers: tuple[int, ...] = ()


def check_scheme(scheme: SchemeFacts) -> list[Problem]:
    """All problems of a scheme; an empty list means that the engine can decide it for every order."""
    return [*_window(scheme), *_tiers(scheme), *_gifts(scheme), *_limits(scheme)]


def _window(scheme: SchemeFacts) -> Iterator[Problem]:
    if scheme.starts_at is not None and scheme.ends_at is not None and scheme.starts_at >= scheme.ends_at:
        yield Problem("window_reversed", "ends_at")
    if scheme.scope.skus and scheme.scope.skus <= scheme.scope.without_skus:
        yield Problem("scope_empty", "scope")


def _tiers(scheme: SchemeFacts) -> Iterator[Problem]:
    if not scheme.tiers:
        yield Problem("no_tiers", "tiers")
        return
    thresholds = [tier.threshold for tier in scheme.tiers]
    if any(threshold <= 0 for threshold in thresholds):
        yield Problem("threshold_not_positive", "tiers")
        return
    if len(set(thresholds)) != len(thresholds):
        yield Problem("tiers_overlap", "tiers")
    if scheme.kind in {Kind.BUY_A_GET_A, Kind.BUY_AND_GET} and len(scheme.tiers) > 1:
        yield Problem("one_tier_only", "tiers")
    counted = all(tier.units > 0 for tier in scheme.tiers)
    if counted and scheme.kind is not Kind.BUY_A_GET_A and scheme.mode is not TierMode.EACH:
        yield from _falling(scheme)


def _falling(scheme: SchemeFacts) -> Iterator[Problem]:
    """More goods must never bring fewer gifts: at each step the gifts are at least what any smaller measure brings.

    It is enough to look at the steps: between them and beyond them the arithmetic repeats itself.
    """
    ordered = sorted(scheme.tiers, key=lambda tier: tier.threshold)
    best = 0
    for position, tier in enumerate(ordered):
        at_step = _units_at(scheme, tier.threshold)
        if position:
            best = max(best, _units_at(scheme, tier.threshold - 1))
        if at_step < best:
            yield Problem("fewer_gifts_above", "tiers", (tier.threshold,))
        best = max(best, at_step)


def _units_at(scheme: SchemeFacts, measure: int) -> int:
    return sum(tier.units * times for tier, times in times_of(scheme.tiers, scheme.mode, measure, NO_LIMIT))


def _gifts(scheme: SchemeFacts) -> Iterator[Problem]:
    if scheme.kind is Kind.BUY_A_GET_A:
        if any(tier.pick <= 0 for tier in scheme.tiers):
            yield Problem("gift_quantity_not_positive", "tiers")
        return
    for tier in scheme.tiers:
        if not tier.gifts:
            yield Problem("no_gifts", "tiers", (tier.threshold,))
        if any(gift.quantity <= 0 for gift in tier.gifts):
            yield Problem("gift_quantity_not_positive", "tiers", (tier.threshold,))
        if len({gift.sku_id for gift in tier.gifts}) != len(tier.gifts):
            yield Problem("gift_twice", "tiers", (tier.threshold,))
        if tier.choice is Choice.ANY_OF and tier.pick <= 0:
            yield Problem("pick_not_positive", "tiers", (tier.threshold,))
        if scheme.scope.skus & {gift.sku_id for gift in tier.gifts}:
            yield Problem("gift_is_condition", "tiers", (tier.threshold,))
    if scheme.no_stock is NoStock.SUBSTITUTE and not scheme.substitutes:
        yield Problem("no_substitutes", "substitutes")


def _limits(scheme: SchemeFacts) -> Iterator[Problem]:
    for name in ("total", "per_day", "per_buyer"):
        limit = getattr(scheme, name)
        if limit is not None and limit.limit <= 0:
            yield Problem("limit_not_positive", name)
    for name, code in (("per_day", "day_above_total"), ("per_buyer", "buyer_above_total")):
        limit = getattr(scheme, name)
        if scheme.total and limit and scheme.total.unit == limit.unit and limit.limit > scheme.total.limit:
            yield Problem(code, name)


def conflicts(schemes: Sequence[SchemeFacts]) -> list[tuple[SchemeFacts, SchemeFacts, str]]:
    """Pairs of schemes that take goods or orders from each other, with the code of how; in rank order."""
    found: list[tuple[SchemeFacts, SchemeFacts, str]] = []
    for position, first in enumerate(schemes):
        for second in schemes[position + 1 :]:
            if not _meet(first, second):
                continue
            if first.alone or second.alone:
                found.append((first, second, "stands_alone"))
            elif first.group and first.group == second.group:
                found.append((first, second, "same_group"))
            elif first.kind == second.kind:
                found.append((first, second, "gives_twice"))
    return found


def _meet(first: SchemeFacts, second: SchemeFacts) -> bool:
    """Whether an order can be in the reach of both."""
    if first.shops and second.shops and not first.shops & second.shops:
        return False
    if first.ends_at and second.starts_at and first.ends_at <= second.starts_at:
        return False
    if second.ends_at and first.starts_at and second.ends_at <= first.starts_at:
        return False
    if first.regions and second.regions:
        near = any(a.startswith(b) or b.startswith(a) for a in first.regions for b in second.regions)
        if not near:
            return False
    if first.scope.skus and second.scope.skus and not _named_otherwise(first) and not _named_otherwise(second):
        return bool(first.scope.skus & second.scope.skus)
    return True


def _named_otherwise(scheme: SchemeFacts) -> bool:
    return bool(scheme.scope.products or scheme.scope.categories or scheme.scope.brands)
