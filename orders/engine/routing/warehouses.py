"""Which warehouse serves an order: by a rule that names one, or by the least total cost over warehouses and carriers.

    fit       the warehouse is in use, ships to the region, and all goods may ship from it (their stocking warehouses)
    left      stock of the batch's plan less what orders before this one are to take from it
    serves    fit, a carrier drives from there, and, where the rule looks at stock, everything is left there

A rule abstains when what it names does not serve; the next one is asked. When no warehouse has the stock, a rule by price decides as
if all had it, and the order waits for goods at the cheapest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from oms.core.values import quick
from orders.engine.decisions import PassedOver
from orders.engine.routing.carriers import CarrierChoice, CarrierDesk, Errand, ErrandDesk, load_codes
from orders.engine.routing.carriers import Load as CarrierLoad
from orders.engine.routing.choose import Found, Load, Placement, Question, find_cheapest
from orders.engine.routing.coverage import Reach
from orders.engine.routing.scope import RuleScopes
from orders.engine.values import RoutingRuleFacts, Snapshot, StockKey, WarehouseFacts


@quick
@dataclass(frozen=True, slots=True)
class Served:
    """The parts (warehouse, load, carrier), by which rule, and how that was found; no parts when no rule serves."""

    parts: tuple[tuple[int, Load, CarrierChoice], ...] = ()
    rule: RoutingRuleFacts | None = None
    passed_over: tuple[PassedOver, ...] = ()
    found: Found | None = None
    stock: str = ""
    stuck: tuple[int, CarrierChoice] | None = None
    """The first warehouse that would have served if a carrier drove from there."""
    asked: bool = False
    """A person asked for the warehouse: no rule is looked at."""


@quick
@dataclass(frozen=True, slots=True)
class Ask:
    """One order's question: who for, units by SKU, what they weigh together and each, and what a person or an undo allows.

    ``kept`` are the warehouses of those SKUs that are kept at certain ones only.
    """

    errand: Errand
    units: Load
    whole: CarrierLoad
    may_split: bool
    overrule: bool
    grams: Mapping[int, int] = field(default_factory=dict)
    kept: Mapping[int, frozenset[int]] = field(default_factory=dict)
    warehouse_id: int | None = None

    def kept_at(self, sku_id: int, warehouse_id: int) -> bool:
        """Whether the SKU may ship from the warehouse."""
        return sku_id not in self.kept or warehouse_id in self.kept[sku_id]


class WarehouseDesk:
    """Serves the orders of a batch one after the other."""

    def __init__(self, snapshot: Snapshot, left: dict[StockKey, int]) -> None:
        self._snapshot = snapshot
        self._rules = snapshot.rules
        self._left = left
        self._scopes = RuleScopes(snapshot.warehouse_rules)
        self._ranked = sorted(snapshot.warehouses.values(), key=lambda site: (site.priority, site.id))
        self._carriers = CarrierDesk(snapshot)

    def serve(self, ask: Ask) -> Served:
        """The warehouse that a person asked for, else the first rule in rank order that serves."""
        if ask.warehouse_id is not None:
            return self._asked(ask.warehouse_id, ask)
        passed: list[PassedOver] = []
        stuck: tuple[int, CarrierChoice] | None = None
        errand = ask.errand
        for rule, scope in self._scopes.of(errand.shop_id, errand.region, errand.payment):
            codes = (*scope, *load_codes(rule, ask.whole))
            if not codes:
                served, codes = self._named(rule, ask) if rule.target_id is not None else self._by_cost(rule, ask)
                if served.parts:
                    return Served(served.parts, rule, tuple(passed), served.found, served.stock)
                stuck = stuck or served.stuck
            passed.append(PassedOver(rule.head.id, rule.head.version, rule.head.name, codes))
        return Served(passed_over=tuple(passed), stuck=stuck)

    def _asked(self, warehouse_id: int, ask: Ask) -> Served:
        site = self._snapshot.warehouses.get(warehouse_id)
        code = self._unfit(site, ask)
        if code:
            name = site.name if site is not None else ""
            return Served(passed_over=(PassedOver(0, 0, name, (code,)),), asked=True)
        choice = self._carriers.of(ask.errand, overrule=ask.overrule).choose(warehouse_id, ask.whole)
        if choice.carrier_id is None:
            return Served(stuck=(warehouse_id, choice), asked=True)
        return Served(((warehouse_id, ask.units, choice),), asked=True)

    def _named(self, rule: RoutingRuleFacts, ask: Ask) -> tuple[Served, tuple[str, ...]]:
        site = self._snapshot.warehouses.get(rule.target_id or 0)
        code = self._unfit(site, ask)
        if code or site is None:
            return Served(), (code,)
        if rule.in_stock and any(self._left.get((site.id, sku), 0) < units for sku, units in ask.units):
            return Served(), ("not_in_stock",)
        choice = self._carriers.of(ask.errand, overrule=ask.overrule).choose(site.id, ask.whole)
        if choice.carrier_id is None:
            return Served(stuck=(site.id, choice)), (choice.reason.value,)
        return Served(((site.id, ask.units, choice),)), ()

    def _by_cost(self, rule: RoutingRuleFacts, ask: Ask) -> tuple[Served, tuple[str, ...]]:
        sites = [s for s in self._ranked if s.enabled and (not rule.candidates or s.id in rule.candidates)]
        codes = {site.id: self._unfit(site, ask, kept=rule.max_parts == 1 or not ask.may_split) for site in sites}
        fit = tuple(site.id for site in sites if not codes[site.id])
        if not fit:
            return Served(), tuple(dict.fromkeys(codes.values())) or ("nobody_in_use",)
        max_parts = rule.max_parts if ask.may_split else 1
        room = {
            (site, sku): self._left.get((site, sku), 0)
            for site in fit
            for sku, _units in ask.units
            if ask.kept_at(sku, site)
        }
        costs = _Costs(self._carriers.of(ask.errand, overrule=ask.overrule), ask, self._snapshot)
        found = find_cheapest(Question(ask.units, fit, room, max_parts), costs.cost, costs.floor)
        stock = ""
        if found.best is None:
            endless = {key: sum(units for _sku, units in ask.units) for key in room}
            stock = "" if found.singles else "nowhere"
            found = find_cheapest(Question(ask.units, fit, endless, max_parts), costs.cost, costs.floor)
        if found.best is None:
            choice = costs.choice(fit[0], ask.units)
            if choice.carrier_id is None:
                return Served(stuck=(fit[0], choice)), (choice.reason.value,)
            return Served(), (choice.freight_unknown or "no_freight_table",)
        parts = tuple((site, load, costs.choice(site, load)) for site, load in found.best.parts)
        return Served(parts, found=found, stock=stock), ()

    def _unfit(self, site: WarehouseFacts | None, ask: Ask, *, kept: bool = True) -> str:
        """Why the warehouse may not serve, "" when it may. Without ``kept`` it may serve a part of the goods."""
        if site is None or not site.enabled:
            return "target_disabled"
        reach = self._rules.coverage.warehouse(site.id, ask.errand.region)
        if reach is not Reach.COVERED:
            return reach.value
        if not ask.kept:
            return ""
        at_home = [ask.kept_at(sku, site.id) for sku, _units in ask.units]
        return "" if (all(at_home) if kept else any(at_home)) else "not_kept_there"


class _Costs:
    """What loads of an order cost: freight of the carrier that would drive, and packing."""

    def __init__(self, carriers: ErrandDesk, ask: Ask, snapshot: Snapshot) -> None:
        self._carriers, self._ask, self._snapshot = carriers, ask, snapshot
        self._packing = snapshot.rules.costs_of(ask.errand.shop_id).packing
        self._weighed: dict[Load, CarrierLoad] = {ask.units: ask.whole}

    def choice(self, warehouse_id: int, load: Load) -> CarrierChoice:
        return self._carriers.choose(warehouse_id, self._weigh(load))

    def cost(self, warehouse_id: int, load: Load) -> Decimal | None:
        amount = self._carriers.choose(warehouse_id, self._weigh(load)).amount
        return None if amount is None else amount + self._packing

    def floor(self, warehouse_id: int, load: Load) -> Decimal:
        return self._packing + self._carriers.floor(warehouse_id, self._weigh(load))

    def _weigh(self, load: Load) -> CarrierLoad:
        weighed = self._weighed.get(load)
        if weighed is None:
            weighed = self._weighed[load] = weigh(load, self._ask.grams, self._snapshot)
        return weighed


def weigh(load: Load, grams: Mapping[int, int], snapshot: Snapshot) -> CarrierLoad:
    """Weight, volume and restrictions of a load; ``grams`` of one unit by SKU."""
    weight = volume = 0
    restrictions: frozenset[str] = frozenset()
    for sku, units in load:
        weight += grams.get(sku, 0) * units
        goods = snapshot.rules.goods.get(sku)
        if goods is not None:
            volume += goods.volume_cm3 * units
            restrictions |= goods.restrictions
    return CarrierLoad(weight, volume, restrictions)


def alternatives(found: Found, best: Placement) -> list[Placement]:
    """What could have served as well, cheapest first; what nobody drives last."""
    others = [single for single in found.singles if single.parts != best.parts]
    return sorted(others, key=lambda single: (single.total is None, single.total or Decimal(0), single.parts))
