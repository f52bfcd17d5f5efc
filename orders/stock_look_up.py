"""The stock of one SKU as a clerk looks at it: by warehouse, with what waits for the audit and will want it."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, dataclass

from django.db.models import Sum

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from orders.models import OrderLine
from orders.states import BEFORE_CS_AUDIT
from warehouse.in_transit import coming
from warehouse.models import StockBalance, Warehouse


@dataclass(frozen=True, slots=True)
class StockRow:
    """Units of one SKU in one warehouse (None: orders for which no warehouse is chosen yet).

    ``available`` is what may be promised: on hand less reserved less the safety stock. ``waiting`` are units in orders before the audit,
    which have reserved nothing yet; ``left`` is what stays available once they are audited. ``in_transit`` is ordered and has not arrived;
    the first of it is due on ``expected_on``.
    """

    warehouse: Warehouse | None
    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    waiting: int = 0
    in_transit: int = 0
    expected_on: dt.date | None = None

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved - self.safety

    @property
    def left(self) -> int:
        return self.available - self.waiting


def stock_of(staff: Staff, sku_id: int) -> list[StockRow]:
    """The SKU's stock in each warehouse that the staff member may see. Three queries; the second reads open orders alone."""
    balances = scoped(StockBalance.objects.select_related("warehouse").filter(sku_id=sku_id), staff)
    waiting = dict(
        scoped(OrderLine.objects.filter(sku_id=sku_id, order__state__in=BEFORE_CS_AUDIT), staff)
        .exclude(refund=OrderLine.Refund.REFUNDED)
        .order_by()
        .values_list("order__warehouse_id")
        .annotate(units=Sum("quantity"))
    )
    due = {warehouse: found for (warehouse, _sku), found in coming([sku_id]).items()}
    rows = [
        StockRow(
            balance.warehouse,
            balance.on_hand,
            balance.reserved,
            balance.safety,
            waiting.pop(balance.warehouse_id, 0),
            *(astuple(due[balance.warehouse_id]) if balance.warehouse_id in due else ()),
        )
        for balance in balances.order_by("warehouse__priority", "warehouse__code")
    ]
    without = waiting.pop(None, 0)
    missing = Warehouse.objects.in_bulk([pk for pk in waiting if pk is not None])
    rows += [StockRow(missing[pk], waiting=units) for pk, units in sorted(waiting.items()) if pk in missing]
    return [*rows, StockRow(None, waiting=without)] if without else rows
