"""The row locks of the catalogue; every set is locked in key order."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from oms.catalog.models import Category, Listing, Sku

ListingKey = tuple[int, str, str]


def lock_listing(listing_id: int) -> Listing:
    """Lock one listing. Raises Listing.DoesNotExist."""
    return Listing.objects.select_for_update(of=("self",)).get(pk=listing_id)


def lock_listings(ids: Iterable[int]) -> list[Listing]:
    """Lock listings in the order of their keys, as learning does; those that are gone are absent."""
    found = Listing.objects.select_for_update(of=("self",)).filter(pk__in=sorted(ids))
    return list(found.order_by("shop_id", "item_id", "platform_sku_id"))


def bind_by_code() -> tuple[ListingKey, ...]:
    """Bind the listings without a SKU whose merchant code a SKU has by now; the keys of those bound, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH found AS (
                SELECT l.id, COALESCE(by_sku.id, by_item.id) AS sku_id,
                       CASE WHEN by_sku.id IS NOT NULL THEN 'sku_code' ELSE 'item_code' END AS binding
                FROM catalog_listing l
                LEFT JOIN catalog_sku by_sku ON l.sku_code <> '' AND by_sku.code = l.sku_code
                LEFT JOIN catalog_sku by_item ON l.item_code <> '' AND by_item.code = l.item_code
                WHERE l.sku_id IS NULL AND COALESCE(by_sku.id, by_item.id) IS NOT NULL
                ORDER BY l.shop_id, l.item_id, l.platform_sku_id
                FOR UPDATE OF l
            )
            UPDATE catalog_listing l SET sku_id = found.sku_id, binding = found.binding
            FROM found WHERE l.id = found.id
            RETURNING l.shop_id, l.item_id, l.platform_sku_id
            """
        )
        return tuple(sorted(cursor.fetchall()))


def lock_products_for_import() -> None:
    """Let one import at a time decide and write, until the end of the transaction; two could claim the same new code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog.import_products'))")


def lock_skus(ids: Iterable[int]) -> dict[int, Sku]:
    """Lock SKUs in key order. Raises Sku.DoesNotExist when one is missing."""
    wanted = sorted(set(ids))
    found = {sku.id: sku for sku in Sku.objects.select_for_update().filter(id__in=wanted).order_by("id")}
    if len(found) < len(wanted):
        raise Sku.DoesNotExist
    return found


def lock_categories() -> dict[int, Category]:
    """Lock the whole tree in key order; new categories wait as well, since imports and people share one lock."""
    lock_products_for_import()
    return {one.pk: one for one in Category.objects.select_for_update().order_by("pk")}
