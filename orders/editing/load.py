"""Reads an order as it is edited: its lines, its comparable fields, and the SKUs that a wish names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Sku
from orders.editing.plan import Header, SkuChoice
from orders.editing.values import (
    CARRIER,
    CONFIRMED,
    EMAIL,
    KIND,
    POST_FEE,
    RECEIVER,
    TAX_NO,
    TITLE,
    WAREHOUSE,
    EditWish,
    lines_told,
)
from orders.engine.promote import LEFT_ALONE
from orders.engine.values import DraftLine
from orders.models import Order, OrderLine
from orders.processing.existing import draft_line_of

OWN = Order.Origin.OWN


@dataclass(frozen=True, slots=True)
class Editable:
    """An order as it stands: its lines, the merchant codes of their SKUs, and its fields in comparable form."""

    order: Order
    lines: tuple[DraftLine, ...]
    codes: dict[int, str]
    fields: dict[str, str]
    header: Header

    @property
    def lines_open(self) -> bool:
        """Whether lines and amounts may be edited: those of a split or merged order would no longer add up with its relatives'."""
        return may_edit_lines(self.order)


def may_edit_lines(order: Order) -> bool:
    """Whether the order is the one of its trade and paid, or was entered by hand."""
    return order.deposit is None and (order.origin == OWN or order.origin in Order.ENTERED)


def load_editable(order: Order) -> Editable:
    """The order with its lines; two queries. Under the order's lock it stays like this."""
    rows = list(OrderLine.objects.filter(order=order).select_related("sku").order_by("position"))
    lines = tuple(draft_line_of(row) for row in rows)
    codes = {row.sku_id: row.sku.code for row in rows if row.sku_id is not None and row.sku is not None}
    fields = {
        RECEIVER: str(order.receiver_id),
        WAREHOUSE: str(order.wished_warehouse_id or ""),
        CARRIER: str(order.wished_carrier_id or ""),
        POST_FEE: str(order.post_fee),
        KIND: order.invoice_kind,
        TITLE: order.invoice_title,
        TAX_NO: order.invoice_tax_no,
        EMAIL: order.invoice_email,
        CONFIRMED: "1" if order.invoice_confirmed_at is not None else "",
        **lines_told(lines, codes),
    }
    of_platform = order.origin not in Order.ENTERED
    header = Header(order.paid_amount if of_platform else None, LEFT_ALONE in order.left_alone)
    return Editable(order, lines, codes, fields, header)


def load_skus(wish: EditWish, there: Editable, staff: Staff | None) -> dict[str, SkuChoice]:
    """The SKUs that the wish names, by merchant code: those of the order stay, new ones are of what the person may see. Two queries."""
    asked = {line.sku_code for line in wish.lines or ()}
    own = asked & {*there.codes.values()}
    return skus_by_code(own) | skus_by_code(asked - own, staff)


def skus_by_code(codes: Iterable[str], staff: Staff | None = None) -> dict[str, SkuChoice]:
    """SKUs by merchant code, in use or not; with a staff member those that person may see. One query."""
    found = Sku.objects.select_related("product").filter(code__in=sorted({code for code in codes if code}))
    if staff is not None:
        found = scoped(found, staff)
    return {sku.code: SkuChoice(sku.id, sku.code, sku.product.name, sku.spec, sku.enabled) for sku in found}
