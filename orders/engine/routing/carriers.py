"""Which carrier drives a load from a warehouse to a region.

able      in use, covers the region from there, collects cash if asked, not too heavy, fit for the goods, not refused by the
          buyer, and its freight can be told if it has a table
wished    an able carrier that memo or message names goes before the rules
by rule   rules in rank order; the first whose named carrier is able, or that finds an able one by price, decides
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from oms.core.values import quick
from orders.engine.decisions import PassedOver
from orders.engine.reasons import ExceptionReason
from orders.engine.routing.coverage import Reach
from orders.engine.routing.scope import RuleScopes
from orders.engine.routing.wishes import MEMO, NO_WISH, Wish
from orders.engine.values import CarrierFacts, RoutingRuleFacts, RuleHead, Snapshot
from warehouse.engine.freight import Freight, Unknown

# An only reason that is worth a name of its own, the first that occurs.
NAMED = (
    ExceptionReason.RESTRICTED_GOODS,
    ExceptionReason.TOO_HEAVY,
    ExceptionReason.ZERO_WEIGHT,
    ExceptionReason.NO_FREIGHT_ROW,
)


class Load(NamedTuple):
    """What is to be driven: grams, cm³, and the restrictions of the goods. It is a key at every turn, and a tuple is a quick one."""

    weight_g: int
    volume_cm3: int
    restrictions: frozenset[str]


@quick
@dataclass(frozen=True, slots=True)
class Errand:
    """For whom and where to."""

    shop_id: int
    region: str
    payment: str
    wish: Wish
    carrier_id: int | None = None
    """The carrier that a person asked for on the order: no other drives, whatever message and memo say."""


@quick
@dataclass(frozen=True, slots=True)
class Priced:
    """A carrier and its freight in yuan, or why it was left out."""

    carrier_id: int
    amount: Decimal | None
    code: str = ""


@quick
@dataclass(frozen=True, slots=True)
class CarrierChoice:
    """The carrier (None: nobody can, ``reason`` says why), by which rule or wish, and what was passed over."""

    carrier_id: int | None
    code: str = ""
    head: RuleHead | None = None
    rule_kind: str = ""
    freight: Freight | None = None
    freight_unknown: str = ""
    passed_over: tuple[PassedOver, ...] = ()
    considered: tuple[Priced, ...] = ()
    reason: ExceptionReason = ExceptionReason.NO_CARRIER

    @property
    def amount(self) -> Decimal | None:
        """The freight in yuan, None when the carrier has no table."""
        return None if self.freight is None else self.freight.amount


class CarrierDesk:
    """Answers each distinct question once for the batch: by errand, so that orders that ask alike share the answers."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rules = snapshot.rules
        self._scopes = RuleScopes(snapshot.carrier_rules)
        self._errands: dict[tuple[Errand, bool], ErrandDesk] = {}
        self._floors: dict[tuple[int, str, int, int], Decimal] = {}
        self._ranked = sorted(snapshot.carriers.values(), key=lambda carrier: (carrier.priority, carrier.id))

    def of(self, errand: Errand, *, overrule: bool = False) -> ErrandDesk:
        """The desk for an errand. ``overrule``: a person decides, so that a wish that cannot be met stops nothing."""
        desk = self._errands.get((errand, overrule))
        if desk is None:
            desk = self._errands[errand, overrule] = ErrandDesk(self, errand, overrule=overrule)
        return desk

    def floor(self, warehouse_id: int, region: str, weight_g: int, volume_cm3: int) -> Decimal:
        """A freight that no carrier can undercut for this much or more, whatever the rules say."""
        question = (warehouse_id, region, weight_g, volume_cm3)
        least = self._floors.get(question)
        if least is None:
            answers = (
                self._rules.tariff.estimate(carrier.id, warehouse_id, region, weight_g, volume_cm3)
                for carrier in self._ranked
                if carrier.enabled
            )
            amounts = [answer.amount for answer in answers if isinstance(answer, Freight)]
            least = self._floors[question] = min(amounts, default=Decimal(0))
        return least

    def choose(self, errand: Errand, warehouse_id: int, load: Load, *, overrule: bool) -> CarrierChoice:
        """The carrier of a load, found anew."""
        if errand.carrier_id is not None:
            return self._asked(errand.carrier_id, errand, warehouse_id, load)
        passed: list[PassedOver] = []
        seen: list[Priced] = []
        for word in errand.wish.wanted:
            carrier = self._snapshot.carriers.get(word.carrier_id)
            code, freight, unknown = self._able(carrier, errand, warehouse_id, load)
            if not code:
                return CarrierChoice(
                    word.carrier_id, f"wished_in_{errand.wish.source}", word.head, "wish_word", freight, unknown
                )
            passed.append(PassedOver(word.head.id, word.head.version, word.head.name, (code,)))
            seen.append(Priced(word.carrier_id, None, code))
        if errand.wish.wanted and errand.wish.source == MEMO and not overrule:
            return CarrierChoice(
                None, passed_over=tuple(passed), considered=tuple(seen), reason=ExceptionReason.WISH_NOT_MET
            )
        for rule, codes in self._scopes.of(errand.shop_id, errand.region, errand.payment):
            if rule.from_warehouse_id is not None and rule.from_warehouse_id != warehouse_id:
                continue
            codes = (*codes, *load_codes(rule, load))
            choice, found = (None, []) if codes else self._by_rule(rule, errand, warehouse_id, load)
            if choice is not None:
                return CarrierChoice(
                    choice[0].id,
                    "chosen" if rule.target_id is not None else "cheapest",
                    rule.head,
                    "routing",
                    choice[1],
                    choice[2],
                    tuple(passed),
                    tuple(found),
                )
            seen.extend(found)
            why = codes or tuple(dict.fromkeys(priced.code for priced in found)) or ("nobody_in_use",)
            passed.append(PassedOver(rule.head.id, rule.head.version, rule.head.name, why))
        return CarrierChoice(None, passed_over=tuple(passed), considered=tuple(seen), reason=_reason(seen))

    def _asked(self, carrier_id: int, errand: Errand, warehouse_id: int, load: Load) -> CarrierChoice:
        carrier = self._snapshot.carriers.get(carrier_id)
        code, freight, unknown = self._able(carrier, replace(errand, wish=NO_WISH), warehouse_id, load)
        if not code:
            return CarrierChoice(carrier_id, "asked_by_person", freight=freight, freight_unknown=unknown)
        passed = (PassedOver(0, 0, carrier.name if carrier is not None else "", (code,)),)
        seen = (Priced(carrier_id, None, code),)
        return CarrierChoice(None, passed_over=passed, considered=seen, reason=ExceptionReason.WISH_NOT_MET)

    def _by_rule(
        self, rule: RoutingRuleFacts, errand: Errand, warehouse_id: int, load: Load
    ) -> tuple[tuple[CarrierFacts, Freight | None, str] | None, list[Priced]]:
        best: tuple[CarrierFacts, Freight | None, str] | None = None
        found: list[Priced] = []
        for carrier, target in self._targets(rule):
            code, freight, unknown = self._able(carrier, errand, warehouse_id, load)
            if not code and rule.target_id is None and freight is None:
                # What has no price cannot be compared.
                code = unknown
            found.append(Priced(target, None if freight is None else freight.amount, code))
            if code or carrier is None:
                continue
            # In rank order, so that of equals the first stays.
            if best is None or (freight is not None and best[1] is not None and freight.amount < best[1].amount):
                best = (carrier, freight, unknown)
        return best, found

    def _targets(self, rule: RoutingRuleFacts) -> Iterator[tuple[CarrierFacts | None, int]]:
        if rule.target_id is not None:
            yield self._snapshot.carriers.get(rule.target_id), rule.target_id
            return
        for carrier in self._ranked:
            if carrier.enabled and (not rule.candidates or carrier.id in rule.candidates):
                yield carrier, carrier.id

    def _able(
        self, carrier: CarrierFacts | None, errand: Errand, warehouse_id: int, load: Load
    ) -> tuple[str, Freight | None, str]:
        """Why the carrier cannot drive ("" when it can), its freight, and why that cannot be told."""
        if carrier is None or not carrier.enabled:
            return "target_disabled", None, ""
        if errand.wish.refuses(carrier.id):
            return "not_wished", None, ""
        if errand.payment == "cod" and not carrier.cash_on_delivery:
            return "no_cash_on_delivery", None, ""
        reach = self._rules.coverage.carrier(carrier.id, warehouse_id, errand.region)
        if reach is not Reach.COVERED:
            return reach.value, None, ""
        if carrier.max_weight_g is not None and load.weight_g > carrier.max_weight_g:
            return "too_heavy", None, ""
        if load.restrictions - carrier.carries:
            return "restricted_goods", None, ""
        freight = self._rules.tariff.estimate(carrier.id, warehouse_id, errand.region, load.weight_g, load.volume_cm3)
        if isinstance(freight, Freight):
            return "", freight, ""
        return ("", None, freight.value) if freight is Unknown.NO_TABLE else (freight.value, None, freight.value)


