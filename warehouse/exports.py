"""The lists of shipments, of stock and of purchase orders as they are taken away."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from oms.accounts.exports import Asked, ExportColumn, ListExport, register
from oms.catalog.receivers import receiver_texts
from warehouse.models import PurchaseOrderLine
from warehouse.purchase_queries import STAGES as purchase_stages
from warehouse.purchase_queries import purchase_list
from warehouse.queries import STAGES, shipment_list, stock_list


def _shipments(asked: Asked) -> Any:
    from warehouse.web.filters import ShipmentFilters

    stage = asked.params.get("stage", "")
    found = shipment_list(asked.staff, stage if stage in STAGES else next(iter(STAGES))).select_related("receiver")
    if not asked.clear:
        found = found.defer("receiver__name", "receiver__phone", "receiver__address")
    return ShipmentFilters(asked.request, found).qs


def _with_receiver(rows: Any, asked: Asked) -> list[tuple[Any, tuple[str, str, str]]]:
    return [(row, receiver_texts(row.receiver, clear=asked.clear)) for row in rows]


def _stock(asked: Asked) -> Any:
    from warehouse.web.filters import StockFilters

    return StockFilters(asked.request, stock_list(asked.staff)).qs


def _purchases(asked: Asked) -> Any:
    from warehouse.web.filters import PurchaseFilters

    stage = asked.params.get("stage", "")
    found = purchase_list(asked.staff, stage if stage in purchase_stages else next(iter(purchase_stages)))
    return PurchaseFilters(asked.request, found).qs


def _lines_of_purchases(rows: Any, _asked: Asked) -> list[PurchaseOrderLine]:
    """A line for each SKU, so that the file tells of the goods and comes back as an import."""
    lines = PurchaseOrderLine.objects.filter(purchase_order__in=[row.pk for row in rows]).select_related(
        "purchase_order__warehouse", "sku__product"
    )
    place = {row.pk: position for position, row in enumerate(rows)}
    return sorted(lines, key=lambda line: (place[line.purchase_order_id], line.pk))


register(
    ListExport(
        "shipments",
        lazy("Shipments"),
        ("warehouse:shipments",),
        ("warehouse.view_shipment",),
        _shipments,
        (
            ExportColumn(lazy("Shipment"), lambda row: row[0].no),
            ExportColumn(lazy("Order"), lambda row: row[0].order_no),
            ExportColumn(lazy("Shop"), lambda row: row[0].shop.name),
            ExportColumn(lazy("Warehouse"), lambda row: row[0].warehouse.name),
            ExportColumn(lazy("Carrier"), lambda row: row[0].carrier.name),
            ExportColumn(lazy("Waybill"), lambda row: row[0].waybill_no),
            ExportColumn(lazy("State"), lambda row: row[0].get_state_display()),
            ExportColumn(
                lazy("Intercepted"), lambda row: row[0].intercept_reason or _("yes") if row[0].intercepted else ""
            ),
            ExportColumn(lazy("To be printed anew"), lambda row: _("yes") if row[0].reprint_due else ""),
            ExportColumn(lazy("Receiver"), lambda row: row[1][0]),
            ExportColumn(lazy("Phone"), lambda row: row[1][1]),
            ExportColumn(lazy("Address"), lambda row: row[1][2]),
            ExportColumn(lazy("Goods"), lambda row: row[0].summary),
            ExportColumn(lazy("Units"), lambda row: row[0].quantity),
            ExportColumn(lazy("Weight (g)"), lambda row: row[0].weight_g),
            ExportColumn(lazy("Ship by"), lambda row: row[0].ship_by),
            ExportColumn(lazy("Released"), lambda row: row[0].released_at),
            ExportColumn(lazy("Shipped"), lambda row: row[0].shipped_at),
        ),
        _with_receiver,
        sealed="orders.view_receiver",
    ),
    ListExport(
        "stock",
        lazy("Stock"),
        ("warehouse:stock",),
        ("warehouse.view_stock",),
        _stock,
        (
            ExportColumn(lazy("Merchant code"), lambda row: row.sku.code),
            ExportColumn(lazy("Product"), lambda row: row.sku.product.name),
            ExportColumn(lazy("Specification"), lambda row: row.sku.spec),
            ExportColumn(lazy("Warehouse"), lambda row: row.warehouse.name),
            ExportColumn(lazy("On hand"), lambda row: row.on_hand),
            ExportColumn(lazy("Reserved"), lambda row: row.reserved),
            ExportColumn(lazy("Safety stock"), lambda row: row.safety),
            ExportColumn(lazy("Available"), lambda row: row.available),
            ExportColumn(lazy("In transit"), lambda row: row.in_transit),
            ExportColumn(lazy("Expected on"), lambda row: row.expected_on),
        ),
    ),
    ListExport(
        "purchases",
        lazy("Purchase orders"),
        ("warehouse:purchases",),
        ("warehouse.view_purchase",),
        _purchases,
        (
            ExportColumn(lazy("Purchase order"), lambda line: line.purchase_order.no),
            ExportColumn(lazy("External number"), lambda line: line.purchase_order.external_no),
            ExportColumn(lazy("State"), lambda line: line.purchase_order.get_state_display()),
            ExportColumn(lazy("Supplier"), lambda line: line.purchase_order.supplier),
            ExportColumn(lazy("Warehouse"), lambda line: line.purchase_order.warehouse.name),
            ExportColumn(lazy("Expected on"), lambda line: line.purchase_order.expected_on),
            ExportColumn(lazy("Merchant code"), lambda line: line.sku.code),
            ExportColumn(lazy("Product"), lambda line: line.sku.product.name),
            ExportColumn(lazy("Specification"), lambda line: line.sku.spec),
            ExportColumn(lazy("Quantity"), lambda line: line.quantity),
            ExportColumn(lazy("Arrived"), lambda line: line.arrived),
            ExportColumn(lazy("To come"), lambda line: line.to_come),
            ExportColumn(lazy("Unit cost"), lambda line: line.unit_cost),
            ExportColumn(lazy("Note"), lambda line: line.purchase_order.note),
        ),
        _lines_of_purchases,
    ),
)
