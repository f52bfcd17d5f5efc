"""Finding orders and trades by a number, a buyer or a receiver, typed whole; limited to what the caller may see.

Each question has an index of its own and is asked alone: joined by OR they would read the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from orders.models import Order, OrderLine, Trade
from orders.queries import orders

LIMIT = 20
_LOOKED_AT = 200
"""Rows of one question that are looked at; a name that more orders share is not a way to find one of them."""


def _questions(text: str, receiver_ids: Sequence[int]) -> Iterable[Q]:
    yield Q(no=text.upper())
    yield Q(trade_no=text)
    trade_ids = list(Trade.objects.filter(trade_no=text).values_list("id", flat=True)[:LIMIT])
    if trade_ids:
        # An order that was merged holds lines of more trades than the one it was born of.
        yield Q(id__in=list(OrderLine.objects.filter(trade_id__in=trade_ids).values_list("order_id", flat=True)))
    yield Q(buyer_nick=text)
    if receiver_ids:
        yield Q(receiver_id__in=receiver_ids)


def find_orders(staff: Staff, text: str, receiver_ids: Sequence[int]) -> list[Order]:
    """The newest orders with this number, trade number or buyer, or for one of the receivers."""
    ids: set[int] = set()
    for question in _questions(text, receiver_ids):
        found = scoped(Order.objects.filter(question), staff).order_by()
        ids.update(found.values_list("id", flat=True)[:_LOOKED_AT])
    return list(orders(staff).filter(id__in=sorted(ids, reverse=True)[:LIMIT]).order_by("-id"))


def matching_order_ids(text: str, receiver_ids: Sequence[int]) -> list[int]:
    """Ids of orders in any scope: for looking up what hangs on them in the caller's own scope, never to be shown."""
    ids: set[int] = set()
    for question in _questions(text, receiver_ids):
        ids.update(Order.objects.filter(question).order_by().values_list("id", flat=True)[:_LOOKED_AT])
    return sorted(ids, reverse=True)


def find_trades(staff: Staff, text: str) -> list[Trade]:
    """The trades with this number, each shop's own."""
    found = scoped(Trade.objects.select_related("shop").defer("document").filter(trade_no=text), staff)
    return list(found.order_by("-id")[:LIMIT])
