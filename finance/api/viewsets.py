from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters

from finance.api.serializers import VoucherDetailSerializer, VoucherSerializer
from finance.models import Voucher, VoucherLine, VoucherSource
from oms.accounts.api import ScopedViewSet, choices_of


class VoucherFilter(filters.FilterSet):  # type: ignore[misc]
    kind = choices_of(Voucher.Kind.choices)
    shop = filters.CharFilter(field_name="shop__code")
    order_no = filters.CharFilter(field_name="sources__order__no")
    day_from = filters.DateFilter(field_name="day", lookup_expr="gte")
    day_until = filters.DateFilter(field_name="day", lookup_expr="lte")

    class Meta:
        model = Voucher
        fields: list[str] = []


class VoucherViewSet(ScopedViewSet[Voucher]):
    """Vouchers, newest first."""

    access = {"list": "finance.view_voucher", "retrieve": "finance.view_voucher"}
    queryset = Voucher.objects.select_related("shop", "warehouse").prefetch_related(
        Prefetch(
            "sources", VoucherSource.objects.select_related("order").only("voucher_id", "order__no").order_by("id")
        )
    )
    serializer_class = VoucherSerializer
    detail_serializer_class = VoucherDetailSerializer
    filterset_class = VoucherFilter
    lookup_field = "no"
    lookup_value_regex = "[A-Za-z0-9-]{1,24}"

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if self.action == "list":
            return found
        return found.prefetch_related(Prefetch("lines", VoucherLine.objects.select_related("sku").order_by("id")))
