"""All rules as they are at one moment, or as they would be with drafts in the place of what is live: read once, asked for every batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from oms.core.numbering import business_day
from orders.engine.routing.coverage import CoverageIndex
from orders.engine.rules import BuyerBook, GoodsFacts, RuleFacts
from orders.engine.values import Draft, Snapshot, StockKey
from orders.processing.gifts import names_of
from orders.processing.goods import Goods
from orders.processing.line_rules import load_merge_rules, load_presale_rules, load_split_rules
from orders.processing.load_rules import (
    NO_DRAFTS,
    Drafts,
    ask_for_history,
    load_assignments,
    load_costs,
    load_places,
    load_policies,
    load_routing,
    load_wishes,
)
from promotions.campaigns import KIND as SCHEME
from promotions.campaigns import facts_of_content
from promotions.engine.values import PromotionSnapshot, SchemeFacts
from promotions.load import facts_of, gift_skus
from promotions.models import Campaign, Scheme
from warehouse.tariffs import COVERAGE, FREIGHT, load_coverage, load_tariff

FIRST_STAGE = {
    "scheme": "promote",
    "presale": "presale",
    "split": "split",
    "merge": "merge",
    "routing": "route",
    "coverage": "route",
    "freight": "route",
    "wish_word": "route",
    "assignment": "assign",
    "approval": "approve",
}
"""The first stage that asks the rules of a kind. A merge looks at the split rules too, so that a split is the earlier."""


def _load_schemes(
    changed: Mapping[int, Mapping[str, Any]], running: frozenset[int] = frozenset()
) -> tuple[SchemeFacts, ...]:
    """The schemes of live campaigns; with ``changed`` contents, as they would be. Schemes of a campaign in the making count as live,
    since the question is what it would do; those that are ``running`` have no window, whatever their own is."""
    live = facts_of(
        Scheme.objects.filter(enabled=True, campaign__state=Campaign.State.LIVE).exclude(pk__in=list(changed))
    )
    if not changed:
        return live
    drafted = [facts_of_content(content, scheme_id) for scheme_id, content in changed.items() if content["enabled"]]
    drafted = [replace(one, starts_at=None, ends_at=None) if one.id in running else one for one in drafted]
    ranks = dict(
        Campaign.objects.filter(pk__in={s.campaign_id for s in (*live, *drafted)}).values_list("pk", "priority")
    )
    priorities = dict(Scheme.objects.filter(pk__in=[s.id for s in live]).values_list("pk", "priority"))
    priorities |= {scheme_id: int(content["priority"]) for scheme_id, content in changed.items()}
    return tuple(sorted((*live, *drafted), key=lambda s: (ranks[s.campaign_id], s.campaign_id, priorities[s.id], s.id)))


class RuleBook:
    """The rules of one side of a comparison. A constant number of queries when it is opened, one for each day that is asked about."""

    def __init__(self, drafts: Drafts = NO_DRAFTS, running: frozenset[int] = frozenset()) -> None:
        self.drafts = drafts
        self.running = running
        self.warehouses, self.carriers = load_places()
        self.routing = load_routing(drafts)
        self.policies = load_policies(drafts)
        self.presale = load_presale_rules(drafts)
        self.split = load_split_rules(drafts)
        self.merge = load_merge_rules(drafts)
        self.tariff = load_tariff(drafts.get(FREIGHT, {}))
        self.wishes = load_wishes(drafts)
        self.assignments = load_assignments(drafts)
        self.costs = load_costs()
        self._schemes = _load_schemes(drafts.get(SCHEME, {}), running)
        self.gift_skus = gift_skus(self._schemes)
        self.gift_names = names_of(self._schemes)
        self._coverage: tuple[dt.date, CoverageIndex] | None = None

    @property
    def asks_for_history(self) -> bool:
        """Whether a policy wants to know if the buyer is new."""
        return ask_for_history(self.policies)

    @property
    def lines_ask_for_stock(self) -> bool:
        """Whether pre-sale or split depends on what is in stock."""
        return any(rule.until is None for rule in self.presale) or any(rule.kind == "shortage" for rule in self.split)

    @property
    def routing_asks_for_stock(self) -> bool:
        """Whether a warehouse rule looks at what is in stock."""
        return any(rule.in_stock or rule.target_id is None for rule in self.routing["warehouse"])

    @property
    def merge_window(self) -> dt.timedelta | None:
        """The longest time between payments that any merge rule allows; None without a rule."""
        return max((rule.window for rule in self.merge), default=None)

    def snapshot(
        self,
        now: dt.datetime,
        goods: Goods,
        facts: Mapping[int, GoodsFacts],
        buyers: BuyerBook,
        available: Mapping[StockKey, int],
        candidates: Sequence[Draft] = (),
        promotions: PromotionSnapshot | None = None,
    ) -> Snapshot:
        """What the stages may ask about a batch whose goods, buyers and stock were read."""
        return Snapshot(
            now=now,
            bindings=goods.bindings,
            skus=goods.skus,
            warehouses=self.warehouses,
            carriers=self.carriers,
            warehouse_rules=self.routing["warehouse"],
            carrier_rules=self.routing["carrier"],
            cs_policies=self.policies["cs"],
            finance_policies=self.policies["finance"],
            available=available,
            bundles=goods.bundles,
            presale_rules=self.presale,
            split_rules=self.split,
            merge_rules=self.merge,
            candidates=tuple(candidates),
            promotions=promotions,
            gift_names=self.gift_names,
            rules=RuleFacts(
                goods=facts,
                coverage=self._coverage_on(business_day(now)),
                tariff=self.tariff,
                wishes=self.wishes,
                assignments=self.assignments,
                costs=self.costs,
                buyers=buyers,
            ),
        )

    def schemes_at(self, drafts: Sequence[Draft], now: dt.datetime) -> tuple[SchemeFacts, ...]:
        """The schemes that may concern the orders, as the pipeline would choose them."""
        since = min((moment for draft in drafts if (moment := draft.placed_at or draft.paid_at)), default=now)
        return tuple(
            scheme
            for scheme in self._schemes
            if (scheme.starts_at is None or scheme.starts_at <= now)
            and (scheme.ends_at is None or scheme.ends_at > since)
        )

    def _coverage_on(self, day: dt.date) -> CoverageIndex:
        if self._coverage is None or self._coverage[0] != day:
            self._coverage = day, CoverageIndex(load_coverage(day, self.drafts.get(COVERAGE, {})))
        return self._coverage[1]
