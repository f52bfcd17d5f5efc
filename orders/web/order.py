"""The page of one order, its receiver in clear, its memo."""

from __future__ import annotations

from dataclasses import replace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.looks import REASONS as LOOK_REASONS
from oms.accounts.looks import read_reason, record_look
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.history import history_of
from oms.core.web.replies import RowResult, batch_reply, refuse
from oms.core.web.timeline import Told, told
from orders.explain import why
from orders.memo_queries import memos
from orders.memos import CHANGED, MEMO_LENGTH, mark_of, set_memo, trades_of
from orders.merging import MERGEABLE
from orders.models import OrderEdit
from orders.queries import lines_with_stock, order_page, orders
from orders.states import BEFORE_CS_AUDIT, OPEN
from orders.tags import show_tags
from orders.upload_queries import uploads
from orders.web.actions import actions_for
from orders.web.edit import may_edit
from orders.web.edits import editable
from orders.web.parts import ties_of, undo_actions
from orders.web.steps import steps_of
from orders.words.edits import Names, changes_of
from warehouse.queries import shipments

HISTORY_SHOWN = 100

IN_THE_MENU = frozenset({"remind", "reprocess", "cancel"})
"""The actions that lie in the menu of the page, with their keys: the row above the order is for what is done all day."""

FLAGS = (
    (0, lazy("No flag")),
    (1, lazy("Red")),
    (2, lazy("Yellow")),
    (3, lazy("Green")),
    (4, lazy("Blue")),
    (5, lazy("Purple")),
)
"""The flags that platforms let a seller put on a trade, by their number."""


class MemoForm(forms.Form):
    """The seller's memo and flag; ``seen`` is the mark of those that the person had before them."""

    memo = forms.CharField(label=lazy("Memo"), max_length=MEMO_LENGTH, required=False)
    flag = forms.TypedChoiceField(label=lazy("Flag"), choices=FLAGS, coerce=int)
    seen = forms.CharField(max_length=16, required=False)


def _history(order_id: int) -> list[Told]:
    """What happened, with the fields that changed in words."""
    entries = list(history_of("order", order_id)[:HISTORY_SHOWN])
    names = Names(entry.changes or {} for entry in entries)
    lines = told("order", entries)
    return [replace(line, changes=changes_of(entry.changes, names)) for line, entry in zip(lines, entries, strict=True)]


@require_safe
@needs("orders.view_order")
def order_view(request: HttpRequest, no: str) -> HttpResponse:
    """Everything about one order on one page."""
    staff = signed_in(request)
    order = get_object_or_404(order_page(staff), no=no)
    show_tags([order])
    lines = lines_with_stock(order)
    ties = ties_of(order, staff)
    context = {
        "ties": ties,
        "undo_actions": undo_actions(order, staff, ties),
        "may_split": order.state in BEFORE_CS_AUDIT and staff.has_perm("orders.split_order"),
        "may_merge": order.state in MERGEABLE and staff.has_perm("orders.split_order"),
        "order": order,
        "lines": lines,
        "goods_paid": sum(line.amount for line in lines),
        "actions": actions_for(order, staff),
        "in_the_menu": IN_THE_MENU,
        "steps": steps_of(order),
        "why": why(order.pk),
        "history": _history(order.pk),
        "shipments": shipments(staff).filter(order_id=order.pk).order_by("id"),
        "memos": memos(staff).filter(trade__in=trades_of(order.pk)).exclude(state="accepted").order_by("id"),
        "uploads": uploads(staff).filter(order=order).order_by("id"),
        "is_open": order.state in OPEN,
        "may_gift": order.state in BEFORE_CS_AUDIT and staff.has_perm("orders.edit_order"),
        "may_change": may_edit(order, staff),
        "edit": OrderEdit.objects.filter(order=order).select_related("by").first(),
        "may_edit": order.state in OPEN and staff.has_perm("orders.edit_order"),
        "memo_mark": mark_of(order.seller_memo, order.flag),
        "memo_length": MEMO_LENGTH,
        "edit_fields": [field for field in editable(staff) if order.state in field.states],
        "look_reasons": LOOK_REASONS.items(),
        "flags": FLAGS,
        "flag_label": dict(FLAGS).get(order.flag, order.flag),
    }
    return render(request, "orders/order.html", context)


@require_POST
@needs("orders.view_order", "orders.view_receiver")
def receiver(request: HttpRequest, no: str) -> HttpResponse:
    """The receiver in clear; that somebody looked, and why, is recorded before it is shown."""
    staff = signed_in(request)
    order = get_object_or_404(orders(staff).select_related("receiver"), no=no)
    try:
        reason = read_reason(request.POST.get("why", ""), request.POST.get("words", ""))
    except UnableTo as error:
        return refuse(request, error, reverse("orders:order", args=[no]))
    record_look(request, "order", order.pk, reason)
    context = {"order": order, "receiver": order.receiver, "clear": True}
    response = render(request, "orders/_receiver.html", context)
    response["Cache-Control"] = "no-store"
    return trigger_client_event(response, "oms:close", {})


@require_POST
@needs("orders.view_order", "orders.edit_order")
def memo(request: HttpRequest, no: str) -> HttpResponse:
    """Write the memo and the flag. What is refused stays in the form."""
    staff = signed_in(request)
    order = get_object_or_404(orders(staff), no=no)
    form = MemoForm(request.POST)
    if not form.is_valid():
        return refuse(
            request, UnableTo(str(next(iter(form.errors.values()))[0])), reverse("orders:order", args=[order.no])
        )
    result = set_memo(
        order.pk,
        memo=form.cleaned_data["memo"].replace("\r\n", "\n"),
        flag=form.cleaned_data["flag"],
        actor_id=staff.pk,
        seen=form.cleaned_data["seen"],
    )
    for refusal in result.refused.values():
        if refusal.code == CHANGED and getattr(request, "htmx", False):
            order.refresh_from_db(fields=["seller_memo", "flag"])
            context = {"mark": mark_of(order.seller_memo, order.flag), "oob": True}
            response = render(request, "orders/_memo_seen.html", context)
            return trigger_client_event(response, "oms:toast", {"text": refusal.sentence, "tone": "stop"})
        return refuse(request, UnableTo(refusal.sentence), reverse("orders:order", args=[order.no]))
    return batch_reply(request, _("Memo"), [RowResult(order.no, done=True)])
