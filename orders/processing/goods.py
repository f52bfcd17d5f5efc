"""Reads what the drafts sell: listings' bindings, SKUs, bundles and their components. Two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection

from oms.core.bulk import array_text
from orders.engine.values import BundleFacts, Draft, ListingBinding, ListingKey, SkuFacts

_SKU = "s.id, s.code, s.enabled, s.weight_g, s.price, s.cost, s.box_quantity"


class Goods(NamedTuple):
    """What the stages may ask about goods."""

    bindings: dict[ListingKey, ListingBinding]
    skus: dict[int, SkuFacts]
    bundles: dict[int, BundleFacts]


def load_goods(drafts: Iterable[Draft], gifts: Iterable[int] = ()) -> Goods:
    """The goods of the drafts, and what may be given with them; of bundles also what is in them."""
    return load_listed(*goods_asked(drafts, gifts))


def goods_asked(drafts: Iterable[Draft], gifts: Iterable[int] = ()) -> tuple[set[ListingKey], set[int]]:
    """The listings that are to be matched, and the SKUs that are known already or may be given."""
    keys: set[ListingKey] = set()
    known: set[int] = set(gifts)
    for draft in drafts:
        for line in draft.lines:
            if line.sku_id is None:
                keys.add((draft.shop_id, line.item_id, line.platform_sku_id))
            else:
                known.add(line.sku_id)
    return keys, known


def load_listed(keys: Iterable[ListingKey], known: Iterable[int]) -> Goods:
    """The goods of listings and SKUs; of bundles also what is in them. Two queries."""
    wanted = sorted(keys)
    bindings: dict[ListingKey, ListingBinding] = {}
    skus: dict[int, SkuFacts] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.shop_id, l.item_id, l.platform_sku_id, l.binding, {_SKU} "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS v(shop_id, item_id, platform_sku_id) "
            "JOIN catalog_listing l USING (shop_id, item_id, platform_sku_id) JOIN catalog_sku s ON s.id = l.sku_id "
            f"UNION ALL SELECT NULL, NULL, NULL, NULL, {_SKU} FROM catalog_sku s WHERE s.id = ANY(%s::bigint[])",
            [*(array_text([k[place] for k in wanted]) for place in range(3)), array_text(sorted(known))],
        )
        for shop_id, item_id, platform_sku_id, how, *sku in cursor.fetchall():
            sku_id: int = sku[0]
            if sku_id not in skus:
                skus[sku_id] = SkuFacts(*sku)
            if shop_id is not None:
                bindings[shop_id, item_id, platform_sku_id] = ListingBinding(sku_id, how)
    return Goods(bindings, skus, _load_bundles(skus))


def _load_bundles(skus: dict[int, SkuFacts]) -> dict[int, BundleFacts]:
    """The bundles among the SKUs, and those among their components (which cannot be, and are then told); adds the components."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH asked AS (SELECT b.id FROM catalog_bundle b WHERE b.sku_id = ANY(%s::bigint[])) "
            "SELECT b.sku_id, b.weigh_by, c.quantity, b.id = ANY(SELECT id FROM asked), "
            f"{_SKU} FROM catalog_bundle b "
            "LEFT JOIN catalog_bundlecomponent c ON c.bundle_id = b.id LEFT JOIN catalog_sku s ON s.id = c.sku_id "
            "WHERE b.id IN (SELECT id FROM asked) OR b.sku_id IN "
            "(SELECT n.sku_id FROM catalog_bundlecomponent n WHERE n.bundle_id IN (SELECT id FROM asked)) "
            "ORDER BY b.sku_id, c.id",
            [array_text(sorted(skus))],
        )
        weigh_by: dict[int, str] = {}
        components: dict[int, list[tuple[int, int]]] = defaultdict(list)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    for bundle, weighs, units, _asked, *sku in rows:
        weigh_by[bundle] = weighs
        if units is not None:
            facts = SkuFacts(*sku)
            skus[facts.id] = facts
            components[bundle].append((facts.id, units))
    return {bundle: BundleFacts(bundle, weighs, tuple(components[bundle])) for bundle, weighs in weigh_by.items()}
