"""Gifts of campaigns, read for a batch and written with it. The deciding is in ``orders.engine.promote``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.db import connection

from oms.catalog.models import Shop, Sku
from orders.engine.promote import buyer_of
from orders.engine.values import Draft, DraftLine, OrderPlan, StockKey
from orders.models import OrderLine
from orders.processing.existing import draft_line_of
from promotions.allotment import MATCHED_ANEW, Allotted, allot, give_back
from promotions.engine.values import Basket, CounterKey, PromotionSnapshot, SchemeFacts
from promotions.load import gift_skus, live_schemes, load_goods, load_used

OWN = "own"


def schemes_for(drafts: Sequence[Draft], now: dt.datetime) -> tuple[SchemeFacts, ...]:
    """The schemes of live campaigns that may concern the orders. Two queries, one when nothing is live."""
    moments = [moment for draft in drafts if (moment := draft.placed_at or draft.paid_at) is not None]
    return live_schemes(min(moments, default=now), now)


def names_of(schemes: Iterable[SchemeFacts]) -> dict[int, tuple[str, str]]:
    """Title and specification of what the schemes may give. One query."""
    rows = Sku.objects.filter(id__in=sorted(gift_skus(schemes))).values_list("id", "product__name", "spec")
    return {sku_id: (name, spec) for sku_id, name, spec in rows}


def load_used_limits(
    drafts: Sequence[Draft], schemes: Sequence[SchemeFacts], *, lock: bool
) -> Mapping[CounterKey, int]:
    """What was used of the limits that may bind the orders; with ``lock`` it cannot change until the commit."""
    if not schemes:
        return {}
    platforms = _platforms()
    return load_used([_bare(draft, platforms) for draft in drafts], schemes, lock=lock)


def _platforms() -> dict[int, str]:
    return dict(Shop.objects.values_list("id", "platform"))


def load_promotions(
    schemes: tuple[SchemeFacts, ...],
    sku_ids: Iterable[int],
    available: Mapping[StockKey, int],
    used: Mapping[CounterKey, int],
) -> PromotionSnapshot | None:
    """What the engine may ask about gifts; None when nothing is live. One query.

    A gift counts as in stock as far as one warehouse alone can give it: a parcel comes from one place.
    """
    if not schemes:
        return None
    stock: dict[int, int] = {}
    for (_warehouse, sku_id), units in available.items():
        stock[sku_id] = max(stock.get(sku_id, 0), units)
    return PromotionSnapshot(schemes, load_goods(sku_ids), stock, used, _platforms())


def _bare(draft: Draft, platforms: Mapping[int, str]) -> Basket:
    """A basket without goods: enough to name the counters of its buyer and day."""
    paid_at = draft.paid_at if draft.payment_kind != "cod" else draft.placed_at
    moment = draft.placed_at or draft.paid_at or dt.datetime.now(dt.UTC)
    return Basket(draft.key, draft.shop_id, buyer_of(draft, platforms), "", moment, paid_at, ())


def allot_gifts(
    results: Sequence[tuple[OrderPlan, int]],
    replaced: Sequence[tuple[OrderPlan, int]],
    known: Iterable[int],
    *,
    at: dt.datetime,
) -> None:
    """Write the grants of a batch, before its stock. Raises StaleQuota. Constant in queries.

    ``results`` and ``replaced`` are plans with the ids of their orders, ``known`` the ids that existed before. A grant belongs to the order
    that earned it: the parts of a split leave it with their parent, a merged order has grants of its own and its parts' are given back.
    """
    anew = {key for plan, _id in results if plan.gifts_anew for key in plan.sources}
    existing = set(known)
    returned = [order_id for plan, order_id in replaced if plan.draft.key in anew and order_id in existing]
    if returned:
        give_back(returned, MATCHED_ANEW)
    owners: dict[tuple[int, ...], tuple[OrderPlan, int]] = {}
    for plan, order_id in results:
        if plan.granted and (plan.origin == OWN or plan.gifts_anew):
            owners.setdefault(plan.sources, (plan, order_id))
    items = [*owners.values(), *((plan, order_id) for plan, order_id in replaced if plan.draft.key not in anew)]
    allot(
        [
            Allotted(order_id, replace(plan.basket, key=order_id), grant)
            for plan, order_id in items
            if plan.basket is not None
            for grant in plan.granted
        ],
        at=at,
    )


def give_back_gifts(order_ids: Iterable[int], why: str) -> None:
    """Give back what the orders were granted, and what the order was whose last living part is among them.

    To be called before the orders' stock is touched: counters are locked before stock (docs/locking.md).
    """
    ids = sorted(set(order_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up(id) AS (SELECT unnest(%s::bigint[]) UNION SELECT l.parent_id FROM up "
            "JOIN orders_orderlink l ON l.child_id = up.id AND l.undone_at IS NULL) "
            "SELECT up.id FROM up WHERE up.id = ANY(%s) OR NOT EXISTS ("
            "SELECT 1 FROM orders_orderlink l JOIN orders_order c ON c.id = l.child_id WHERE l.parent_id = up.id "
            "AND l.undone_at IS NULL AND c.state NOT IN ('cancelled', 'superseded') AND NOT c.id = ANY(%s))",
            [ids, ids, ids],
        )
        gone = [row[0] for row in cursor.fetchall()]
    give_back(gone, why)


def match_anew(order_ids: Iterable[int]) -> None:
    """Give back what orders were granted whose content is about to be written anew."""
    ids = sorted(set(order_ids))
    if ids:
        give_back(ids, MATCHED_ANEW)


def keep_gifts_by_hand(order_ids: Sequence[int]) -> dict[int, tuple[DraftLine, ...]]:
    """The gifts that people added to the orders: they stay when the content of the trade is written anew. One query."""
    if not order_ids:
        return {}
    found: dict[int, list[DraftLine]] = {}
    rows = OrderLine.objects.filter(
        order_id__in=order_ids, is_gift=True, trade__isnull=True, gift_scheme_id__isnull=True
    ).order_by("order_id", "position")
    for row in rows:
        found.setdefault(row.order_id, []).append(draft_line_of(row))
    return {order_id: tuple(lines) for order_id, lines in found.items()}
