from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from oms.accounts.looks import LONGEST, OTHER, REASONS
from oms.catalog.api.serializers import MaskedReceiverSerializer
from orders.models import Order, OrderLine

LIST_FIELDS = [
    "no",
    "state",
    "exceptions",
    "attention",
    "shop",
    "trade_no",
    "buyer_nick",
    "region_name",
    "warehouse",
    "carrier",
    "payment_kind",
    "goods_amount",
    "discount_amount",
    "post_fee",
    "paid_amount",
    "quantity",
    "line_count",
    "weight_g",
    "summary",
    "buyer_message",
    "seller_memo",
    "flag",
    "origin",
    "invoice_kind",
    "invoice_title",
    "invoice_tax_no",
    "invoice_confirmed_at",
    "held",
    "hold_reason",
    "intercepted",
    "intercept_reason",
    "urgent",
    "posted",
    "placed_at",
    "paid_at",
    "ship_by",
    "approved_at",
    "shipped_at",
    "created_at",
    "version",
]


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    """Units of one SKU; ``sku`` is our merchant code, empty while the listing is not matched."""

    sku = serializers.CharField(source="sku.code", default=None, read_only=True, allow_null=True)
    trade_no = serializers.CharField(source="trade.trade_no", default=None, read_only=True, allow_null=True)

    class Meta:
        model = OrderLine
        fields = [
            "position",
            "trade_no",
            "oid",
            "sku",
            "title",
            "spec",
            "quantity",
            "price",
            "discount",
            "amount",
            "is_gift",
            "refund",
        ]
        read_only_fields = fields


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order as lists show it. Amounts in yuan, weight in grams."""

    shop = serializers.CharField(source="shop.code", read_only=True)
    warehouse = serializers.CharField(source="warehouse.code", default=None, read_only=True, allow_null=True)
    carrier = serializers.CharField(source="carrier.code", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Order
        fields = LIST_FIELDS
        read_only_fields = LIST_FIELDS


class OrderDetailSerializer(OrderSerializer):
    """An order with its lines and its receiver, who is masked."""

    receiver = MaskedReceiverSerializer(read_only=True)
    lines = OrderLineSerializer(many=True, read_only=True)
    invoice_email = serializers.CharField(read_only=True)
    wished_warehouse = serializers.CharField(
        source="wished_warehouse.code", default=None, read_only=True, allow_null=True
    )
    wished_carrier = serializers.CharField(source="wished_carrier.code", default=None, read_only=True, allow_null=True)

    class Meta(OrderSerializer.Meta):
        fields = [*LIST_FIELDS, "invoice_email", "wished_warehouse", "wished_carrier", "receiver", "lines"]
        read_only_fields = fields


class ActionSerializer(serializers.Serializer[Order]):
    """What an action may be told: the version that was looked at, so that a changed order is not acted on unseen."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class LookSerializer(serializers.Serializer[Any]):
    """Why a receiver is seen in clear; for ``other`` the words say it."""

    reason = serializers.ChoiceField(choices=list(REASONS.items()))
    words = serializers.CharField(max_length=LONGEST, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["reason"] == OTHER and not attrs["words"].strip():
            raise serializers.ValidationError({"words": [_("Say why you look at the receiver: write the reason.")]})
        return attrs


class ReasonedActionSerializer(ActionSerializer):
    """An action that gives a reason."""

    reason = serializers.CharField(max_length=200)
