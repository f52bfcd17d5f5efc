"""The drawer with the stock of a line's SKU."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Sku
from orders.stock_look_up import StockRow, stock_of


@require_safe
@needs("orders.view_order", "warehouse.view_stock")
def stock(request: HttpRequest, sku_id: int) -> HttpResponse:
    """On hand, reserved, waiting for the audit and available of one SKU, and what is in transit, by warehouse."""
    staff = signed_in(request)
    sku = get_object_or_404(scoped(Sku.objects.select_related("product"), staff), pk=sku_id)
    rows = stock_of(staff, sku.pk)
    total = StockRow(
        None,
        sum(row.on_hand for row in rows),
        sum(row.reserved for row in rows),
        sum(row.safety for row in rows),
        sum(row.waiting for row in rows),
        sum(row.in_transit for row in rows),
        min((row.expected_on for row in rows if row.expected_on is not None), default=None),
    )
    response = render(request, "orders/_stock.html", {"sku": sku, "rows": rows, "total": total})
    response["Cache-Control"] = "no-store"
    return trigger_client_event(response, "oms:dialog", {"open": "#stock-drawer"}, after="swap")
