"""Which gifts each basket earns: greedy by rank, every unit consumed at most once in a group (docs/algorithms/promotions.md).

    candidates by mask → window → alone? → lines left in the group → measure → limits → gifts by choice and stock → grant

Baskets are served in the given order; stock and limits that one has used up are gone for the next. Pure: the same baskets and the same
snapshot give the same grants, whatever the order of the lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from promotions.engine.benefits import PICKERS, take
from promotions.engine.index import SchemeIndex
from promotions.engine.limits import NO_LIMIT, decisive_moment, units_left, use
from promotions.engine.measures import MEASURES, Counted, Reached
from promotions.engine.values import (
    Basket,
    BasketGrants,
    CounterKey,
    Gift,
    Grant,
    Kind,
    NoStock,
    PassedScheme,
    PromotionPlan,
    PromotionSnapshot,
    SchemeFacts,
    Tier,
)


def plan_gifts(baskets: Sequence[Basket], snapshot: PromotionSnapshot) -> PromotionPlan:
    """The grants of the baskets, in their order, and what each limit and shelf lost by them."""
    matcher = _Matcher(snapshot)
    verdicts = tuple(matcher.match(basket) for basket in baskets)
    return PromotionPlan(verdicts, matcher.growth, matcher.stock)


class _Matcher:
    def __init__(self, snapshot: PromotionSnapshot) -> None:
        self._index = SchemeIndex(snapshot)
        self._used = dict(snapshot.used)
        self.stock = dict(snapshot.stock)
        self.growth: dict[CounterKey, int] = {}
        self._passed: dict[tuple[int, str], PassedScheme] = {}

    def match(self, basket: Basket) -> BasketGrants:
        grants: list[Grant] = []
        passed: list[PassedScheme] = []
        taken: dict[tuple[str, int], int] = {}
        goods = [self._index.of_sku(line.sku_id) for line in basket.lines]
        whole = [Counted(line, line.quantity) for line in basket.lines]
        for scheme, bit in self._index.candidates(basket, goods):
            if not _in_window(basket, scheme):
                continue
            lines = [line for line, of_line in zip(whole, goods, strict=True) if of_line & bit]
            if scheme.picky or (scheme.group and taken):
                lines = _left(lines, scheme, taken)
            code = self._try(basket, scheme, lines, grants, taken)
            if code:
                passed.append(self._pass(scheme, code))
            elif scheme.alone:
                break
        return BasketGrants(basket.key, tuple(grants), tuple(passed))

    def _pass(self, scheme: SchemeFacts, code: str) -> PassedScheme:
        """What tells of a scheme that gave nothing, one value for all baskets."""
        found = self._passed.get((scheme.id, code))
        if found is None:
            found = self._passed[scheme.id, code] = PassedScheme(scheme.id, scheme.version, scheme.name, code)
        return found

    def _try(
        self,
        basket: Basket,
        scheme: SchemeFacts,
        lines: list[Counted],
        grants: list[Grant],
        taken: dict[tuple[str, int], int],
    ) -> str:
        """Add the scheme's grant to ``grants``, or return the code of why there is none."""
        if scheme.alone and grants:
            return "stands_alone"
        if not lines:
            return "goods_excluded"
        allowed, code = units_left(scheme, basket, self._used) if scheme.limited else (NO_LIMIT, "")
        reached = MEASURES[scheme.kind].reach(scheme, lines, allowed)
        if not reached.tiers:
            unlimited = MEASURES[scheme.kind].reach(scheme, lines, NO_LIMIT) if code else reached
            return code if unlimited.tiers else "below_threshold"
        grant = self._give(scheme, reached)
        given = grant.units
        if not given:
            return "gift_out_of_stock"
        if scheme.limited:
            for key, units in use(scheme, basket, given, self._used).items():
                self.growth[key] = self.growth.get(key, 0) + units
        if scheme.group:
            for index, units in reached.consumed:
                taken[scheme.group, index] = taken.get((scheme.group, index), 0) + units
        grants.append(grant)
        return ""

    def _give(self, scheme: SchemeFacts, reached: Reached) -> Grant:
        wanted: list[Gift] = list(reached.same_goods)
        if scheme.kind is not Kind.BUY_A_GET_A:
            for step in reached.tiers:
                tier = _tier_at(scheme, step.threshold)
                wanted += PICKERS[tier.choice].pick(tier, step.times, scheme, self.stock)
        picked = take(scheme, wanted, self.stock)
        return Grant(scheme, reached.tiers, picked.gifts, reached.consumed, reached.measure, picked.missing)


def _left(lines: list[Counted], scheme: SchemeFacts, taken: dict[tuple[str, int], int]) -> list[Counted]:
    """The lines that qualify, with the units of each that no scheme of the same group has consumed."""
    found: list[Counted] = []
    for counted in lines:
        line = counted.line
        if (line.discounted and scheme.skip_discounted) or (line.presale and scheme.skip_presale):
            continue
        gone = taken.get((scheme.group, line.index), 0) if scheme.group else 0
        if not gone:
            found.append(counted)
        elif gone < line.quantity:
            found.append(Counted(line, line.quantity - gone))
    return found


def _tier_at(scheme: SchemeFacts, threshold: int) -> Tier:
    """The step that begins there; a scheme that is not saved yet has steps without ids."""
    for tier in scheme.tiers:
        if tier.threshold == threshold:
            return tier
    raise AssertionError("a reached step is a step of the scheme")


def _in_window(basket: Basket, scheme: SchemeFacts) -> bool:
    moment = decisive_moment(basket, scheme)
    if moment is None:
        return False
    if scheme.starts_at is not None and moment < scheme.starts_at:
        return False
    return scheme.ends_at is None or moment < scheme.ends_at


def waits(grant: Grant) -> bool:
    """Whether the order has to wait for gifts that are not in stock."""
    return bool(grant.missing) and grant.scheme.no_stock is NoStock.WAIT
