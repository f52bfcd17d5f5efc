"""The lists of vouchers and of orders that could not be posted as they are taken away."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as lazy

from finance.models import Voucher
from finance.queries import set_aside, voucher_list
from oms.accounts.exports import Asked, ExportColumn, ListExport, register


def _vouchers(asked: Asked) -> Any:
    from finance.web.filters import VoucherFilters

    kind = asked.params.get("stage", "")
    return VoucherFilters(asked.request, voucher_list(asked.staff, kind if kind in Voucher.Kind.values else "")).qs


register(
    ListExport(
        "vouchers",
        lazy("Vouchers"),
        ("finance:vouchers",),
        ("finance.view_voucher",),
        _vouchers,
        (
            ExportColumn(lazy("Number"), lambda row: row.no),
            ExportColumn(lazy("Kind"), lambda row: row.get_kind_display()),
            ExportColumn(lazy("Date"), lambda row: row.day),
            ExportColumn(lazy("Shop"), lambda row: row.shop.name),
            ExportColumn(lazy("Warehouse"), lambda row: row.warehouse.name),
            ExportColumn(lazy("Units"), lambda row: row.quantity),
            ExportColumn(lazy("Amount"), lambda row: row.amount),
            ExportColumn(lazy("Orders"), lambda row: ", ".join(one.order.no for one in row.sources.all())),
            ExportColumn(lazy("Posted"), lambda row: row.posted_at),
        ),
    ),
    ListExport(
        "set_aside",
        lazy("Orders that could not be posted"),
        ("finance:set_aside",),
        ("finance.view_voucher",),
        lambda asked: set_aside(asked.staff),
        (
            ExportColumn(lazy("Order"), lambda row: row.order.no),
            ExportColumn(lazy("Shipment"), lambda row: row.shipment.no),
            ExportColumn(lazy("Paid"), lambda row: row.order.paid_amount),
            ExportColumn(lazy("Reason"), lambda row: row.sentence),
            ExportColumn(lazy("Set aside since"), lambda row: row.created_at),
        ),
    ),
)
