"""Orders entered by hand: the form, its live amounts, a copy of another order to begin with, and the doing."""

from __future__ import annotations

import uuid

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.idempotency import once_for_form
from oms.accounts.looks import COPY, Reason, record_look
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Shop
from oms.catalog.receivers import ReceiverData
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from orders.editing.load import load_editable, skus_by_code
from orders.editing.plan import EditPlan, plan_edit
from orders.editing.values import EditWish
from orders.engine.amounts import UnableToAdd
from orders.entering import NO_HEADER, Entry, NumberTaken, enter_one
from orders.models import Order
from orders.queries import orders
from orders.web.edit import carriers_offered, receiver_context, receiver_reply, warehouses_offered
from orders.web.edit_form import RECEIVER_FIELDS, TEXTS, EditForm, Row, clean_post, posted_row, rows_of

MOST_LINES = 200
ORIGINS = [choice for choice in Order.Origin.choices if choice[0] in {"phone", "resend", "present"}]


class HeadForm(forms.Form):
    """What of an order is neither lines nor receiver nor invoice."""

    shop = forms.TypedChoiceField(label=gettext_lazy("Shop"), coerce=int)
    origin = forms.ChoiceField(label=gettext_lazy("Kind of order"), choices=ORIGINS)
    external_no = forms.CharField(label=gettext_lazy("External number"), max_length=64, required=False)
    payment_kind = forms.ChoiceField(label=gettext_lazy("Payment"), choices=Order.PaymentKind.choices)
    buyer_nick = forms.CharField(label=gettext_lazy("Buyer"), max_length=128, required=False)
    buyer_message = forms.CharField(label=gettext_lazy("Message"), max_length=500, required=False)
    seller_memo = forms.CharField(label=gettext_lazy("Memo"), max_length=500, required=False)

    def __init__(self, staff: Staff, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        shops = scoped(Shop.objects.filter(enabled=True), staff).order_by("code")
        field = self.fields["shop"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(shop.pk, shop.name) for shop in shops]


@needs("orders.view_order", "orders.enter_order")
def enter(request: HttpRequest) -> HttpResponse:
    """The form: empty, begun with another order's content (``?copy=``), or (POST) as it was typed before, in a draft."""
    staff = signed_in(request)
    if request.method == "POST":
        form = _posted(request)
        return _page(request, HeadForm(staff, clean_post(request)), form, _plan(form, staff), part=True)
    copied = request.GET.get("copy", "")
    if copied:
        return _copy(request, get_object_or_404(orders(staff).select_related("receiver"), no=copied))
    form = EditForm(dict.fromkeys(TEXTS, "") | {"post_fee": "0.00"}, [Row("new0")], {}, receiver=_no_receiver())
    return _page(request, HeadForm(staff, initial={"payment_kind": "online"}), form, None)


def _no_receiver() -> dict[str, str]:
    return dict.fromkeys(RECEIVER_FIELDS, "")


def _copy(request: HttpRequest, order: Order) -> HttpResponse:
    """Lines and invoice of another order; its receiver is taken by a click of its own (``take_receiver``), or filled in anew."""
    staff = signed_in(request)
    found = load_editable(order)
    rows, still = rows_of(found)
    rows = [row for row in (rows or list(still)) if row.sku]
    for position, row in enumerate(rows):
        row.key = f"new{position}"
    values = dict.fromkeys(TEXTS, "") | {"post_fee": str(order.post_fee), "invoice_kind": order.invoice_kind,
        "invoice_title": order.invoice_title, "invoice_tax_no": order.invoice_tax_no,
        "invoice_email": order.invoice_email}  # fmt: skip
    form = EditForm(values, rows, {}, receiver=_no_receiver())
    head = HeadForm(
        staff,
        initial={
            "shop": order.shop_id,
            "origin": "resend",
            "payment_kind": "online",
            "buyer_nick": order.buyer_nick,
            "seller_memo": order.seller_memo,
        },
    )
    return _page(request, head, form, _plan(form, staff), copied=order.no)


@require_POST
@needs("orders.view_order", "orders.enter_order", "orders.view_receiver")
def take_receiver(request: HttpRequest) -> HttpResponse:
    """The receiver of the order that is copied, in the form's fields; that somebody looked is recorded before it is shown."""
    found = orders(signed_in(request)).select_related("receiver").filter(receiver__erased_at__isnull=True)
    order = get_object_or_404(found, no=request.POST.get("copied_from", "").replace("\0", ""))
    record_look(request, "order", order.pk, Reason(COPY))
    return receiver_reply(request, ReceiverData(**{n: getattr(order.receiver, n) for n in RECEIVER_FIELDS}), None)


def _posted(request: HttpRequest) -> EditForm:
    data = clean_post(request)
    keys = list(dict.fromkeys(data.getlist("line")))[:MOST_LINES]
    rows = [posted_row(data, key, None) for key in keys]
    receiver = {name: data.get(f"r_{name}", "") for name in RECEIVER_FIELDS}
    return EditForm({name: data.get(name, "") for name in TEXTS}, rows, {}, receiver)


def _plan(form: EditForm, staff: Staff) -> EditPlan | None:
    """What the lines come to; None when they cannot be read, with the error at the line."""
    bare = EditForm({**form.values, **{name: "" for name in form.values if name.startswith("invoice")}}, form.rows, {})
    wish = bare.wish()
    form.errors |= bare.errors
    if wish is None:
        return None
    plan = _checked(form, wish, staff)
    if plan is not None:
        for row, line in zip(form.rows, plan.lines, strict=True):
            row.amount = line.amount
            row.title, row.spec = line.title, line.spec
    return plan


def _checked(form: EditForm, wish: EditWish, staff: Staff) -> EditPlan | None:
    try:
        skus = skus_by_code((line.sku_code for line in wish.lines or ()), staff)
        return plan_edit((), wish, NO_HEADER, skus)
    except UnableToAdd as error:
        if error.line is None:
            form.errors["amounts"] = _(error.text)
        else:
            form.rows[error.line].error = _(error.text)
        return None


@require_POST
@needs("orders.view_order", "orders.enter_order")
def amounts(request: HttpRequest) -> HttpResponse:
    """What the typed lines come to."""
    form = _posted(request)
    plan = _plan(form, signed_in(request))
    return render(request, "orders/_edit_sums.html", {"form": form, "plan": plan, "of_platform": False, "oob": True})


@require_POST
@needs("orders.view_order", "orders.enter_order")
def save(request: HttpRequest) -> HttpResponse:
    """Enter the order and go to it. Sent twice, it is entered once."""
    staff = signed_in(request)
    data = clean_post(request)
    form = _posted(request)
    head = HeadForm(staff, data)
    wish = form.wish()
    if wish is not None and not _in_reach(form, staff):
        wish = None
    if not head.is_valid() or wish is None or wish.receiver is None:
        return _page(request, head, form, _plan(form, staff), part=True, copied=data.get("copied_from", ""))
    values = head.cleaned_data
    entry = Entry(
        shop_id=values["shop"],
        lines=wish.lines or (),
        receiver=wish.receiver,
        origin=values["origin"],
        external_no=values["external_no"],
        post_fee=wish.post_fee,
        adjustment=wish.adjustment,
        payment_kind=values["payment_kind"],
        buyer_nick=values["buyer_nick"],
        buyer_message=values["buyer_message"],
        seller_memo=values["seller_memo"],
        warehouse_id=wish.warehouse_id,
        carrier_id=wish.carrier_id,
        invoice=wish.invoice,
        reason=wish.reason,
        copied_from=data.get("copied_from", "")[:24],
    )
    try:
        no = once_for_form(staff.pk, data.get("once", ""), lambda: enter_one(entry, actor_id=staff.pk).no)
    except UnableToAdd as error:
        if error.line is None:
            form.errors["amounts"] = _(error.text)
        else:
            form.rows[error.line].error = _(error.text)
        return _page(request, head, form, None, part=True)
    except NumberTaken as error:
        head.add_error("external_no", str(error))
        return _page(request, head, form, _plan(form, staff), part=True)
    return _done(no)


def _done(no: str) -> HttpResponse:
    response = HttpResponseClientRedirect(reverse("orders:order", args=[no]))
    return trigger_client_event(response, "oms:saved", {"draft": "order-new"})


def _in_reach(form: EditForm, staff: Staff) -> bool:
    for name, offered in (("warehouse", warehouses_offered(staff)), ("carrier", carriers_offered())):
        wanted = form.values[name]
        if wanted and wanted not in {str(one.pk) for one in offered}:
            form.errors[name] = _("Choose one of those that are offered.")
    return not form.errors


def _page(
    request: HttpRequest, head: HeadForm, form: EditForm, plan: EditPlan | None, *, part: bool = False, copied: str = ""
) -> HttpResponse:
    staff = signed_in(request)
    if not head.fields["shop"].choices:  # type: ignore[attr-defined]
        return refuse(
            request, UnableTo(_("There is no shop in use that you may enter orders for.")), "orders:workbench"
        )
    context = {
        "head": head,
        "form": form,
        "blank": Row("new"),
        "plan": plan,
        "of_platform": False,
        "warehouses": warehouses_offered(staff),
        "carriers": carriers_offered(),
        "kinds": Order.InvoiceKind.choices,
        "receiver_fields": receiver_context(form.receiver or _no_receiver(), form.errors),
        "copied": copied,
        "once": clean_post(request).get("once") or uuid.uuid4().hex,
    }
    response = render(request, "orders/_enter.html" if part else "orders/enter.html", context)
    response["Cache-Control"] = "no-store"
    return response
