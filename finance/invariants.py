"""What must always be true of vouchers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.core.invariants import register

register(
    "voucher.once_per_order",
    _("No order is posted twice."),
    "SELECT order_id, kind, count(*) AS vouchers FROM finance_vouchersource GROUP BY 1, 2 HAVING count(*) > 1",
)

register(
    "voucher.every_shipped_order",
    _("A shipped order has its three vouchers, or waits to be posted; no other order has any."),
    """
    SELECT o.id, o.state, o.posted, COALESCE(v.vouchers, 0) AS vouchers, d.id IS NOT NULL AS due
    FROM orders_order o
    LEFT JOIN (
        SELECT order_id, count(*) AS vouchers FROM finance_vouchersource WHERE TRUE [lately order_id] GROUP BY 1
    ) v ON v.order_id = o.id
    LEFT JOIN finance_postingdue d ON d.order_id = o.id
    WHERE (o.posted, COALESCE(v.vouchers, 0), d.id IS NOT NULL) NOT IN (
        (TRUE, 3, FALSE), (FALSE, 0, o.state IN ('shipped', 'completed'))) [lately o.id]
    """,
)

register(
    "voucher.amounts_equal_payments",
    _("What was posted of an order is what the buyer paid for what left; the outbound note leaves the postage out."),
    """
    SELECT o.id, v.kind, v.amount, o.paid_amount, COALESCE(l.refunded, 0) AS refunded
    FROM finance_vouchersource s
    JOIN finance_voucher v ON v.id = s.voucher_id
    JOIN orders_order o ON o.id = s.order_id
    LEFT JOIN (
        SELECT order_id, sum(amount) AS refunded FROM orders_orderline WHERE refund = 'refunded' [lately order_id] GROUP BY 1
    ) l ON l.order_id = o.id
    WHERE v.amount <> o.paid_amount - COALESCE(l.refunded, 0)
        - CASE WHEN v.kind = 'outbound' THEN o.post_fee ELSE 0 END [lately o.id]
    """,
)

register(
    "voucher.lines_add_up",
    _("A voucher's units and amount are the sums of its lines."),
    """
    SELECT v.id, v.no, v.quantity, v.amount, sum(l.quantity) AS line_units, sum(l.amount) AS line_amount
    FROM finance_voucher v LEFT JOIN finance_voucherline l ON l.voucher_id = v.id
    GROUP BY v.id
    HAVING v.quantity <> COALESCE(sum(l.quantity), 0) OR v.amount <> COALESCE(sum(l.amount), 0)
    """,
)
