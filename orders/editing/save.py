"""Saves an edit as one change: decided by ``orders.editing.plan``, written with its history, and decided anew by the pipeline.

Two clerks: who saves names the fields as they were when the form was opened. If any of them is another one by now, nothing is written
and the caller is told which; what they typed can then be sent again on top of that. The pipeline runs after the commit; should the
process die in between, the order is due and the next sweep decides it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.catalog.models import Receiver
from oms.catalog.receivers import ReceiverData, mask_name, mask_phone, write_receivers
from oms.core.actions import Refusal
from oms.core.bulk import update_rows
from oms.core.errors import UnableTo
from oms.core.tasks import ring
from orders.actions import bump, check_rows, note
from orders.audit import PROCESS_TASK
from orders.editing import values as v
from orders.editing.load import Editable, load_editable, load_skus
from orders.editing.plan import EditPlan, plan_edit
from orders.engine.merge import Traits, merge_key
from orders.engine.reasons import Attention
from orders.engine.values import DraftLine
from orders.locks import lock_orders, mark_due
from orders.models import Order, OrderEdit, OrderLine
from orders.pipeline import process_orders
from orders.processing.gifts import match_anew
from orders.processing.seen import load_seen
from orders.processing.subjects import summary_of
from orders.states import BEFORE_CS_AUDIT

LINE_COLUMNS = ("sku_id", "sku_code", "title", "spec", "quantity", "price", "discount", "amount", "bundle_sku_id",
                "bundle_quantity", "bundle_each", "bundle_price")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it: ``changed`` are the fields written; ``meanwhile`` those that others changed, so that nothing was written."""

    changed: tuple[str, ...] = ()
    meanwhile: tuple[str, ...] = ()
    refusal: Refusal | None = None


def save(order_id: int, wish: v.EditWish, *, base: v.Fields, actor_id: int) -> Saved:
    """Save the wish. ``base`` are the fields as the person saw them. Raises UnableToAdd and UnableTo for what cannot be."""
    with transaction.atomic():
        locked = lock_orders([order_id])
        refused = check_rows([order_id], locked, BEFORE_CS_AUDIT, None)
        if refused:
            return Saved(refusal=refused[order_id])
        found = load_editable(Order.objects.select_related("receiver").get(id=order_id))
        meanwhile = v.changed(base, found.fields)
        if meanwhile:
            return Saved(meanwhile=meanwhile)
        changed = v.changed(found.fields, v.wish_told(wish, found.fields))
        if wish.receiver is not None and _same_receiver(found.order.receiver, wish.receiver):
            changed = tuple(name for name in changed if name != v.RECEIVER)
        if not changed and not wish.adjustment:
            return Saved()
        _write(found, wish, changed, actor_id)
        transaction.on_commit(lambda: ring(PROCESS_TASK))
    process_orders([order_id])
    return Saved(changed)


def _same_receiver(receiver: Receiver, data: ReceiverData) -> bool:
    names = ("name", "phone", "address", "province", "city", "district", "town", "zip_code")
    return all(getattr(receiver, name) == getattr(data, name) for name in names)


def _write(found: Editable, wish: v.EditWish, changed: tuple[str, ...], actor_id: int) -> None:
    order = found.order
    now = timezone.now()
    told: dict[str, Any] = {}
    columns: dict[str, Any] = {
        "attention": [code for code in order.attention if code != Attention.CHANGED_AFTER_EDIT],
        "wished_warehouse_id": wish.warehouse_id,
        "wished_carrier_id": wish.carrier_id,
        **_invoice(order, wish.invoice, actor_id),
    }
    relines = found.lines_open and bool(
        wish.adjustment or any(name == v.POST_FEE or name.startswith(v.LINE) for name in changed)
    )
    readdressed = wish.receiver is not None and v.RECEIVER in changed
    edit = _edit_row(order) if relines or readdressed else None
    if edit is not None:
        edit.by_id, edit.at = actor_id, now
    if wish.receiver is not None and readdressed and edit is not None:
        columns |= _readdress(order, wish.receiver)
        told[v.RECEIVER] = [_masked(order.receiver), _masked(wish.receiver)]
        edit.receiver = True
    if relines and edit is not None:
        who = Staff.objects.filter(pk=actor_id).first()
        plan = plan_edit(found.lines, wish, found.header, load_skus(wish, found, who))
        columns |= _amounts(plan)
        told |= _adjusted(edit, plan, wish, found)
        edit.lines = True
        edit.removed = edit.removed or plan.removed
        _write_lines(order.pk, found, plan)
    if edit is not None:
        edit.save()
    after = v.wish_told(wish, found.fields)
    for name in changed:
        if name not in told:
            told[name] = [_shown(name, found.fields.get(name)), _shown(name, after.get(name))]
    bump([order.pk], **columns)
    note([order.pk], "edit", actor_id=actor_id, reason=wish.reason, **told)
    mark_due([order.pk])


def _shown(name: str, value: str | None) -> str | None:
    """The value as the history keeps it: an e-mail address is a person's."""
    if name == v.EMAIL and value:
        head, _at, host = value.partition("@")
        return f"{head[:1]}***@{host}"
    return value


def _masked(receiver: Receiver | ReceiverData) -> str:
    if isinstance(receiver, Receiver):
        name, phone = receiver.name_masked, receiver.phone_masked
    else:
        name, phone = mask_name(receiver.name), mask_phone(receiver.phone)
    return " ".join(filter(None, [name, phone, receiver.province, receiver.city, receiver.district, "***"]))


