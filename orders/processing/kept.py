"""The columns of an order that hold what people settled (``orders.engine.kept``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oms.core.crypto import seal
from orders.engine.kept import Kept
from orders.models import Order
from orders.models.order import EMAIL_PURPOSE

KEPT_COLUMNS = (
    "wished_warehouse_id",
    "wished_carrier_id",
    "invoice_kind",
    "invoice_tax_no",
    "invoice_email",
    "invoice_confirmed_by_id",
    "invoice_confirmed_at",
)


def kept_of(order: Mapping[str, Any]) -> Kept:
    """What people settled about a stored order, by the names of its columns."""
    return Kept(*[order[name] for name in KEPT_COLUMNS])


def kept_values(kept: Kept) -> tuple[Any, ...]:
    """The values of ``KEPT_COLUMNS``; the e-mail address sealed."""
    return (
        kept.warehouse_id,
        kept.carrier_id,
        kept.invoice_kind,
        kept.invoice_tax_no,
        seal(kept.invoice_email, EMAIL_PURPOSE) if kept.invoice_email else None,
        kept.invoice_confirmed_by,
        kept.invoice_confirmed_at,
    )


def load_kept(order_ids: Sequence[int]) -> dict[int, tuple[Kept, str]]:
    """What people settled about orders, and the invoice's title where they confirmed one. One query."""
    if not order_ids:
        return {}
    orders = Order.objects.filter(id__any_of=list(order_ids)).values("id", "invoice_title", *KEPT_COLUMNS)
    return {
        order["id"]: (kept_of(order), order["invoice_title"] if order["invoice_confirmed_at"] is not None else "")
        for order in orders
    }
