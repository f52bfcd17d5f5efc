"""Which parcels must not leave because a check failed that touches them (``oms.core.watch``)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from oms.core.watch import ORDER, SHIPMENT, STOCK


def under_check(shipment_ids: Sequence[int]) -> frozenset[int]:
    """Those of the shipments that are stopped themselves, whose order is, or one of whose balances is. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id FROM warehouse_shipment s JOIN core_stop c "
            "ON (c.kind = %s AND c.first = s.id) OR (c.kind = %s AND c.first = s.order_id) "
            "OR (c.kind = %s AND c.first = s.warehouse_id AND EXISTS (SELECT FROM warehouse_shipmentline l "
            "WHERE l.shipment_id = s.id AND l.sku_id = c.second)) WHERE s.id = ANY(%s)",
            [SHIPMENT, ORDER, STOCK, list(shipment_ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())
