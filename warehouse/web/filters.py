"""What the lists of shipments and of stock can be narrowed by."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.core.numbering import business_day
from oms.core.web.filters import ListFilters, search_box
from warehouse.in_transit import only_in_transit
from warehouse.models import Carrier, PurchaseOrder, Shipment, StockBalance, Warehouse
from warehouse.purchase_queries import late_q, search_purchases
from warehouse.queries import search_shipments, search_stock


def _warehouses(request: HttpRequest) -> QuerySet[Warehouse]:
    return scoped(Warehouse.objects.all(), signed_in(request))


def _warehouse_filter() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(label=_("Warehouse"), queryset=_warehouses, empty_label=_("All warehouses"))


class ShipmentFilters(ListFilters):
    """Shipments by number, warehouse and carrier."""

    q = django_filters.CharFilter(
        label=_("Shipment, order, waybill"), method="search", widget=search_box(_("Shipment, order, waybill"))
    )
    warehouse = _warehouse_filter()
    carrier = django_filters.ModelChoiceFilter(
        label=_("Carrier"), queryset=Carrier.objects.order_by("code"), empty_label=_("All carriers")
    )

    def search(self, found: QuerySet[Shipment], _name: str, text: str) -> QuerySet[Shipment]:
        return search_shipments(found, text)


class StockFilters(ListFilters):
    """Balances by goods and warehouse, those of which nothing is free, and those of which something is in transit."""

    q = django_filters.CharFilter(
        label=_("Code, name, barcode"), method="search", widget=search_box(_("Code, name, barcode"))
    )
    warehouse = _warehouse_filter()
    short = django_filters.BooleanFilter(
        label=_("Nothing free"), method="only_short", field_name="short", widget=forms.CheckboxInput()
    )
    coming = django_filters.BooleanFilter(
        label=_("In transit"), method="only_coming", field_name="coming", widget=forms.CheckboxInput()
    )

    def search(self, found: QuerySet[StockBalance], _name: str, text: str) -> QuerySet[StockBalance]:
        return search_stock(found, text)

    def only_short(self, found: QuerySet[StockBalance], _name: str, wanted: bool) -> QuerySet[StockBalance]:
        return found.filter(on_hand__lte=F("reserved") + F("safety")) if wanted else found

    def only_coming(self, found: QuerySet[StockBalance], _name: str, wanted: bool) -> QuerySet[StockBalance]:
        return only_in_transit(found) if wanted else found


class PurchaseFilters(ListFilters):
    """Purchase orders by number, supplier and goods, by warehouse, and those whose day has passed."""

    q = django_filters.CharFilter(
        label=_("Number, supplier, merchant code"),
        method="search",
        widget=search_box(_("Number, supplier, merchant code")),
    )
    warehouse = _warehouse_filter()
    late = django_filters.BooleanFilter(
        label=_("Overdue"), method="only_late", field_name="late", widget=forms.CheckboxInput()
    )

    def search(self, found: QuerySet[PurchaseOrder], _name: str, text: str) -> QuerySet[PurchaseOrder]:
        return search_purchases(found, text)

    def only_late(self, found: QuerySet[PurchaseOrder], _name: str, wanted: bool) -> QuerySet[PurchaseOrder]:
        return found.filter(late_q(business_day(timezone.now()))) if wanted else found
