"""Listings: learned from trades, bound to SKUs by merchant code or by hand.

The SKU's merchant code is tried first, then the item's; a binding by hand is never changed by the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from oms.catalog.events import ListingsBound
from oms.catalog.locks import bind_by_code, lock_listing, lock_listings
from oms.catalog.models import Listing, Sku
from oms.core.bulk import update_rows
from oms.core.errors import UnableTo
from oms.core.events import publish
from oms.core.history import HistoryRow, write_history


@dataclass(frozen=True, slots=True, order=True)
class SeenListing:
    """A listing as a trade's line names it."""

    shop_id: int
    item_id: str
    platform_sku_id: str
    title: str = ""
    spec: str = ""
    item_code: str = ""
    sku_code: str = ""


def learn(seen: Iterable[SeenListing]) -> None:
    """Store listings that are new and follow merchant codes that changed; one statement, inside a transaction.

    Rows are written in key order, so that two learners cannot lock each other out.
    """
    unique = {(s.shop_id, s.item_id, s.platform_sku_id): s for s in seen if s.item_id}
    if not unique:
        return
    rows = [unique[key] for key in sorted(unique)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH v AS (
                SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                WITH ORDINALITY AS v(shop_id, item_id, platform_sku_id, title, spec, item_code, sku_code, position)
            )
            INSERT INTO catalog_listing AS l
                (shop_id, item_id, platform_sku_id, title, spec, item_code, sku_code, sku_id, binding, seen_at)
            SELECT v.shop_id, v.item_id, v.platform_sku_id, v.title, v.spec, v.item_code, v.sku_code,
                   COALESCE(by_sku.id, by_item.id),
                   CASE WHEN by_sku.id IS NOT NULL THEN 'sku_code'
                        WHEN by_item.id IS NOT NULL THEN 'item_code' ELSE 'none' END,
                   now()
            FROM v
            LEFT JOIN catalog_sku by_sku ON v.sku_code <> '' AND by_sku.code = v.sku_code
            LEFT JOIN catalog_sku by_item ON v.item_code <> '' AND by_item.code = v.item_code
            ORDER BY v.shop_id, v.item_id, v.platform_sku_id
            ON CONFLICT (shop_id, item_id, platform_sku_id) DO UPDATE
            SET title = EXCLUDED.title, spec = EXCLUDED.spec, item_code = EXCLUDED.item_code,
                sku_code = EXCLUDED.sku_code, seen_at = EXCLUDED.seen_at,
                sku_id = CASE WHEN l.binding = 'hand' THEN l.sku_id ELSE EXCLUDED.sku_id END,
                binding = CASE WHEN l.binding = 'hand' THEN l.binding ELSE EXCLUDED.binding END
            WHERE (l.item_code, l.sku_code) IS DISTINCT FROM (EXCLUDED.item_code, EXCLUDED.sku_code)
            """,
            [
                [r.shop_id for r in rows],
                [r.item_id[:64] for r in rows],
                [r.platform_sku_id[:64] for r in rows],
                [r.title[:300] for r in rows],
                [r.spec[:300] for r in rows],
                [r.item_code[:128] for r in rows],
                [r.sku_code[:128] for r in rows],
            ],
        )


def bind(listing_id: int, sku: Sku, *, staff_id: int | None) -> Listing:
    """Bind a listing to a SKU by hand; the orders that wait for it go on by themselves. Raises UnableTo."""
    if not sku.enabled:
        raise UnableTo(
            _("SKU %(code)s is not in use. Choose another one, or put it in use first.") % {"code": sku.code}
        )
    with transaction.atomic():
        listing = lock_listing(listing_id)
        before = listing.sku_id
        listing.sku = sku
        listing.binding = Listing.Binding.HAND
        listing.save(update_fields=["sku", "binding"])
        write_history(
            [
                HistoryRow(
                    kind="listing",
                    subject_id=listing.id,
                    action="bind",
                    actor_id=staff_id,
                    changes={"sku": [before, sku.id]},
                )
            ]
        )
        publish(ListingsBound(((listing.shop_id, listing.item_id, listing.platform_sku_id),)))
    return listing


def bind_many(wanted: Mapping[int, int], *, staff_id: int | None) -> None:
    """Bind listings (by id) to SKUs (by id) by hand, all or none; the orders that wait for them go on. Constant in queries."""
    with transaction.atomic():
        listings = lock_listings(wanted)
        update_rows(
            Listing,
            ("sku_id", "binding"),
            [(one.pk, wanted[one.pk], Listing.Binding.HAND.value) for one in listings],
        )
        write_history(
            HistoryRow(
                kind="listing",
                subject_id=one.pk,
                action="bind",
                actor_id=staff_id,
                changes={"sku": [one.sku_id, wanted[one.pk]]},
            )
            for one in listings
        )
        publish(ListingsBound(tuple([(one.shop_id, one.item_id, one.platform_sku_id) for one in listings])))


def rematch() -> int:
    """Bind listings without a SKU whose merchant code a SKU has by now (after an import); returns how many."""
    with transaction.atomic():
        keys = bind_by_code()
        if keys:
            publish(ListingsBound(keys))
    return len(keys)
