"""What of orders and of documents bears on following, in one comparable form (``orders.engine.follow.Seen``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from orders.engine.follow import Seen
from orders.engine.values import ZERO
from orders.locks import DueTrade
from orders.models import Order, OrderEdit, OrderLine
from orders.trades.document import PresaleState


def seen_document(trade: DueTrade) -> Seen:
    """The trade's newest document."""
    document = trade.document
    return Seen(
        lines=tuple(
            sorted((line["oid"], line["quantity"], line["paid"], line["refund"]) for line in document["lines"])
        ),
        receiver=str(trade.receiver_id),
        text=(document["buyer_message"], document["seller_memo"], document["flag"]),
        unpaid=document["presale_state"] == PresaleState.DEPOSIT_PAID,
    )


def load_seen(order_ids: Sequence[int]) -> dict[int, Seen]:
    """What the orders took from their own trades: gifts are none of the trade's, and components count as their bundle. Three queries.

    An order that a person edited holds something else now; what it had taken is kept with the edit.
    """
    lines: dict[int, dict[str, tuple[int, Decimal, str]]] = {order_id: {} for order_id in order_ids}
    rows = OrderLine.objects.filter(order_id__in=order_ids, trade__isnull=False).exclude(oid="").order_by("position")
    for order_id, oid, quantity, bundles, amount, refund in rows.values_list(
        "order_id", "oid", "quantity", "bundle_quantity", "amount", "refund"
    ):
        units, paid, _refund = lines[order_id].get(oid, (0, ZERO, ""))
        lines[order_id][oid] = (bundles if bundles is not None else units + quantity, paid + amount, refund)
    orders: Mapping[int, Any] = Order.objects.in_bulk(list(order_ids))
    edited = OrderEdit.objects.filter(order_id__in=order_ids).exclude(seen_receiver="").in_bulk(field_name="order_id")
    seen: dict[int, Seen] = {}
    for order_id, order in orders.items():
        taken = sorted((oid, units, str(paid), refund) for oid, (units, paid, refund) in lines[order_id].items())
        receiver = str(order.receiver_id)
        if order_id in edited:
            taken = [(oid, units, paid, refund) for oid, units, paid, refund in edited[order_id].seen_lines]
            receiver = edited[order_id].seen_receiver
        text = (order.buyer_message, order.seller_memo, order.flag)
        seen[order_id] = Seen(tuple(taken), receiver, text, order.deposit is not None)
    return seen