def _invoice(order: Order, invoice: v.InvoiceWish, actor_id: int) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "invoice_kind": invoice.kind,
        "invoice_title": invoice.title,
        "invoice_tax_no": invoice.tax_no,
        "invoice_email": invoice.email,
    }
    same = all(getattr(order, name) == value for name, value in columns.items())
    if not invoice.confirmed:
        return columns | {"invoice_confirmed_by_id": None, "invoice_confirmed_at": None}
    if order.invoice_confirmed_at is not None and same:
        return columns
    return columns | {"invoice_confirmed_by_id": actor_id, "invoice_confirmed_at": timezone.now()}


def _edit_row(order: Order) -> OrderEdit:
    """The order's edit; at the first one with what the order had taken from its trade."""
    edit = OrderEdit.objects.filter(order=order).first()
    if edit is not None:
        return edit
    edit = OrderEdit(order=order)
    if order.origin_trade_id is not None:
        seen = load_seen([order.pk])[order.pk]
        edit.seen_lines, edit.seen_receiver = [list(line) for line in seen.lines], seen.receiver
    return edit


def _readdress(order: Order, data: ReceiverData) -> dict[str, Any]:
    if "*" in data.name + data.phone + data.address:
        raise UnableTo(
            _(
                "The platform masks this receiver. Type name, phone and address in full, or change them on the platform."
            ),
            code="masked_receiver",
        )
    buyer = order.buyer_id or order.buyer_nick
    return {
        "receiver_id": write_receivers([data])[0],
        "region_id": data.region_code,
        "region_name": data.region_name,
        "merge_key": merge_key(Traits(buyer, data.digest(), order.payment_kind)),
    }


def _amounts(plan: EditPlan) -> dict[str, Any]:
    first = plan.lines[0]
    return {
        "goods_amount": plan.amounts.goods,
        "discount_amount": plan.amounts.discount,
        "post_fee": plan.amounts.post_fee,
        "paid_amount": plan.amounts.paid,
        "quantity": sum(line.quantity for line in plan.lines),
        "line_count": len(plan.lines),
        "summary": summary_of(first.title, first.spec),
    }


def _adjusted(edit: OrderEdit, plan: EditPlan, wish: v.EditWish, found: Editable) -> dict[str, Any]:
    """Keep the adjustment with its reason; one that a platform's payment forces needs a reason. Raises UnableTo."""
    by: Decimal = plan.amounts.adjustment
    told: dict[str, Any] = {}
    if by:
        if found.header.fixed_paid is not None and not wish.reason:
            raise UnableTo(
                _("The lines come to another amount than the buyer paid: say why in the reason."), code="no_reason"
            )
        told["adjustment"] = [str(edit.adjustment), str(edit.adjustment + by)]
        edit.adjustment += by
    if wish.reason:
        edit.reason = wish.reason
    if plan.amounts.paid != found.order.paid_amount:
        told["paid_amount"] = [str(found.order.paid_amount), str(plan.amounts.paid)]
    return told


def _write_lines(order_id: int, found: Editable, plan: EditPlan) -> None:
    if plan.gifts_anew:
        match_anew([order_id])
    OrderLine.objects.filter(id__in=plan.gone).delete()
    update_rows(
        OrderLine,
        LINE_COLUMNS,
        [(line.line_id, *_line_values(line)) for line in plan.lines if line.line_id is not None],
    )
    # Positions need not be without gaps; new lines come after all that there were.
    last = max((line.position for line in found.lines), default=0)
    fresh = [line for line in plan.lines if line.line_id is None]
    OrderLine.objects.bulk_create(
        OrderLine(order_id=order_id, position=position, **dict(zip(LINE_COLUMNS, _line_values(line), strict=True)))
        for position, line in enumerate(fresh, start=last + 1)
    )


def _line_values(line: DraftLine) -> tuple[Any, ...]:
    bundle = line.bundle
    return (
        line.sku_id,
        line.sku_code,
        line.title[:300],
        line.spec[:300],
        line.quantity,
        line.price,
        line.discount,
        line.amount,
        *((None,) * 4 if bundle is None else (bundle.sku_id, bundle.quantity, bundle.each, bundle.price)),
    )


def take_from_trade(order_id: int, *, version: int, actor_id: int) -> Mapping[int, Refusal]:
    """Drop the edits of an order: its trade is due, and its content is taken anew. Refusals by id."""
    from orders.models import Trade

    with transaction.atomic():
        trade_id = Order.objects.values_list("origin_trade_id", flat=True).get(id=order_id)
        # Trades are locked before orders (docs/locking.md).
        Trade.objects.filter(id=trade_id, state=Trade.State.SETTLED).update(state=Trade.State.DUE)
        refused = check_rows([order_id], lock_orders([order_id]), BEFORE_CS_AUDIT, {order_id: version})
        if not refused and trade_id is None:
            refused[order_id] = Refusal("no_trade", _("The order has no trade of its own."))
        if refused:
            transaction.set_rollback(True)
            return refused
        OrderEdit.objects.filter(order_id=order_id).delete()
        bump([order_id])
        note([order_id], "take_from_trade", actor_id=actor_id)
        transaction.on_commit(lambda: ring(PROCESS_TASK))
    return {}
