"""The lists of products and listings as they are taken away. Products come back by the same headings (``oms.catalog.import_rows``)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from oms.accounts.exports import Asked, ExportColumn, ListExport, register
from oms.catalog.import_rows import NO_RESTRICTIONS
from oms.catalog.models import Sku
from oms.catalog.queries import all_skus, listing_list


def _products(asked: Asked) -> Any:
    from oms.catalog.web.filters import ProductFilters

    return ProductFilters(asked.request, all_skus(asked.staff)).qs


def _restrictions(sku: Sku) -> str:
    """What the import reads back; “none” takes restrictions away there, which an empty cell does not."""
    labels = dict(Sku.Restriction.choices)
    return "、".join(str(labels.get(code, code)) for code in sku.restrictions) or NO_RESTRICTIONS[0]


def _listings(asked: Asked) -> Any:
    from oms.catalog.web.filters import ListingFilters

    matched = asked.params.get("stage") == "matched"
    return ListingFilters(asked.request, listing_list(asked.staff, matched=matched)).qs


register(
    ListExport(
        "products",
        lazy("Products"),
        ("catalog:products",),
        ("catalog.view_product",),
        _products,
        (
            ExportColumn(lazy("Merchant code"), lambda row: row.code),
            ExportColumn(lazy("Product code"), lambda row: row.product.code),
            ExportColumn(lazy("Product name"), lambda row: row.product.name),
            ExportColumn(lazy("Specification"), lambda row: row.spec),
            ExportColumn(lazy("Category"), lambda row: row.product.category_id or ""),
            ExportColumn(lazy("Brand"), lambda row: row.product.brand),
            ExportColumn(lazy("Barcode"), lambda row: ",".join(one.code for one in row.barcodes.all())),
            ExportColumn(lazy("Price of a unit"), lambda row: row.price),
            ExportColumn(lazy("Cost"), lambda row: row.cost),
            ExportColumn(lazy("Weight (g)"), lambda row: row.weight_g),
            ExportColumn(lazy("Volume (cm³)"), lambda row: row.volume_cm3),
            ExportColumn(lazy("Units in a box"), lambda row: row.box_quantity),
            ExportColumn(lazy("Restrictions"), _restrictions),
            ExportColumn(lazy("In use"), lambda row: _("yes") if row.enabled else _("no")),
        ),
    ),
    ListExport(
        "listings",
        lazy("Listings"),
        ("catalog:listings",),
        ("catalog.view_listing",),
        _listings,
        (
            ExportColumn(lazy("Shop"), lambda row: row.shop.name),
            ExportColumn(lazy("Shop code"), lambda row: row.shop.code),
            ExportColumn(lazy("Item id"), lambda row: row.item_id),
            ExportColumn(lazy("Platform SKU id"), lambda row: row.platform_sku_id),
            ExportColumn(lazy("Title"), lambda row: row.title),
            ExportColumn(lazy("Specification"), lambda row: row.spec),
            ExportColumn(lazy("Item's merchant code"), lambda row: row.item_code),
            ExportColumn(lazy("SKU's merchant code"), lambda row: row.sku_code),
            ExportColumn(lazy("Merchant code"), lambda row: row.sku.code if row.sku else ""),
            ExportColumn(lazy("Matched"), lambda row: row.get_binding_display()),
            ExportColumn(lazy("Seen"), lambda row: row.seen_at),
        ),
    ),
)
