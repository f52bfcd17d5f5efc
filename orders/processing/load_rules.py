"""Reads the rules and what they ask about: a constant number of queries, whatever the size of the batch.

Rules can be read as they are, or with drafts in the place of what is live (what-if): ``drafts`` maps a kind to contents by rule id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from django.db import connection

from oms.catalog.models import Shop
from oms.catalog.regions import region_index
from oms.core.bulk import array_text
from oms.core.numbering import business_day
from oms.core.rule_kinds import kind_of
from orders.engine.approval.amount import Amount
from orders.engine.approval.base import Condition
from orders.engine.approval.buyers import FirstTime
from orders.engine.approval.kinds import in_order, read_condition
from orders.engine.approval.payment import Payment
from orders.engine.approval.texts import ABSENT, Memo, Message
from orders.engine.routing.coverage import CoverageIndex
from orders.engine.routing.wishes import Wishes
from orders.engine.routing.wishes import WishWord as WishWordFacts
from orders.engine.rules import AssignmentFacts, BlacklistHit, BuyerBook, GoodsFacts, RuleFacts, ShopCosts
from orders.engine.values import CarrierFacts, Draft, PolicyFacts, RoutingRuleFacts, RuleHead, WarehouseFacts
from orders.models import ApprovalPolicy, AssignmentRule, RoutingRule, WishWord
from orders.models.rules import Rule
from orders.shop_costs import costs_of
from warehouse.models import Carrier, Warehouse
from warehouse.tariffs import COVERAGE, FREIGHT, load_coverage, load_tariff

R = TypeVar("R", bound=Rule)

Drafts = Mapping[str, Mapping[int, Mapping[str, Any]]]
"""Kind → rule id → content. A rule that is not there yet has the id ``NEW_RULE``."""

NEW_RULE = 2**63 - 1
"""The id of a rule that is a draft as a whole: of equal priority it stands last, as a new rule will."""

NO_DRAFTS: Drafts = {}


def live_rules(model: type[R], kind: str, drafts: Drafts = NO_DRAFTS) -> list[R]:
    """The rules in use, by rank; with drafts, as they would be."""
    changed = drafts.get(kind, {})
    if not changed:
        return list(model._default_manager.filter(enabled=True).order_by("priority", "id"))
    rules = [rule for rule in model._default_manager.filter(enabled=True) if rule.pk not in changed]
    rules += [cast(R, kind_of(kind).instance(content, rule_id)) for rule_id, content in changed.items()]
    return sorted((rule for rule in rules if rule.enabled), key=lambda rule: (rule.priority, rule.pk))


def head_of(rule: Rule) -> RuleHead:
    """What every rule has, as a value."""
    return RuleHead(rule.pk, rule.version, rule.name, frozenset(rule.shops))


def load_places() -> tuple[dict[int, WarehouseFacts], dict[int, CarrierFacts]]:
    """Warehouses and carriers, those that are not in use too, since rules may still name them. Two queries."""
    warehouses = {w.id: WarehouseFacts(w.id, w.name, w.enabled, w.priority) for w in Warehouse.objects.order_by("id")}
    carriers = {
        c.id: CarrierFacts(
            c.id, c.name, c.enabled, c.cash_on_delivery, frozenset(c.carries), c.max_weight_g, c.priority
        )
        for c in Carrier.objects.order_by("id")
    }
    return warehouses, carriers


def load_routing(drafts: Drafts = NO_DRAFTS) -> dict[str, tuple[RoutingRuleFacts, ...]]:
    """The routing rules by what they choose, defaults last. One query."""
    ranked = sorted(
        live_rules(RoutingRule, "routing", drafts), key=lambda rule: (rule.fallback, rule.priority, rule.id)
    )
    return {kind: tuple(_routing(rule) for rule in ranked if rule.kind == kind) for kind in ("warehouse", "carrier")}


def _routing(rule: RoutingRule) -> RoutingRuleFacts:
    named = rule.warehouse_id if rule.kind == RoutingRule.Kind.WAREHOUSE else rule.carrier_id
    return RoutingRuleFacts(
        head_of(rule),
        tuple(rule.regions),
        rule.payment,
        rule.from_warehouse_id,
        named if rule.choice == RoutingRule.Choice.NAMED else None,
        frozenset(rule.candidates),
        rule.min_weight_g or 0,
        rule.max_weight_g,
        rule.in_stock,
        rule.max_parts if rule.may_split else 1,
        frozenset(rule.restrictions),
    )


def load_policies(drafts: Drafts = NO_DRAFTS) -> dict[str, tuple[PolicyFacts, ...]]:
    """The approval policies by audit. One query."""
    ranked = live_rules(ApprovalPolicy, "approval", drafts)
    return {audit: tuple(policy_facts(p) for p in ranked if p.audit == audit) for audit in ("cs", "finance")}


def policy_facts(policy: ApprovalPolicy) -> PolicyFacts:
    """A policy with its conditions, those of the plain columns too."""
    return PolicyFacts(head_of(policy), in_order(conditions_of(policy)))


def conditions_of(policy: ApprovalPolicy) -> tuple[Condition, ...]:
    """All conditions. Raises BadCondition for a stored one that cannot be read: nothing passes by half a policy."""
    found: list[Condition] = []
    if policy.min_amount is not None or policy.max_amount is not None:
        found.append(Amount(policy.min_amount, policy.max_amount))
    if not policy.allow_message:
        found.append(Message(ABSENT))
    if not policy.allow_memo:
        found.append(Memo(ABSENT))
    if not policy.allow_cod:
        found.append(Payment())
    found.extend(read_condition(data) for data in policy.conditions)
    return tuple(found)


def load_rule_facts(
    drafts: Sequence[Draft],
    sku_ids: Iterable[int],
    now: dt.datetime,
    policies: Mapping[str, tuple[PolicyFacts, ...]],
    changed: Drafts = NO_DRAFTS,
) -> RuleFacts:
    """Everything else that rules may ask about the drafts."""
    return RuleFacts(
        goods=load_goods_facts(sorted(set(sku_ids))),
        coverage=CoverageIndex(load_coverage(business_day(now), changed.get(COVERAGE, {}))),
        tariff=load_tariff(changed.get(FREIGHT, {})),
        wishes=load_wishes(changed),
        assignments=load_assignments(changed),
        costs=load_costs(),
        buyers=load_buyers(drafts, history=ask_for_history(policies)),
    )


def ask_for_history(policies: Mapping[str, tuple[PolicyFacts, ...]]) -> bool:
    """Whether a policy wants to know if something was shipped to the buyer before."""
    return any(
        isinstance(condition, FirstTime)
        for ranked in policies.values()
        for policy in ranked
        for condition in policy.conditions
    )


def load_goods_facts(sku_ids: list[int]) -> dict[int, GoodsFacts]:
    """What routing and policies ask of SKUs. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, ARRAY(SELECT a.name FROM catalog_category c JOIN catalog_category a ON a.id = ANY(c.path) "
            "WHERE c.name = p.category), s.volume_cm3, s.restrictions, "
            "ARRAY(SELECT w.warehouse_id FROM warehouse_stockingwarehouse w WHERE w.sku_id = s.id) "
            "FROM catalog_sku s JOIN catalog_product p ON p.id = s.product_id WHERE s.id = ANY(%s::bigint[])",
            [array_text(sku_ids)],
        )
        return {
            row[0]: GoodsFacts(row[0], frozenset(row[1]), row[2], frozenset(row[3]), frozenset(row[4]))
            for row in cursor.fetchall()
        }


