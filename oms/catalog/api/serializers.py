from __future__ import annotations

from rest_framework import serializers

from oms.catalog.models import Receiver, Sku


class SkuSerializer(serializers.ModelSerializer[Sku]):
    """A SKU with what its product says. Weight in grams, volume in cm³, amounts in yuan."""

    product_code = serializers.CharField(source="product.code", read_only=True)
    name = serializers.CharField(source="product.name", read_only=True)
    category = serializers.SerializerMethodField()
    brand = serializers.CharField(source="product.brand", read_only=True)
    barcodes = serializers.SlugRelatedField[Sku](many=True, read_only=True, slug_field="code")

    class Meta:
        model = Sku
        fields = [
            "id",
            "code",
            "product_code",
            "name",
            "spec",
            "category",
            "brand",
            "barcodes",
            "price",
            "cost",
            "weight_g",
            "volume_cm3",
            "enabled",
        ]
        read_only_fields = fields

    def get_category(self, sku: Sku) -> str:
        """The name of the product's category; empty when it has none."""
        return sku.product.category_id or ""


class MaskedReceiverSerializer(serializers.ModelSerializer[Receiver]):
    """A receiver as lists show it."""

    name = serializers.CharField(source="name_masked", read_only=True)
    phone = serializers.CharField(source="phone_masked", read_only=True)

    class Meta:
        model = Receiver
        fields = ["name", "phone", "province", "city", "district", "town"]
        read_only_fields = fields


class ReceiverSerializer(serializers.Serializer[Receiver]):
    """A receiver in clear."""

    name = serializers.CharField(read_only=True)
    phone = serializers.CharField(read_only=True)
    province = serializers.CharField(read_only=True)
    city = serializers.CharField(read_only=True)
    district = serializers.CharField(read_only=True)
    town = serializers.CharField(read_only=True)
    address = serializers.CharField(read_only=True)
    zip_code = serializers.CharField(read_only=True)
