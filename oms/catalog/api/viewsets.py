from __future__ import annotations

from django_filters import rest_framework as filters

from oms.accounts.api import ScopedViewSet
from oms.catalog.api.serializers import SkuSerializer
from oms.catalog.models import Sku


class SkuFilter(filters.FilterSet):  # type: ignore[misc]
    code = filters.CharFilter()
    product_code = filters.CharFilter(field_name="product__code")
    barcode = filters.CharFilter(field_name="barcodes__code")
    name = filters.CharFilter(field_name="product__name", lookup_expr="icontains")
    enabled = filters.BooleanFilter()

    class Meta:
        model = Sku
        fields: list[str] = []


class ProductViewSet(ScopedViewSet[Sku]):
    """Products: one record a SKU."""

    access = {"list": "catalog.view_product", "retrieve": "catalog.view_product"}
    queryset = Sku.objects.select_related("product").prefetch_related("barcodes")
    serializer_class = SkuSerializer
    filterset_class = SkuFilter
    lookup_value_regex = "[0-9]{1,18}"
