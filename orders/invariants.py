"""What must always be true of trades, orders and uploads."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.core.invariants import Stops, register
from oms.core.watch import ORDER

register(
    "trade.accounted_for",
    _(
        "Every trade has an order, waits for the pipeline or the platform, was closed before it could have one, or is listed."
    ),
    """
    SELECT t.id, t.trade_no, t.state, t.status
    FROM orders_trade t
    WHERE NOT EXISTS (SELECT FROM orders_orderline l WHERE l.trade_id = t.id)
      AND (
        (t.state = 'settled' AND t.status NOT IN ('closed', 'shipped', 'completed'))
        OR (t.state = 'waiting' AND t.status IN ('paid', 'part_shipped')
            AND NOT (t.document->>'hold')::boolean)
        OR (t.state = 'rejected' AND t.reason_code = '')
      )
    """,
)

register(
    "trade.ordered_once",
    _("No line of a trade is in two orders, unless the trade's own order was replaced by them."),
    """
    SELECT b.origin_trade_id AS trade_id, l.oid, o.id
    FROM orders_order b
    JOIN orders_orderline l ON l.trade_id = b.origin_trade_id AND l.order_id <> b.id
    JOIN orders_order o ON o.id = l.order_id AND o.state <> 'superseded'
    WHERE b.state <> 'superseded' [lately b.id]
    """,
    stops=Stops(ORDER, "id"),
)

register(
    "trade.conserved",
    _("The orders that replaced a trade's own order hold the same units and amounts of every line of it, to the cent."),
    """
    WITH born AS (
        SELECT l.trade_id, l.oid, sum(l.amount) AS amount,
               sum(l.quantity::numeric / COALESCE(l.bundle_each, 1)) / count(DISTINCT COALESCE(l.sku_id, 0)) AS units
        FROM orders_order b JOIN orders_orderline l ON l.order_id = b.id AND l.trade_id = b.origin_trade_id
        WHERE b.state = 'superseded' GROUP BY 1, 2
    ), live AS (
        SELECT l.trade_id, l.oid, sum(l.amount) AS amount,
               sum(l.quantity::numeric / COALESCE(l.bundle_each, 1)) / count(DISTINCT COALESCE(l.sku_id, 0)) AS units
        FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id AND o.state <> 'superseded'
        WHERE l.trade_id IN (SELECT trade_id FROM born) GROUP BY 1, 2
    )
    SELECT COALESCE(born.trade_id, live.trade_id) AS trade_id, COALESCE(born.oid, live.oid) AS oid,
           born.amount, live.amount AS lives, born.units, live.units AS live_units
    FROM born FULL JOIN live USING (trade_id, oid)
    WHERE (born.amount, round(born.units, 6)) IS DISTINCT FROM (live.amount, round(live.units, 6))
    """,
)

register(
    "order.replaced_by_live",
    _("An order that was split or merged has orders that stand for it, and only such an order has any."),
    """
    SELECT o.id, o.state
    FROM orders_order o
    WHERE (o.state = 'superseded') IS DISTINCT FROM (
        EXISTS (SELECT FROM orders_orderlink k WHERE k.parent_id = o.id AND k.undone_at IS NULL)
        OR (o.state = 'superseded' AND EXISTS (
            SELECT FROM orders_orderlink k WHERE k.child_id = o.id AND k.undone_at IS NOT NULL))
    ) [lately o.id]
    """,
    stops=Stops(ORDER, "id"),
)

register(
    "order.amounts_add_up",
    _("Goods less discount and postage, and likewise the lines and postage, come to what the buyer paid."),
    """
    SELECT o.id, o.no, o.paid_amount, o.post_fee, COALESCE(sum(l.amount), 0) AS lines
    FROM orders_order o LEFT JOIN orders_orderline l ON l.order_id = o.id
    WHERE TRUE [lately o.id]
    GROUP BY o.id
    HAVING o.paid_amount <> o.goods_amount - o.discount_amount + o.post_fee
        OR o.paid_amount <> COALESCE(sum(l.amount), 0) + o.post_fee
    """,
    stops=Stops(ORDER, "id"),
)

register(
    "order.waits_for_its_payment",
    _("An order of which only the deposit is paid waits, and one that is paid waits for no final payment."),
    """
    SELECT o.id, o.no, o.state, o.deposit, t.document->>'presale_state' AS presale_state
    FROM orders_order o JOIN orders_trade t ON t.id = o.origin_trade_id
    WHERE t.state = 'settled' AND o.state IN ('exception', 'presale', 'cs_review', 'finance_review', 'approved')
      AND (o.deposit IS NOT NULL) IS DISTINCT FROM (t.document->>'presale_state' = 'deposit_paid') [lately o.id]
    """,
    stops=Stops(ORDER, "id"),
)

register(
    "order.holds_its_stock",
    _("Audited orders that have not left hold exactly their units, at their warehouse; no other order holds any."),
    """
    SELECT COALESCE(w.order_id, r.demand_id) AS order_id, COALESCE(w.sku_id, r.sku_id) AS sku_id,
           w.quantity AS wanted, r.quantity AS reserved
    FROM (
        SELECT o.id AS order_id, o.warehouse_id, l.sku_id, sum(l.quantity) AS quantity
        FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
        WHERE o.state IN ('finance_review', 'approved') AND l.refund <> 'refunded' [lately o.id]
        GROUP BY 1, 2, 3
    ) w
    FULL JOIN (
        SELECT demand_id, warehouse_id, sku_id, sum(quantity) AS quantity
        FROM warehouse_reservation WHERE state = 'active' [lately demand_id] GROUP BY 1, 2, 3
    ) r ON r.demand_id = w.order_id AND r.warehouse_id = w.warehouse_id AND r.sku_id = w.sku_id
    WHERE COALESCE(w.quantity, 0) <> COALESCE(r.quantity, 0)
    """,
    stops=Stops(ORDER, "order_id"),
)

register(
    "order.has_its_parcel",
    _("An approved order has one parcel to be shipped, a shipped one has one that left, and no other order has any."),
    """
    SELECT COALESCE(o.id, s.order_id) AS order_id, o.state, s.waiting, s.gone
    FROM (SELECT id, state FROM orders_order WHERE TRUE [lately id]) o
    FULL JOIN (
        SELECT order_id, count(*) FILTER (WHERE state <> 'shipped') AS waiting, count(*) FILTER (WHERE state = 'shipped') AS gone
        FROM warehouse_shipment WHERE state <> 'cancelled' [lately order_id] GROUP BY 1
    ) s ON s.order_id = o.id
    WHERE (COALESCE(s.waiting, 0), COALESCE(s.gone, 0)) <> CASE
        WHEN o.state = 'approved' THEN (1::bigint, 0::bigint)
        WHEN o.state IN ('shipped', 'completed') THEN (0::bigint, 1::bigint)
        ELSE (0::bigint, 0::bigint) END
    """,
    stops=Stops(ORDER, "order_id"),
)

register(
    "order.parcel_goes_its_way",
    _("The parcel of an approved order leaves from the order's warehouse with the order's carrier."),
    """
    SELECT o.id AS order_id, o.warehouse_id, o.carrier_id, s.warehouse_id AS parcel_warehouse, s.carrier_id AS parcel_carrier
    FROM orders_order o JOIN warehouse_shipment s ON s.order_id = o.id AND s.state <> 'cancelled'
    WHERE o.state = 'approved' AND (o.warehouse_id, o.carrier_id) IS DISTINCT FROM (s.warehouse_id, s.carrier_id) [lately o.id]
    """,
    stops=Stops(ORDER, "order_id"),
)

register(
    "order.shipped_when_its_parcel",
    _("An order was shipped when its parcel left."),
    """
    SELECT o.id, o.shipped_at, s.shipped_at AS left_at
    FROM orders_order o JOIN warehouse_shipment s ON s.order_id = o.id AND s.state = 'shipped'
    WHERE o.shipped_at IS DISTINCT FROM s.shipped_at [lately o.id]
    """,
)

register(
    "upload.every_trade_told",
    _("Every trade in a parcel that left has its upload, or another parcel of the same line had it."),
    """
    SELECT DISTINCT s.id AS shipment_id, l.trade_id
    FROM warehouse_shipment s
    JOIN warehouse_shipmentline sl ON sl.shipment_id = s.id
    JOIN orders_orderline l ON l.id = sl.order_line_id
    WHERE s.state = 'shipped' AND l.trade_id IS NOT NULL [lately s.order_id]
      AND NOT EXISTS (
        SELECT FROM orders_waybillupload u WHERE u.trade_id = l.trade_id
          AND (u.shipment_id = s.id OR u.part_oids @> to_jsonb(l.oid)))
    """,
)

register(
    "upload.open_has_its_message",
    _(
        "An upload that is due or tried again has a message that will be delivered; one that waits for a person has none."
    ),
    """
    SELECT u.id, u.state, u.will_retry, m.state AS message
    FROM orders_waybillupload u
    LEFT JOIN core_outboxmessage m ON m.topic = 'orders.upload_waybill' AND m.key = u.id::text
    WHERE u.state IN ('due', 'sent', 'failed')
      AND m.state IS DISTINCT FROM CASE WHEN u.state = 'failed' AND NOT u.will_retry THEN 'dead' ELSE 'due' END
    """,
)

register(
    "memo.open_has_its_message",
    _("A memo that is due or tried again has a message that will be delivered; one that waits for a person has none."),
    """
    SELECT u.id, u.state, u.will_retry
    FROM orders_memoupload u
    WHERE (u.state = 'due' OR (u.state = 'failed' AND u.will_retry)) AND NOT EXISTS (
        SELECT FROM core_outboxmessage m WHERE m.topic = 'orders.write_memo' AND m.state = 'due'
            AND split_part(m.key, ':', 1) = u.id::text)
    """,
)