def load_wishes(changed: Drafts = NO_DRAFTS) -> Wishes:
    """The words that stand for carriers. One query."""
    words = live_rules(WishWord, "wish_word", changed)
    return Wishes(WishWordFacts(head_of(word), word.word, word.carrier_id, word.source) for word in words)


def load_assignments(changed: Drafts = NO_DRAFTS) -> tuple[AssignmentFacts, ...]:
    """The assignment rules, by rank. One query."""
    return tuple(
        AssignmentFacts(
            head_of(rule),
            tuple(rule.regions),
            rule.payment,
            frozenset(rule.warehouses),
            frozenset(rule.categories),
            rule.min_amount,
            rule.max_amount,
            rule.department_id,
            rule.salesperson_id,
            rule.business_type,
        )
        for rule in live_rules(AssignmentRule, "assignment", changed)
    )


def load_costs() -> dict[int, ShopCosts]:
    """What an order costs each shop besides goods and freight. One query."""
    return {shop_id: costs_of(options) for shop_id, options in Shop.objects.values_list("id", "options")}


def load_buyers(drafts: Sequence[Draft], *, history: bool) -> BuyerBook:
    """What is known of the buyers and receivers of the drafts. Three queries at most."""
    buyers = sorted({(draft.shop_id, draft.buyer_id) for draft in drafts if draft.buyer_id})
    receivers = sorted({draft.receiver_id for draft in drafts if draft.receiver_id})
    by_receiver, conflicts = _load_receivers(receivers)
    named = [array_text([buyer[place] for buyer in buyers]) for place in range(2)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.shop_id, v.buyer_id, b.id, b.reason, b.stops "
            "FROM unnest(%s::bigint[], %s::text[]) AS v(shop_id, buyer_id) JOIN catalog_shop s ON s.id = v.shop_id "
            "JOIN orders_blacklistentry b ON b.enabled AND b.buyer_id <> '' AND b.buyer_id = v.buyer_id "
            "AND b.platform = s.platform ORDER BY b.stops, b.id DESC",
            named,
        )
        by_buyer = {(row[0], row[1]): BlacklistHit(*row[2:]) for row in cursor.fetchall()}
        known: frozenset[tuple[int, str]] = frozenset()
        if history and buyers:
            cursor.execute(
                "SELECT v.shop_id, v.buyer_id FROM unnest(%s::bigint[], %s::text[]) AS v(shop_id, buyer_id) "
                "WHERE EXISTS (SELECT FROM orders_order o JOIN catalog_shop own ON own.id = o.shop_id "
                "JOIN catalog_shop s ON s.id = v.shop_id AND s.platform = own.platform "
                "WHERE o.buyer_id = v.buyer_id AND o.buyer_id <> '' AND o.state IN ('shipped', 'completed'))",
                named,
            )
            known = frozenset(cursor.fetchall())
    return BuyerBook(known, by_buyer, by_receiver, conflicts)


def _load_receivers(receiver_ids: list[int]) -> tuple[dict[int, BlacklistHit], dict[int, str]]:
    """Receivers on the blacklist, and those whose city or district lies elsewhere than the address says."""
    index = region_index()
    hits: dict[int, BlacklistHit] = {}
    conflicts: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, r.province, r.city, r.district, b.id, b.reason, b.stops FROM catalog_receiver r "
            "LEFT JOIN orders_blacklistentry b ON b.enabled AND (b.phone_index = r.phone_index "
            "OR b.address_index = r.address_index) WHERE r.id = ANY(%s::bigint[]) ORDER BY b.stops, b.id DESC",
            [array_text(receiver_ids)],
        )
        for receiver_id, province, city, district, entry, reason, stops in cursor.fetchall():
            if entry is not None:
                hits[receiver_id] = BlacklistHit(entry, reason, stops)
            conflict = index.conflict(province, city, district)
            if conflict:
                conflicts[receiver_id] = conflict
    return hits, conflicts
