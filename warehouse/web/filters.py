"""What the lists of shipments and of stock can be narrowed by."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.core.web.filters import ListFilters, search_box
from warehouse.models import Carrier, Shipment, StockBalance, Warehouse
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
    """Balances by goods and warehouse, and those of which nothing is free."""

    q = django_filters.CharFilter(
        label=_("Code, name, barcode"), method="search", widget=search_box(_("Code, name, barcode"))
    )
    warehouse = _warehouse_filter()
    short = django_filters.BooleanFilter(
        label=_("Nothing free"), method="only_short", field_name="short", widget=forms.CheckboxInput()
    )

    def search(self, found: QuerySet[StockBalance], _name: str, text: str) -> QuerySet[StockBalance]:
        return search_stock(found, text)

    def only_short(self, found: QuerySet[StockBalance], _name: str, wanted: bool) -> QuerySet[StockBalance]:
        return found.filter(on_hand__lte=F("reserved") + F("safety")) if wanted else found
