from __future__ import annotations

from rest_framework import serializers

from finance.models import Voucher, VoucherLine

VOUCHER_FIELDS = ["no", "kind", "shop", "warehouse", "day", "quantity", "amount", "posted_at", "orders"]


class VoucherLineSerializer(serializers.ModelSerializer[VoucherLine]):
    """Units of one SKU with what was paid for them; ``sku`` is empty for postage."""

    sku = serializers.CharField(source="sku.code", default=None, read_only=True, allow_null=True)

    class Meta:
        model = VoucherLine
        fields = ["sku", "text", "quantity", "amount"]
        read_only_fields = fields


class VoucherSerializer(serializers.ModelSerializer[Voucher]):
    """A voucher with the numbers of the orders it was made from. Amounts in yuan."""

    shop = serializers.CharField(source="shop.code", read_only=True)
    warehouse = serializers.CharField(source="warehouse.code", read_only=True)
    orders = serializers.SerializerMethodField()

    class Meta:
        model = Voucher
        fields = VOUCHER_FIELDS
        read_only_fields = VOUCHER_FIELDS

    def get_orders(self, voucher: Voucher) -> list[str]:
        return [source.order.no for source in voucher.sources.all()]


class VoucherDetailSerializer(VoucherSerializer):
    """A voucher with its lines."""

    lines = VoucherLineSerializer(many=True, read_only=True)

    class Meta(VoucherSerializer.Meta):
        fields = [*VOUCHER_FIELDS, "lines"]
        read_only_fields = fields
