"""Reads what a batch needs: the subjects, and every rule and figure the stages may ask, in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from orders.engine.reasons import Attention
from orders.engine.values import (
    CarrierFacts,
    Draft,
    DraftLine,
    ListingBinding,
    ListingKey,
    PolicyFacts,
    RoutingRuleFacts,
    RuleHead,
    SkuFacts,
    Snapshot,
    StockKey,
    WarehouseFacts,
)
from orders.models import ApprovalPolicy, Order, OrderLine, RoutingRule
from orders.processing.subjects import Subject
from warehouse.locks import lock_balances
from warehouse.models import Carrier, StockBalance, Warehouse


def load_existing(order_ids: Sequence[int], *, first_key: int, approved_by: int | None = None) -> list[Subject]:
    """The subjects of orders that are met again, in the given order; the caller holds their locks. Two queries."""
    lines: dict[int, list[DraftLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "position"):
        lines[line.order_id].append(
            DraftLine(
                position=line.position,
                oid=line.oid,
                item_id=line.item_id,
                platform_sku_id=line.platform_sku_id,
                item_code=line.item_code,
                sku_code=line.sku_code,
                title=line.title,
                spec=line.spec,
                quantity=line.quantity,
                price=line.price,
                discount=line.discount,
                amount=line.amount,
                is_gift=line.is_gift,
                refund=line.refund,
                sku_id=line.sku_id,
                line_id=line.id,
            )
        )
    orders = Order.objects.in_bulk(list(order_ids))
    return [
        Subject(
            draft=Draft(
                key=first_key + offset,
                shop_id=order.shop_id,
                lines=tuple(lines[order.id]),
                region_code=order.region_id,
                payment_kind=order.payment_kind,
                paid_amount=order.paid_amount,
                buyer_message=order.buyer_message,
                seller_memo=order.seller_memo,
                held=order.held,
                attention=_attention(order.attention, approved_by),
                order_id=order.id,
                approved_by=approved_by,
            ),
            receiver_id=order.receiver_id,
            ship_by=order.ship_by,
            summary=order.summary,
            order_no=order.no,
        )
        for offset, order in enumerate(orders[order_id] for order_id in order_ids)
    ]


def _attention(codes: Sequence[str], approved_by: int | None) -> tuple[str, ...]:
    """A person who audits has seen what changed since the last audit."""
    seen = {Attention.CHANGED_AFTER_AUDIT, Attention.MEMO_AFTER_AUDIT} if approved_by is not None else set()
    return tuple(code for code in codes if code not in seen)


def load_snapshot(drafts: Sequence[Draft], now: dt.datetime, *, lock_stock: bool) -> Snapshot:
    """Everything the stages may ask about these drafts. With ``lock_stock`` the figures cannot change until the commit."""
    bindings, skus = _load_goods(drafts)
    rules, policies = _load_rules(), _load_policies()
    return Snapshot(
        now=now,
        bindings=bindings,
        skus=skus,
        warehouses={w.id: WarehouseFacts(w.id, w.name, w.enabled) for w in Warehouse.objects.order_by("id")},
        carriers={
            c.id: CarrierFacts(c.id, c.name, c.enabled, c.cash_on_delivery) for c in Carrier.objects.order_by("id")
        },
        warehouse_rules=rules["warehouse"],
        carrier_rules=rules["carrier"],
        cs_policies=policies["cs"],
        finance_policies=policies["finance"],
        available=_load_available(skus, lock=lock_stock),
    )


def _load_goods(
    drafts: Iterable[Draft],
) -> tuple[dict[ListingKey, ListingBinding], dict[int, SkuFacts]]:
    keys: set[ListingKey] = set()
    known: set[int] = set()
    for draft in drafts:
        for line in draft.lines:
            if line.sku_id is None:
                keys.add((draft.shop_id, line.item_id, line.platform_sku_id))
            else:
                known.add(line.sku_id)
    wanted = sorted(keys)
    bindings: dict[ListingKey, ListingBinding] = {}
    skus: dict[int, SkuFacts] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.shop_id, l.item_id, l.platform_sku_id, l.binding, s.id, s.code, s.enabled, s.weight_g "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS v(shop_id, item_id, platform_sku_id) "
            "JOIN catalog_listing l USING (shop_id, item_id, platform_sku_id) JOIN catalog_sku s ON s.id = l.sku_id "
            "UNION ALL SELECT NULL, NULL, NULL, NULL, s.id, s.code, s.enabled, s.weight_g FROM catalog_sku s "
            "WHERE s.id = ANY(%s)",
            [[k[0] for k in wanted], [k[1] for k in wanted], [k[2] for k in wanted], sorted(known)],
        )
        for shop_id, item_id, platform_sku_id, how, sku_id, code, enabled, weight_g in cursor.fetchall():
            skus[sku_id] = SkuFacts(sku_id, code, enabled, weight_g)
            if shop_id is not None:
                bindings[shop_id, item_id, platform_sku_id] = ListingBinding(sku_id, how)
    return bindings, skus


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
