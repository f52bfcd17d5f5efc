"""Reads what a batch needs: the subjects, and every rule and figure the stages may ask, in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import connection

from oms.core.bulk import array_text
from oms.core.watch import load_stopped
from orders.engine.values import Draft, Snapshot, StockKey
from orders.processing.gifts import load_promotions, load_used_limits, names_of, schemes_for
from orders.processing.goods import load_goods
from orders.processing.line_rules import load_candidates, load_merge_rules, load_presale_rules, load_split_rules
from orders.processing.load_rules import load_places, load_policies, load_routing, load_rule_facts
from promotions.load import gift_skus
from warehouse.locks import lock_balances


def load_snapshot(drafts: Sequence[Draft], now: dt.datetime, *, lock_stock: bool, merging: bool = True) -> Snapshot:
    """Everything the stages may ask about these drafts. With ``lock_stock`` the figures cannot change until the commit.

    With ``merging`` the orders that these may be merged with are locked and read too.
    """
    merge_rules = load_merge_rules() if merging else ()
    candidates = load_candidates(drafts) if merge_rules else ()
    schemes = schemes_for((*drafts, *candidates), now)
    goods = load_goods((*drafts, *candidates), gift_skus(schemes))
    # Counters are locked before stock.
    used = load_used_limits((*drafts, *candidates), schemes, lock=lock_stock)
    available = load_available(goods.skus, lock=lock_stock)
    promotions = load_promotions(schemes, goods.skus, available, used)
    warehouses, carriers = load_places()
    routing, policies, stopped = load_routing(), load_policies(), load_stopped()
    return Snapshot(
        now=now,
        bindings=goods.bindings,
        skus=goods.skus,
        warehouses=warehouses,
        carriers=carriers,
        warehouse_rules=routing["warehouse"],
        carrier_rules=routing["carrier"],
        cs_policies=policies["cs"],
        finance_policies=policies["finance"],
        available=available,
        bundles=goods.bundles,
        presale_rules=load_presale_rules(),
        split_rules=load_split_rules(),
        merge_rules=merge_rules,
        candidates=candidates,
        promotions=promotions,
        gift_names=names_of(schemes) if schemes else {},
        rules=load_rule_facts((*drafts, *candidates), goods.skus, now, policies),
        stock_under_check=stopped.stock,
        orders_under_check=stopped.orders,
    )


def load_available(skus: Iterable[int], *, lock: bool) -> dict[StockKey, int]:
    """Units that are free of each SKU in each warehouse; under ``lock`` they stay so until the commit. One query, or two."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT warehouse_id, sku_id, on_hand - reserved - safety FROM warehouse_stockbalance WHERE sku_id = ANY(%s::bigint[])",
            [array_text(sorted(skus))],
        )
        available = {(warehouse, sku): units for warehouse, sku, units in cursor.fetchall()}
    # Under contention the figures are taken again under lock, in key order, so that this attempt cannot be stale.
    return lock_balances(available) if lock else available
