"""Finding orders and trades by a number, a buyer or a receiver, typed whole; limited to what the caller may see.

Each question has an index of its own and is asked beside the others (UNION): joined by OR they would read the archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Q

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from orders.models import Order, OrderLine, Trade
from orders.queries import orders

LIMIT = 20
_LOOKED_AT = 200
"""Rows of one question that are looked at; a name that more orders share is not a way to find one of them."""


def _questions(text: str, receiver_ids: Sequence[int]) -> Iterator[Q]:
    yield Q(no=text.upper())
    yield Q(trade_no=text)
    yield Q(buyer_nick=text)
    # An order that was merged holds lines of more trades than the one it was born of.
    trades = Trade.objects.filter(trade_no=text).order_by().values("id")[:LIMIT]
    yield Q(id__in=OrderLine.objects.filter(trade_id__in=trades).order_by().values("order_id"))
    if receiver_ids:
        yield Q(receiver_id__in=receiver_ids)


def matching_order_ids(text: str, receiver_ids: Sequence[int], staff: Staff | None = None) -> list[int]:
    """Ids of the orders with this number, trade number or buyer, or for one of the receivers, the newest first. One query.

    Without a ``staff`` member in any scope: for looking up what hangs on them in the caller's own scope, never to be shown.
    """
    rows = Order.objects.all() if staff is None else scoped(Order.objects.all(), staff)
    parts = [
        rows.filter(question).order_by().values_list("id", flat=True)[:_LOOKED_AT]
        for question in _questions(text, receiver_ids)
    ]
    return sorted(set(parts[0].union(*parts[1:], all=True)), reverse=True)


def find_orders(staff: Staff, order_ids: Sequence[int]) -> list[Order]:
    """The first orders of the ids (``matching_order_ids``), the newest first."""
    return list(orders(staff).filter(id__in=order_ids[:LIMIT]).order_by("-id")) if order_ids else []


def orders_numbered(staff: Staff, numbers: Sequence[str]) -> list[Order]:
    """The orders with these numbers, the newest first."""
    return list(orders(staff).filter(no__in=numbers).order_by("-id")[:LIMIT]) if numbers else []


def find_trades(staff: Staff, text: str) -> list[Trade]:
    """The trades with this number, each shop's own."""
    found = scoped(Trade.objects.select_related("shop").defer("document").filter(trade_no=text), staff)
    return list(found.order_by("-id")[:LIMIT])
