"""Reads for screens and API, limited to what the caller may see."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Listing, Sku


def listing_list(staff: Staff, *, matched: bool) -> QuerySet[Listing]:
    """The listings that are bound to a SKU, or those that wait for a person; newest first."""
    found = Listing.objects.select_related("shop", "sku__product").filter(sku__isnull=not matched)
    return scoped(found, staff).order_by("-seen_at", "-id")


def unmatched_count(staff: Staff) -> int:
    """How many listings wait for a person."""
    return scoped(Listing.objects.filter(sku__isnull=True), staff).count()


def search_listings(found: QuerySet[Listing], text: str) -> QuerySet[Listing]:
    """The listings whose title holds the text, or whose item id or merchant code it is."""
    if not text:
        return found
    return found.filter(
        Q(title__icontains=text)
        | Q(item_id=text)
        | Q(platform_sku_id=text)
        | Q(sku_code__iexact=text)
        | Q(item_code__iexact=text)
        | Q(sku__code__iexact=text)
    )


def sku_list(text: str = "", *, enabled: bool = True) -> QuerySet[Sku]:
    """SKUs whose code begins with the text, whose name or specification holds it, or whose barcode it is."""
    found = Sku.objects.select_related("product").filter(enabled=enabled).order_by("code")
    if not text:
        return found
    return found.filter(
        Q(code__istartswith=text) | Q(product__name__icontains=text) | Q(spec__icontains=text) | Q(barcodes__code=text)
    ).distinct()
