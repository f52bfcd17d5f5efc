"""Reads for screens and API, limited to what the caller may see."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from orders.models import Order, OrderLine, RawTrade, Trade
from orders.states import BEFORE_CS_AUDIT, OPEN
from warehouse.in_transit import coming
from warehouse.models import StockBalance

ALL_OPEN = "open"
"""The stage that holds every order whose parcel has not left."""


def orders(staff: Staff) -> QuerySet[Order]:
    """The orders that the staff member may see, with what a list names of them."""
    return scoped(Order.objects.select_related("shop", "warehouse", "carrier"), staff)


def order_list(staff: Staff, stage: str) -> QuerySet[Order]:
    """The orders of a stage: open ones by what is promised first, the others newest first."""
    found = orders(staff).filter(state__in=OPEN) if stage == ALL_OPEN else orders(staff).filter(state=stage)
    if stage == ALL_OPEN or stage in OPEN:
        return found.order_by(F("urgent").desc(), F("ship_by").asc(nulls_last=True), "id")
    return found.order_by("-created_at", "-id")


def stage_counts(staff: Staff) -> dict[str, int]:
    """How many open orders there are of each state, and in all; from an index of their own."""
    rows = scoped(Order.objects.filter(state__in=OPEN), staff).order_by().values_list("state").annotate(n=Count("*"))
    counts = {**dict.fromkeys(OPEN, 0), **dict(rows)}
    return {**counts, ALL_OPEN: sum(counts.values())}


def order_page(staff: Staff) -> QuerySet[Order]:
    """The orders that the staff member may see, with what the page of one shows; the receiver stays sealed."""
    sealed = ("receiver__name", "receiver__phone", "receiver__address")
    people = ("receiver", "wished_warehouse", "wished_carrier", "invoice_confirmed_by")
    return orders(staff).select_related(*people).defer(*sealed)


def lines_with_stock(order: Order) -> list[OrderLine]:
    """The order's lines, each with the balance of its SKU at the order's warehouse and the units free there; two queries.

    Before the audit a third one says of lines for which too little is free what is in transit to that warehouse (``coming``).
    """
    lines = list(OrderLine.objects.filter(order=order).select_related("sku").order_by("position"))
    skus = {line.sku_id for line in lines if line.sku_id is not None}
    found = StockBalance.objects.filter(warehouse=order.warehouse, sku_id__in=skus) if order.warehouse else ()
    balances = {balance.sku_id: balance for balance in found}
    for line in lines:
        line.balance = balances.get(line.sku_id or 0)
        line.coming = None
    short = [line for line in lines if line.balance is not None and line.balance.available < line.quantity]
    if short and order.state in BEFORE_CS_AUDIT:
        due = coming(line.sku_id for line in short if line.sku_id is not None)
        for line in short:
            line.coming = due.get((order.warehouse_id or 0, line.sku_id or 0))
    return lines


def trades(staff: Staff) -> QuerySet[Trade]:
    """The trades that the staff member may see."""
    return scoped(Trade.objects.select_related("shop"), staff)


def rejected_trades(staff: Staff) -> QuerySet[Trade]:
    """The trades that cannot be understood, those changed last first."""
    return trades(staff).filter(state=Trade.State.REJECTED).defer("document").order_by("-changed_at", "-id")


def versions_of(trade: Trade) -> QuerySet[RawTrade]:
    """When each different version of the trade came, newest first; the sealed bytes stay where they are."""
    return (
        RawTrade.objects.filter(shop_id=trade.shop_id, trade_no=trade.trade_no).defer("payload").order_by("-at", "-id")
    )


def orders_of_trade(staff: Staff, trade: Trade) -> QuerySet[Order]:
    """The orders that hold something of the trade and that the staff member may see."""
    return orders(staff).filter(Q(origin_trade=trade) | Q(lines__trade=trade)).distinct().order_by("id")
