"""Reads what the warehouse is asked to ship for orders that wait with everything decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from orders.models import Order, OrderLine
from warehouse.shipments import ShipmentLineRequest, ShipmentRequest


def load_shipment_requests(order_ids: Sequence[int]) -> list[ShipmentRequest]:
    """The requests of the orders, in the given order. Two queries."""
    lines: dict[int, list[ShipmentLineRequest]] = defaultdict(list)
    # As DraftLine.ships: what the buyer got the money back for stays here.
    shipping = OrderLine.objects.filter(order_id__in=order_ids, sku__isnull=False).exclude(
        refund=OrderLine.Refund.REFUNDED
    )
    for order_id, sku_id, line_id, quantity in shipping.order_by("order_id", "position").values_list(
        "order_id", "sku_id", "id", "quantity"
    ):
        if sku_id is not None:
            lines[order_id].append(ShipmentLineRequest(sku_id, line_id, quantity))
    orders = Order.objects.in_bulk(list(order_ids))
    requests: list[ShipmentRequest] = []
    for order in (orders[order_id] for order_id in order_ids):
        if order.warehouse_id is None or order.carrier_id is None:
            raise AssertionError("an audited order is routed")
        requests.append(
            ShipmentRequest(
                order_id=order.id,
                order_no=order.no,
                shop_id=order.shop_id,
                warehouse_id=order.warehouse_id,
                carrier_id=order.carrier_id,
                receiver_id=order.receiver_id,
                summary=order.summary,
                quantity=sum(line.quantity for line in lines[order.id]),
                weight_g=order.weight_g,
                ship_by=order.ship_by,
                lines=tuple(lines[order.id]),
            )
        )
    return requests