class ErrandDesk:
    """The carriers' desk for one errand."""

    def __init__(self, desk: CarrierDesk, errand: Errand, *, overrule: bool) -> None:
        self._desk, self._errand, self._overrule = desk, errand, overrule
        self._choices: dict[tuple[int, Load], CarrierChoice] = {}
        self._floors: dict[tuple[int, Load], Decimal] = {}

    def choose(self, warehouse_id: int, load: Load) -> CarrierChoice:
        """The carrier of a load from the warehouse."""
        choice = self._choices.get((warehouse_id, load))
        if choice is None:
            choice = self._desk.choose(self._errand, warehouse_id, load, overrule=self._overrule)
            self._choices[warehouse_id, load] = choice
        return choice

    def floor(self, warehouse_id: int, load: Load) -> Decimal:
        """A freight that no carrier can undercut for this load or a heavier one, whatever the rules say."""
        least = self._floors.get((warehouse_id, load))
        if least is None:
            least = self._desk.floor(warehouse_id, self._errand.region, load.weight_g, load.volume_cm3)
            self._floors[warehouse_id, load] = least
        return least


def load_codes(rule: RoutingRuleFacts, load: Load) -> tuple[str, ...]:
    """Why the rule is not for such a load."""
    codes: list[str] = []
    if load.weight_g < rule.min_weight_g or (rule.max_weight_g is not None and load.weight_g >= rule.max_weight_g):
        codes.append("other_weight")
    if rule.restrictions and not rule.restrictions & load.restrictions:
        codes.append("other_goods")
    return tuple(codes)


def _reason(seen: list[Priced]) -> ExceptionReason:
    """The name of what stands in the way: a reason that alone kept a carrier, else that nobody covers the place."""
    codes = {priced.code for priced in seen}
    for reason in NAMED:
        if reason.value in codes:
            return reason
    return ExceptionReason.ADDRESS_INCOMPLETE if Reach.TOO_COARSE.value in codes else ExceptionReason.NO_CARRIER
