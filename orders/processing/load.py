"""Reads what a batch needs: the subjects, and every rule and figure the stages may ask, in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from orders.engine.values import (
    CarrierFacts,
    Draft,
    PolicyFacts,
    RoutingRuleFacts,
    RuleHead,
    Snapshot,
    StockKey,
    WarehouseFacts,
)
from orders.models import ApprovalPolicy, RoutingRule
from orders.processing.goods import load_goods
from orders.processing.line_rules import load_candidates, load_merge_rules, load_presale_rules, load_split_rules
from warehouse.locks import lock_balances
from warehouse.models import Carrier, StockBalance, Warehouse


def load_snapshot(drafts: Sequence[Draft], now: dt.datetime, *, lock_stock: bool, merging: bool = True) -> Snapshot:
    """Everything the stages may ask about these drafts. With ``lock_stock`` the figures cannot change until the commit.

    With ``merging`` the orders that these may be merged with are locked and read too.
    """
    merge_rules = load_merge_rules() if merging else ()
    candidates = load_candidates(drafts) if merge_rules else ()
    goods = load_goods((*drafts, *candidates))
    rules, policies = _load_rules(), _load_policies()
    return Snapshot(
        now=now,
        bindings=goods.bindings,
        skus=goods.skus,
        warehouses={w.id: WarehouseFacts(w.id, w.name, w.enabled) for w in Warehouse.objects.order_by("id")},
        carriers={
            c.id: CarrierFacts(c.id, c.name, c.enabled, c.cash_on_delivery) for c in Carrier.objects.order_by("id")
        },
        warehouse_rules=rules["warehouse"],
        carrier_rules=rules["carrier"],
        cs_policies=policies["cs"],
        finance_policies=policies["finance"],
        available=_load_available(goods.skus, lock=lock_stock),
        bundles=goods.bundles,
        presale_rules=load_presale_rules(),
        split_rules=load_split_rules(),
        merge_rules=merge_rules,
        candidates=candidates,
    )


def _head(rule: RoutingRule | ApprovalPolicy) -> RuleHead:
    return RuleHead(rule.id, rule.version, rule.name, frozenset(rule.shops))


def _load_rules() -> dict[str, tuple[RoutingRuleFacts, ...]]:
    rules: dict[str, list[RoutingRuleFacts]] = {"warehouse": [], "carrier": []}
    for rule in RoutingRule.objects.filter(enabled=True).order_by("priority", "id"):
        target = rule.warehouse_id if rule.kind == RoutingRule.Kind.WAREHOUSE else rule.carrier_id
        if target is None:
            raise AssertionError(f"routing rule {rule.id} names no target")
        rules[rule.kind].append(
            RoutingRuleFacts(_head(rule), tuple(rule.regions), rule.payment, rule.from_warehouse_id, target)
        )
    return {kind: tuple(ranked) for kind, ranked in rules.items()}


def _load_policies() -> dict[str, tuple[PolicyFacts, ...]]:
    policies: dict[str, list[PolicyFacts]] = {"cs": [], "finance": []}
    for policy in ApprovalPolicy.objects.filter(enabled=True).order_by("priority", "id"):
        policies[policy.audit].append(
            PolicyFacts(
                _head(policy),
                policy.min_amount,
                policy.max_amount,
                policy.allow_message,
                policy.allow_memo,
                policy.allow_cod,
            )
        )
    return {audit: tuple(ranked) for audit, ranked in policies.items()}


def _load_available(skus: Iterable[int], *, lock: bool) -> dict[StockKey, int]:
    balances = StockBalance.objects.filter(sku_id__in=sorted(skus)).values_list(
        "warehouse_id", "sku_id", "on_hand", "reserved", "safety"
    )
    available = {(w, s): on_hand - reserved - safety for w, s, on_hand, reserved, safety in balances}
    # Under contention the figures are taken again under lock, in key order, so that this attempt cannot be stale.
    return lock_balances(available) if lock else available
