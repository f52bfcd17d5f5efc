from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from oms.accounts.api import MomentFilter, ScopedViewSet, choices_of
from oms.accounts.idempotency import idempotent
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from warehouse.api.serializers import (
    ShipmentDetailSerializer,
    ShipmentSerializer,
    ShipSerializer,
    StockSerializer,
)
from warehouse.in_transit import with_in_transit
from warehouse.models import Shipment, ShipmentLine, StockBalance
from warehouse.shipping import ship


class ShipmentFilter(filters.FilterSet):  # type: ignore[misc]
    state = choices_of(Shipment.State.choices)
    shop = filters.CharFilter(field_name="shop__code")
    warehouse = filters.CharFilter(field_name="warehouse__code")
    carrier = filters.CharFilter(field_name="carrier__code")
    order_no = filters.CharFilter()
    waybill_no = filters.CharFilter()
    intercepted = filters.BooleanFilter()
    shipped_from = MomentFilter(field_name="shipped_at", lookup_expr="gte")
    shipped_until = MomentFilter(field_name="shipped_at", lookup_expr="lt")

    class Meta:
        model = Shipment
        fields: list[str] = []


class ShipmentViewSet(ScopedViewSet[Shipment]):
    """Shipments, newest first."""

    access = {
        "list": "warehouse.view_shipment",
        "retrieve": "warehouse.view_shipment",
        "ship": "warehouse.ship_shipment",
    }
    queryset = Shipment.objects.select_related("shop", "warehouse", "carrier")
    serializer_class = ShipmentSerializer
    detail_serializer_class = ShipmentDetailSerializer
    filterset_class = ShipmentFilter
    lookup_field = "no"
    lookup_value_regex = "[A-Za-z0-9-]{1,24}"

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if self.action == "list":
            return found
        sealed = ("receiver__name", "receiver__phone", "receiver__address")
        lines = Prefetch("lines", ShipmentLine.objects.select_related("sku").order_by("id"))
        return found.select_related("receiver").defer(*sealed).prefetch_related(lines)

    @extend_schema(request=ShipSerializer, responses=ShipmentDetailSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def ship(self, request: Request, no: str = "") -> Response:
        """The parcel leaves: stock goes out, the order is shipped, the platform will be told."""
        given = ShipSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        shipment = self.get_object()
        waybill_no = given.validated_data.get("waybill_no")
        waybills = {shipment.pk: waybill_no} if waybill_no else {}
        result = ship([shipment.pk], actor_id=signed_in(request).pk, waybills=waybills)
        for refusal in result.refused.values():
            raise UnableTo(refusal.sentence, code=refusal.code)
        return Response(ShipmentDetailSerializer(self.get_object()).data)


class StockFilter(filters.FilterSet):  # type: ignore[misc]
    warehouse = filters.CharFilter(field_name="warehouse__code")
    sku = filters.CharFilter(field_name="sku__code")

    class Meta:
        model = StockBalance
        fields: list[str] = []


class StockViewSet(ScopedViewSet[StockBalance]):
    """Stock: one record a warehouse and SKU."""

    access = {"list": "warehouse.view_stock", "retrieve": "warehouse.view_stock"}
    queryset = with_in_transit(StockBalance.objects.select_related("warehouse", "sku"))
    serializer_class = StockSerializer
    filterset_class = StockFilter
    lookup_value_regex = "[0-9]{1,18}"
