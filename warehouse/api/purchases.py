"""Purchase orders for programs: what is ordered and has come, and the receiving of a delivery note."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from oms.accounts.api import ScopedViewSet, choices_of
from oms.accounts.idempotency import idempotent
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from warehouse.arrivals import MOST_UNITS, NOTE_LENGTH, take_in
from warehouse.models import Arrival, PurchaseOrder, PurchaseOrderLine

FIELDS = ["no", "external_no", "state", "warehouse", "supplier", "expected_on", "note", "created_at"]


class PurchaseSerializer(serializers.ModelSerializer[PurchaseOrder]):
    """A purchase order as lists show it."""

    warehouse = serializers.CharField(source="warehouse.code", read_only=True)

    class Meta:
        model = PurchaseOrder
        fields = FIELDS
        read_only_fields = FIELDS


class PurchaseLineSerializer(serializers.ModelSerializer[PurchaseOrderLine]):
    """Units of one SKU: ordered, arrived, and still to come; the unit cost in yuan."""

    sku = serializers.CharField(source="sku.code", read_only=True)
    to_come = serializers.IntegerField(read_only=True)

    class Meta:
        model = PurchaseOrderLine
        fields = ["sku", "quantity", "arrived", "to_come", "unit_cost"]
        read_only_fields = fields


class ArrivalSerializer(serializers.ModelSerializer[Arrival]):
    """What came with one delivery note."""

    class Meta:
        model = Arrival
        fields = ["no", "delivery_note", "at"]
        read_only_fields = fields


class PurchaseDetailSerializer(PurchaseSerializer):
    """A purchase order with its lines and the delivery notes that were booked."""

    lines = PurchaseLineSerializer(many=True, read_only=True)
    arrivals = ArrivalSerializer(many=True, read_only=True)

    class Meta(PurchaseSerializer.Meta):
        fields = [*FIELDS, "lines", "arrivals"]
        read_only_fields = fields


class ReceivedLineSerializer(serializers.Serializer[PurchaseOrderLine]):
    """Units of a SKU that came."""

    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)


class ReceiveSerializer(serializers.Serializer[Arrival]):
    """What came with a delivery note; ``more`` says that more than was ordered is right."""

    delivery_note = serializers.CharField(max_length=NOTE_LENGTH)
    lines = ReceivedLineSerializer(many=True, allow_empty=False)
    more = serializers.BooleanField(default=False)


class PurchaseFilter(filters.FilterSet):  # type: ignore[misc]
    state = choices_of(PurchaseOrder.State.choices)
    warehouse = filters.CharFilter(field_name="warehouse__code")
    external_no = filters.CharFilter()
    expected_until = filters.DateFilter(field_name="expected_on", lookup_expr="lte")

    class Meta:
        model = PurchaseOrder
        fields: list[str] = []


class PurchaseViewSet(ScopedViewSet[PurchaseOrder]):
    """Purchase orders, newest first."""

    access = {
        "list": "warehouse.view_purchase",
        "retrieve": "warehouse.view_purchase",
        "receive": "warehouse.manage_purchase",
    }
    queryset = PurchaseOrder.objects.select_related("warehouse")
    serializer_class = PurchaseSerializer
    detail_serializer_class = PurchaseDetailSerializer
    filterset_class = PurchaseFilter
    lookup_field = "no"
    lookup_value_regex = "[A-Za-z0-9-]{1,24}"

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if self.action == "list":
            return found
        lines = Prefetch("lines", PurchaseOrderLine.objects.select_related("sku").order_by("id"))
        return found.prefetch_related(lines, Prefetch("arrivals", Arrival.objects.order_by("id")))

    @extend_schema(request=ReceiveSerializer, responses=PurchaseDetailSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def receive(self, request: Request, no: str = "") -> Response:
        """Book in what came with a delivery note: stock rises, orders that wait for it go on. The note counts once."""
        purchase = self.get_object()
        given = ReceiveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        ids = {line.sku.code: line.pk for line in purchase.lines.all()}
        units: dict[int, int] = {}
        for line in given.validated_data["lines"]:
            line_id = ids.get(line["sku"])
            if line_id is None:
                sentence = _("%(no)s has no line of %(code)s.") % {"no": purchase.no, "code": line["sku"]}
                raise UnableTo(sentence, code="unknown_line")
            units[line_id] = units.get(line_id, 0) + line["quantity"]
        note, more = given.validated_data["delivery_note"], given.validated_data["more"]
        take_in(purchase.pk, note, units, by=signed_in(request), more=more)
        return Response(PurchaseDetailSerializer(self.get_object()).data)
