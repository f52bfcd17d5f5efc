"""What must always be true of the warehouse."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.core.invariants import Stops, register
from oms.core.watch import SHIPMENT, STOCK

THESE_UNITS = Stops(STOCK, "warehouse_id", "sku_id")

register(
    "stock.ledger_equals_balance",
    _("The moves of the ledger come to what is on hand."),
    """
    SELECT COALESCE(b.warehouse_id, m.warehouse_id) AS warehouse_id, COALESCE(b.sku_id, m.sku_id) AS sku_id,
           b.on_hand, m.quantity AS ledger
    FROM warehouse_stockbalance b
    FULL JOIN (SELECT warehouse_id, sku_id, sum(quantity) AS quantity FROM warehouse_stockmove GROUP BY 1, 2) m
      ON m.warehouse_id = b.warehouse_id AND m.sku_id = b.sku_id
    WHERE COALESCE(b.on_hand, 0) <> COALESCE(m.quantity, 0)
    """,
    stops=THESE_UNITS,
)

register(
    "stock.reserved_equals_reservations",
    _("What is reserved comes to the active reservations."),
    """
    SELECT COALESCE(b.warehouse_id, r.warehouse_id) AS warehouse_id, COALESCE(b.sku_id, r.sku_id) AS sku_id,
           b.reserved, r.quantity AS reservations
    FROM warehouse_stockbalance b
    FULL JOIN (
        SELECT warehouse_id, sku_id, sum(quantity) AS quantity FROM warehouse_reservation WHERE state = 'active' GROUP BY 1, 2
    ) r ON r.warehouse_id = b.warehouse_id AND r.sku_id = b.sku_id
    WHERE COALESCE(b.reserved, 0) <> COALESCE(r.quantity, 0)
    """,
    stops=THESE_UNITS,
)

register(
    "stock.not_negative",
    _("Nothing more is promised than is on hand."),
    "SELECT id, warehouse_id, sku_id, on_hand, reserved FROM warehouse_stockbalance WHERE on_hand < reserved OR reserved < 0",
    stops=THESE_UNITS,
)

register(
    "shipment.moves_equal_lines",
    _("What left with a parcel is what its lines say."),
    """
    SELECT COALESCE(l.shipment_id, m.shipment_id) AS shipment_id, COALESCE(l.sku_id, m.sku_id) AS sku_id,
           l.quantity AS lines, m.quantity AS moves
    FROM (
        SELECT l.shipment_id, l.sku_id, sum(l.quantity) AS quantity
        FROM warehouse_shipmentline l JOIN warehouse_shipment s ON s.id = l.shipment_id
        WHERE s.state = 'shipped' GROUP BY 1, 2
    ) l
    FULL JOIN (
        SELECT shipment_id, sku_id, -sum(quantity) AS quantity FROM warehouse_stockmove WHERE kind = 'shipped' GROUP BY 1, 2
    ) m ON m.shipment_id = l.shipment_id AND m.sku_id = l.sku_id
    WHERE COALESCE(l.quantity, 0) <> COALESCE(m.quantity, 0)
    """,
)

register(
    "shipment.units_equal_lines",
    _("A parcel's units are the sum of its lines."),
    """
    SELECT s.id, s.quantity, COALESCE(sum(l.quantity), 0) AS lines
    FROM warehouse_shipment s LEFT JOIN warehouse_shipmentline l ON l.shipment_id = s.id
    WHERE TRUE [lately s.order_id]
    GROUP BY s.id HAVING s.quantity <> COALESCE(sum(l.quantity), 0)
    """,
    stops=Stops(SHIPMENT, "id"),
)

register(
    "purchase.arrived_equals_arrivals",
    _("What has arrived of a purchase order's line is the sum of its arrivals."),
    """
    SELECT l.id, l.arrived, COALESCE(sum(a.quantity), 0) AS arrivals
    FROM warehouse_purchaseorderline l LEFT JOIN warehouse_arrivalline a ON a.line_id = l.id
    GROUP BY l.id HAVING l.arrived <> COALESCE(sum(a.quantity), 0)
    """,
)

register(
    "purchase.arrivals_equal_ledger",
    _("Every line of an arrival is one move of the ledger, of its warehouse, goods and units."),
    """
    SELECT COALESCE(a.id, m.arrival_line_id) AS arrival_line_id, a.quantity, m.quantity AS ledger, COALESCE(m.moves, 0) AS moves
    FROM (
        SELECT a.id, a.quantity, o.warehouse_id, l.sku_id
        FROM warehouse_arrivalline a JOIN warehouse_purchaseorderline l ON l.id = a.line_id
        JOIN warehouse_purchaseorder o ON o.id = l.purchase_order_id
    ) a
    FULL JOIN (
        SELECT arrival_line_id, min(warehouse_id) AS warehouse_id, min(sku_id) AS sku_id, sum(quantity) AS quantity, count(*) AS moves
        FROM warehouse_stockmove WHERE arrival_line_id IS NOT NULL GROUP BY 1
    ) m ON m.arrival_line_id = a.id
    WHERE (a.quantity, a.warehouse_id, a.sku_id, 1) IS DISTINCT FROM (m.quantity, m.warehouse_id, m.sku_id, m.moves)
    """,
)

register(
    "purchase.state_agrees_with_units",
    _("A purchase order's state says what has arrived of it."),
    """
    SELECT o.id, o.state, sum(l.arrived) AS arrived, sum(greatest(l.quantity - l.arrived, 0)) AS to_come
    FROM warehouse_purchaseorder o JOIN warehouse_purchaseorderline l ON l.purchase_order_id = o.id
    GROUP BY o.id
    HAVING NOT CASE
        WHEN o.state IN ('draft', 'ordered', 'cancelled') THEN sum(l.arrived) = 0
        WHEN o.state IN ('partly_arrived', 'closed') THEN sum(l.arrived) > 0 AND sum(greatest(l.quantity - l.arrived, 0)) > 0
        ELSE sum(greatest(l.quantity - l.arrived, 0)) = 0
    END
    """,
)
