"""Orders that no platform knows: entered by hand, copied, imported, or sent in by the company's own programs.

Lines and amounts are made by the same function as an edit's (``orders.editing.plan``); what is written is an order before the audit that
is due for the pipeline, which decides it like any other. It has no trade, so that nothing is uploaded anywhere. An external number is
taken once in a shop: the database holds that, and who comes second is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.catalog.models import Shop
from oms.catalog.receivers import ReceiverData, write_receivers
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from oms.core.numbering import business_day, number, reserve_ids
from oms.core.tasks import ring
from orders.audit import PROCESS_TASK
from orders.editing.load import skus_by_code
from orders.editing.plan import EditPlan, Header, SkuChoice, plan_edit
from orders.editing.values import EditWish, InvoiceWish, LineWish
from orders.engine.merge import Traits, merge_key
from orders.locks import mark_due
from orders.models import Order, OrderEdit, OrderLine
from orders.pipeline import process_orders
from orders.processing.apply import NUMBER_PREFIX
from orders.processing.subjects import summary_of
from orders.states import CS_REVIEW, ORDER

NO_HEADER = Header(fixed_paid=None, gifts_left_alone=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """An order to be entered. ``origin`` is one of ``Order.ENTERED``; amounts in yuan; ``copied_from`` the number of another order."""

    shop_id: int
    lines: tuple[LineWish, ...]
    receiver: ReceiverData
    origin: str = Order.Origin.PHONE
    external_no: str = ""
    post_fee: Decimal = Decimal("0.00")
    adjustment: Decimal = Decimal("0.00")
    payment_kind: str = Order.PaymentKind.ONLINE
    buyer_nick: str = ""
    buyer_message: str = ""
    seller_memo: str = ""
    warehouse_id: int | None = None
    carrier_id: int | None = None
    invoice: InvoiceWish = field(default_factory=InvoiceWish)
    reason: str = ""
    copied_from: str = ""
    placed_at: dt.datetime | None = None

    def wish(self) -> EditWish:
        """What is asked for of lines and amounts."""
        return EditWish(self.lines, self.post_fee, adjustment=self.adjustment, reason=self.reason)


@dataclass(frozen=True, slots=True)
class Entered:
    """Ids of the orders in the order of the entries; None where the external number was taken already."""

    ids: tuple[int | None, ...]


class NumberTaken(UnableTo):
    """The shop has an order with the external number."""

    code = "external_no_taken"


def plan_entry(entry: Entry, skus: Mapping[str, SkuChoice]) -> EditPlan:
    """The lines and amounts of the entry. Raises UnableToAdd."""
    return plan_edit((), entry.wish(), NO_HEADER, skus)


def enter_one(entry: Entry, *, actor_id: int) -> Order:
    """Enter one order and have it decided at once. Raises UnableToAdd, NumberTaken."""
    with transaction.atomic():
        order_id = enter([entry], actor_id=actor_id).ids[0]
    if order_id is None:
        raise NumberTaken(
            _("The shop has an order with the external number %(no)s already.") % {"no": entry.external_no}
        )
    process_orders([order_id])
    return Order.objects.get(id=order_id)


def enter(entries: Sequence[Entry], *, actor_id: int) -> Entered:
    """Write the orders, in the caller's transaction; they are due for the pipeline. Constant in queries.

    Raises UnableToAdd for an entry that cannot be: callers who have many check each with ``plan_entry`` first.
    """
    if not entries:
        return Entered(())
    who = Staff.objects.filter(pk=actor_id).first()
    skus = skus_by_code((line.sku_code for entry in entries for line in entry.lines), who)
    plans = [plan_entry(entry, skus) for entry in entries]
    now = timezone.now()
    shops = Shop.objects.in_bulk([entry.shop_id for entry in entries])
    ids = reserve_ids(Order, len(entries))
    receivers = write_receivers([entry.receiver for entry in entries])
    rows = [
        _order(order_id, entry, plan, receiver_id, shops[entry.shop_id], actor_id, now)
        for order_id, entry, plan, receiver_id in zip(ids, entries, plans, receivers, strict=True)
    ]
    # Two uploads of one file may come at the same moment: whoever is second at the unique index has entered nothing.
    Order.objects.bulk_create(rows, ignore_conflicts=True)
    there = set(Order.objects.filter(id__in=ids).values_list("id", flat=True))
    made = [
        (order_id, entry, plan) for order_id, entry, plan in zip(ids, entries, plans, strict=True) if order_id in there
    ]
    OrderLine.objects.bulk_create(line for order_id, _entry, plan in made for line in _lines(order_id, plan))
    OrderEdit.objects.bulk_create(
        OrderEdit(
            order_id=order_id,
            lines=True,
            adjustment=plan.amounts.adjustment,
            reason=entry.reason,
            by_id=actor_id,
            at=now,
        )
        for order_id, entry, plan in made
        if plan.amounts.adjustment
    )
    write_history(
        HistoryRow(
            ORDER.kind,
            order_id,
            "enter",
            to_state=CS_REVIEW,
            reason=entry.reason,
            actor_id=actor_id,
            changes={"copied_from": ["", entry.copied_from]} if entry.copied_from else None,
        )
        for order_id, entry, _plan in made
    )
    # Due by the database's clock, as the pipeline asks for it.
    mark_due([order_id for order_id, _entry, _plan in made])
    transaction.on_commit(lambda: ring(PROCESS_TASK))
    return Entered(tuple(order_id if order_id in there else None for order_id in ids))


def _order(
    order_id: int, entry: Entry, plan: EditPlan, receiver_id: int, shop: Shop, actor_id: int, now: dt.datetime
) -> Order:
    first, amounts, invoice = plan.lines[0], plan.amounts, entry.invoice
    placed = entry.placed_at or now
    paid_at = placed if entry.payment_kind == Order.PaymentKind.ONLINE else None
    confirmed = invoice.confirmed and bool(invoice.kind)
    return Order(
        id=order_id,
        no=number(NUMBER_PREFIX, business_day(now), order_id),
        shop_id=entry.shop_id,
        trade_no=entry.external_no,
        origin=entry.origin,
        state=CS_REVIEW,
        buyer_nick=entry.buyer_nick,
        receiver_id=receiver_id,
        region_id=entry.receiver.region_code,
        region_name=entry.receiver.region_name,
        payment_kind=entry.payment_kind,
        goods_amount=amounts.goods,
        discount_amount=amounts.discount,
        post_fee=amounts.post_fee,
        paid_amount=amounts.paid,
        quantity=sum(line.quantity for line in plan.lines),
        line_count=len(plan.lines),
        summary=summary_of(first.title, first.spec),
        buyer_message=entry.buyer_message,
        seller_memo=entry.seller_memo,
        placed_at=placed,
        paid_at=paid_at,
        ship_by=placed + dt.timedelta(hours=shop.ship_within_hours),
        merge_key=merge_key(Traits(entry.buyer_nick, entry.receiver.digest(), entry.payment_kind)),
        wished_warehouse_id=entry.warehouse_id,
        wished_carrier_id=entry.carrier_id,
        invoice_kind=invoice.kind,
        invoice_title=invoice.title,
        invoice_tax_no=invoice.tax_no,
        invoice_email=invoice.email,
        invoice_confirmed_by_id=actor_id if confirmed else None,
        invoice_confirmed_at=now if confirmed else None,
        created_at=now,
    )


def _lines(order_id: int, plan: EditPlan) -> list[OrderLine]:
    return [
        OrderLine(
            order_id=order_id,
            position=line.position,
            sku_id=line.sku_id,
            sku_code=line.sku_code,
            title=line.title[:300],
            spec=line.spec[:300],
            quantity=line.quantity,
            price=line.price,
            discount=line.discount,
            amount=line.amount,
        )
        for line in plan.lines
    ]
