from __future__ import annotations

from rest_framework import serializers

from oms.catalog.api.serializers import MaskedReceiverSerializer
from warehouse.models import Shipment, ShipmentLine, StockBalance

SHIPMENT_FIELDS = [
    "no",
    "order_no",
    "state",
    "shop",
    "warehouse",
    "carrier",
    "waybill_no",
    "summary",
    "quantity",
    "weight_g",
    "intercepted",
    "intercept_reason",
    "reprint_due",
    "ship_by",
    "released_at",
    "shipped_at",
]


class ShipmentLineSerializer(serializers.ModelSerializer[ShipmentLine]):
    """Units of one SKU."""

    sku = serializers.CharField(source="sku.code", read_only=True)

    class Meta:
        model = ShipmentLine
        fields = ["sku", "quantity"]
        read_only_fields = fields


class ShipmentSerializer(serializers.ModelSerializer[Shipment]):
    """A shipment as lists show it. Weight in grams."""

    shop = serializers.CharField(source="shop.code", read_only=True)
    warehouse = serializers.CharField(source="warehouse.code", read_only=True)
    carrier = serializers.CharField(source="carrier.code", read_only=True)

    class Meta:
        model = Shipment
        fields = SHIPMENT_FIELDS
        read_only_fields = SHIPMENT_FIELDS


class ShipmentDetailSerializer(ShipmentSerializer):
    """A shipment with its lines and its receiver, who is masked."""

    receiver = MaskedReceiverSerializer(read_only=True)
    lines = ShipmentLineSerializer(many=True, read_only=True)

    class Meta(ShipmentSerializer.Meta):
        fields = [*SHIPMENT_FIELDS, "receiver", "lines"]
        read_only_fields = fields


class ShipSerializer(serializers.Serializer[Shipment]):
    """The waybill number to ship with; without one the carrier's own range gives the next."""

    waybill_no = serializers.CharField(required=False, max_length=64)


class StockSerializer(serializers.ModelSerializer[StockBalance]):
    """What a warehouse holds of a SKU; available = on hand − reserved − safety.

    ``in_transit`` is ordered and has not arrived; the first of it is due on ``expected_on``.
    """

    warehouse = serializers.CharField(source="warehouse.code", read_only=True)
    sku = serializers.CharField(source="sku.code", read_only=True)
    available = serializers.IntegerField(read_only=True)
    in_transit = serializers.IntegerField(read_only=True)
    expected_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = StockBalance
        fields = ["id", "warehouse", "sku", "on_hand", "reserved", "safety", "available", "in_transit", "expected_on"]
        read_only_fields = fields
