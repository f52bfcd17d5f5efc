"""Posting, decided: the vouchers of one shipped order, or why it cannot be posted. Pure; amounts in yuan.

sales order      the goods that left and the postage    = what the buyer paid, less what went back before shipment
delivery note    the same
outbound note    the goods that left
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from oms.core.money import ZERO
from orders.states import COMPLETED, SHIPPED


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of the order; ``units`` left in the parcel, ``refunded`` went back to the buyer before it left."""

    sku_id: int | None
    text: str
    quantity: int
    amount: Decimal
    refunded: bool
    units: int


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """A shipped order as it is to be posted. ``day`` is the day on which the parcel left."""

    order_id: int
    shop_id: int
    warehouse_id: int
    state: str
    posted: bool
    day: dt.date
    paid_amount: Decimal
    post_fee: Decimal
    lines: tuple[LineFacts, ...]


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """A line of a voucher; postage has no SKU and no units."""

    sku_id: int | None
    text: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class VoucherPlan:
    """One voucher to be written."""

    kind: str
    order: OrderFacts
    entries: tuple[EntryPlan, ...]

    @property
    def quantity(self) -> int:
        return sum(entry.quantity for entry in self.entries)

    @property
    def amount(self) -> Decimal:
        return sum((entry.amount for entry in self.entries), ZERO)


@dataclass(frozen=True, slots=True)
class SetAside:
    """An order that cannot be posted as it stands; ``facts`` fill the sentence of the code."""

    order_id: int
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


def plan_posting(order: OrderFacts, *, postage_text: str) -> tuple[VoucherPlan, ...] | SetAside:
    """The three vouchers of the order, or why there are none."""
    if order.posted:
        return SetAside(order.order_id, "posted_already")
    if order.state not in {SHIPPED, COMPLETED}:
        return SetAside(order.order_id, "not_shipped")
    lines = sum((line.amount for line in order.lines), ZERO)
    if lines + order.post_fee != order.paid_amount:
        facts = {"lines": str(lines), "postage": str(order.post_fee), "paid": str(order.paid_amount)}
        return SetAside(order.order_id, "amounts_differ", facts)
    if any(line.units != (0 if line.refunded else line.quantity) for line in order.lines):
        return SetAside(order.order_id, "parcel_differs")
    goods = tuple(
        EntryPlan(line.sku_id, line.text, line.quantity, line.amount) for line in order.lines if not line.refunded
    )
    charged = (*goods, EntryPlan(None, postage_text, 0, order.post_fee)) if order.post_fee else goods
    went_back = sum((line.amount for line in order.lines if line.refunded), ZERO)
    vouchers = (
        VoucherPlan("sales_order", order, charged),
        VoucherPlan("delivery", order, charged),
        VoucherPlan("outbound", order, goods),
    )
    if vouchers[0].amount != order.paid_amount - went_back:
        raise AssertionError("a sales order does not come to what was paid")
    return vouchers
