"""The order page edited in place: the form, live amounts, the receiver in clear, saving, and who else is on the page."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.looks import EDIT, Reason, record_look
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.address_text import read_receiver
from oms.catalog.queries import sku_list, sku_of
from oms.catalog.receivers import ReceiverData
from oms.core import presence
from oms.core.errors import UnableTo
from oms.core.web.replies import RowResult, batch_reply, refuse
from orders.editing import save as capability
from orders.editing import values as v
from orders.editing.load import Editable, load_editable, load_skus
from orders.editing.plan import EditPlan, plan_edit
from orders.editing.told import tell_meanwhile
from orders.engine.amounts import UnableToAdd
from orders.models import Order
from orders.queries import orders
from orders.states import BEFORE_CS_AUDIT
from orders.web.edit_form import RECEIVER_FIELDS, EditForm, Row, form_of, posted_form, read_receiver_fields, rebase
from warehouse.models import Carrier, StockBalance, Warehouse

CHOICES = 12
"""SKUs that are offered while a code or name is typed."""
RECEIVER_LABELS = ("name", "phone", "province", "city", "district", "town", "zip_code", "address")


def may_edit(order: Order, staff: Staff) -> bool:
    """Whether the order stands where it may be edited, and the person may."""
    return order.state in BEFORE_CS_AUDIT and staff.has_perm("orders.edit_order")


def _order(request: HttpRequest, no: str) -> Order:
    return get_object_or_404(orders(signed_in(request)).select_related("receiver"), no=no)


@needs("orders.view_order", "orders.edit_order")
def edit(request: HttpRequest, no: str) -> HttpResponse:
    """The form in the place of the order: as the order stands, or (POST) as it was typed before, in a draft of the browser."""
    order = _order(request, no)
    if not may_edit(order, signed_in(request)):
        sentence = _("The order is past the customer service audit. Un-audit it first, then edit it.")
        return refuse(request, UnableTo(sentence), reverse("orders:order", args=[no]))
    found = load_editable(order)
    if request.method != "POST":
        return _form(request, found, form_of(found))
    form = posted_form(request, found)
    meanwhile = v.changed(form.base, found.fields)
    return _form(request, found, form, meanwhile=meanwhile)


@require_POST
@needs("orders.view_order", "orders.edit_order")
def save(request: HttpRequest, no: str) -> HttpResponse:
    """Save what was typed; what cannot be saved comes back in the form, with nothing lost."""
    staff = signed_in(request)
    order = _order(request, no)
    found = load_editable(order)
    form = posted_form(request, found)
    wish = form.wish()
    if wish is not None and not _in_reach(form, found, staff):
        wish = None
    if wish is None or not staff.has_perm("orders.view_receiver"):
        wish = wish and _without_receiver(wish)
    if wish is None:
        return _form(request, found, form)
    if not found.lines_open:
        wish = v.EditWish(None, order.post_fee, wish.receiver, wish.warehouse_id, wish.carrier_id, wish.invoice,
                          reason=wish.reason)  # fmt: skip
    try:
        saved = capability.save(order.pk, wish, base=form.base, actor_id=staff.pk)
    except UnableToAdd as error:
        _note_error(form, error)
        return _form(request, found, form)
    except UnableTo as error:
        form.errors["reason" if error.code == "no_reason" else "receiver"] = str(error)
        return _form(request, found, form)
    if saved.refusal is not None:
        return refuse(request, UnableTo(saved.refusal.sentence), reverse("orders:order", args=[no]))
    if saved.meanwhile:
        return _form(request, load_editable(_order(request, no)), form, meanwhile=saved.meanwhile)
    presence.leave(f"order-{order.pk}", staff.pk)
    response = batch_reply(request, _("Edited"), [RowResult(order.no, done=True)])
    return trigger_client_event(response, "oms:saved", {"draft": f"order-{order.pk}"})


def _without_receiver(wish: v.EditWish) -> v.EditWish:
    """Who may not see receivers cannot give another one in their place."""
    return v.EditWish(wish.lines, wish.post_fee, None, wish.warehouse_id, wish.carrier_id, wish.invoice, wish.adjustment,
                      wish.reason)  # fmt: skip


def _in_reach(form: EditForm, found: Editable, staff: Staff) -> bool:
    """Whether warehouse and carrier are among those that the person is offered, or were asked for before."""
    for name, offered in (("warehouse", warehouses_offered(staff)), ("carrier", carriers_offered())):
        wanted = form.values[name]
        if wanted and wanted != found.fields[name] and wanted not in {str(one.pk) for one in offered}:
            form.errors[name] = _("Choose one of those that are offered.")
    return not form.errors


def warehouses_offered(staff: Staff) -> list[Warehouse]:
    """The warehouses that the person may ask for."""
    return list(scoped(Warehouse.objects.filter(enabled=True), staff).order_by("priority", "code"))


def carriers_offered() -> list[Carrier]:
    """The carriers that may be asked for."""
    return list(Carrier.objects.filter(enabled=True).order_by("code"))


def _note_error(form: EditForm, error: UnableToAdd) -> None:
    sentence = _(error.text)
    if error.line is None:
        form.errors["amounts"] = sentence
    else:
        form.rows[error.line].error = sentence


def _form(request: HttpRequest, found: Editable, form: EditForm, *, meanwhile: tuple[str, ...] = ()) -> HttpResponse:
    staff = signed_in(request)
    told = tell_meanwhile(found.order.pk, meanwhile, form.base, found.fields) if meanwhile else []
    both = rebase(form, found, meanwhile) if meanwhile else set()
    plan = _plan(found, form, staff)
    context = {
        "order": found.order,
        "form": form,
        "blank": Row("new"),
        "lines_open": found.lines_open,
        "of_platform": found.header.fixed_paid is not None,
        "meanwhile": told,
        "both": both,
        "plan": plan,
        "warehouses": warehouses_offered(staff),
        "carriers": carriers_offered(),
        "kinds": Order.InvoiceKind.choices,
        "receiver_fields": receiver_context(form.receiver, form.errors) if form.receiver is not None else None,
    }
    response = render(request, "orders/_edit.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _plan(found: Editable, form: EditForm, staff: Staff) -> EditPlan | None:
    """What the form comes to; None when it cannot be read, with the error at its field. The same function saves."""
    if not found.lines_open:
        return None
    errors = dict(form.errors)
    row_errors = [row.error for row in form.rows]
    wish = form.wish()
    form.errors = form.errors | errors
    for row, error in zip(form.rows, row_errors, strict=True):
        row.error = row.error or error
    if any(row.error for row in form.rows) or wish is None:
        wish = _amounts_only(form)
    if wish is None:
        return None
    try:
        plan = plan_edit(found.lines, wish, found.header, load_skus(wish, found, staff))
    except UnableToAdd as error:
        _note_error(form, error)
        return None
    money = {key: line.amount for key, line in zip(_keys(plan, found, form), plan.lines, strict=True)}
    for row in form.rows:
        row.amount = money.get(row.key)
    return plan


def _amounts_only(form: EditForm) -> v.EditWish | None:
    """The wish without what has nothing to do with amounts, so that a missing tax number does not hide the sum."""
    other = EditForm({**form.values, **{n: "" for n in form.values if n.startswith("invoice")}}, form.rows, form.base)
    return other.wish()


def _keys(plan: EditPlan, found: Editable, form: EditForm) -> list[str]:
    """The form's key of each planned line."""
    known = {line.line_id: key for key, line in zip(v.line_keys(found.lines), found.lines, strict=True)}
    fresh = iter([row.key for row in form.rows if row.key not in known.values()])
    return [known[line.line_id] if line.line_id in known else next(fresh) for line in plan.lines]


@require_POST
@needs("orders.view_order", "orders.edit_order")
def amounts(request: HttpRequest, no: str) -> HttpResponse:
    """What the typed lines come to, while they are being typed."""
    found = load_editable(_order(request, no))
    form = posted_form(request, found)
    plan = _plan(found, form, signed_in(request))
    context = {"form": form, "plan": plan, "of_platform": found.header.fixed_paid is not None, "oob": True}
    return render(request, "orders/_edit_sums.html", context)


@require_GET
@needs("orders.view_order", "orders.edit_order")
def line(request: HttpRequest) -> HttpResponse:
    """A row for the SKU that was typed, with its name and, when it is a new one, its price."""
    key = request.GET.get("line", "")[:80]
    texts = {name: request.GET.get(f"{name}-{key}", "")[:64] for name in ("sku", "quantity", "price", "discount")}
    code = texts["sku"].strip().replace("\0", "")
    sku = sku_of(signed_in(request), code) if code else None
    row = Row(key, code, texts["quantity"], texts["price"], texts["discount"])
    if sku is None:
        row.error = _("There is no SKU with this merchant code.") if code else ""
    else:
        row.title, row.spec = sku.product.name, sku.spec
        if not sku.enabled:
            row.error = _("The SKU is not in use.")
        if not row.price.strip() or row.price.strip() in {"0", "0.00"}:
            row.price = str(sku.price)
    row.quantity, row.discount = row.quantity or "1", row.discount or "0.00"
    return render(request, "orders/_edit_line.html", {"row": row, "fresh": True})


@require_safe
@needs("orders.view_order", "orders.edit_order")
def sku_choices(request: HttpRequest) -> HttpResponse:
    """The SKUs that a typed code, name or barcode may mean, with what is free of them where the person sees stock."""
    names = [name for name in request.GET if name == "sku" or name.startswith("sku-")]
    text = request.GET.get(names[0], "").replace("\0", "").strip()[:64] if names else ""
    skus = list(sku_list(signed_in(request), text)[:CHOICES]) if text else []
    balances = scoped(StockBalance.objects.filter(sku__in=skus), signed_in(request)).order_by().values("sku_id")
    totals = balances.annotate(on_hand_=Sum("on_hand"), reserved_=Sum("reserved"), safety_=Sum("safety"))
    free = {row["sku_id"]: row["on_hand_"] - row["reserved_"] - row["safety_"] for row in totals}
    choices = [(sku, free.get(sku.pk, 0)) for sku in skus]
    return render(request, "orders/_sku_choices.html", {"choices": choices})


def receiver_context(values: dict[str, str], errors: dict[str, str]) -> list[dict[str, Any]]:
    """The fields of a receiver with their labels, as the template shows them."""
    labels: dict[str, str] = {
        "name": _("Recipient"),
        "phone": _("Phone"),
        "province": _("Province"),
        "city": _("City"),
        "district": _("District"),
        "town": _("Town or street"),
        "zip_code": _("Postal code"),
        "address": _("Address"),
    }
    return [
        {"name": name, "label": labels[name], "value": values.get(name, ""), "error": errors.get(f"r_{name}", ""),
         "longest": RECEIVER_FIELDS[name]}
        for name in RECEIVER_LABELS
    ]  # fmt: skip


def receiver_reply(request: HttpRequest, data: ReceiverData, order: Order | None) -> HttpResponse:
    errors: dict[str, str] = {}
    values = {name: getattr(data, name) for name in RECEIVER_FIELDS}
    read_receiver_fields(values, errors)
    context = {"receiver_fields": receiver_context(values, errors), "order": order}
    response = render(request, "orders/_edit_receiver.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@needs("orders.view_order", "orders.edit_order", "orders.view_receiver")
def receiver(request: HttpRequest, no: str) -> HttpResponse:
    """The receiver's fields in clear, to be edited, which is the reason; it is recorded before they are shown."""
    order = _order(request, no)
    if not may_edit(order, signed_in(request)) or order.receiver.erased_at is not None:
        raise Http404
    record_look(request, "order", order.pk, Reason(EDIT))
    return receiver_reply(
        request, ReceiverData(**{name: getattr(order.receiver, name) for name in RECEIVER_FIELDS}), order
    )


@require_POST
@needs("orders.view_order", "orders.edit_order", "orders.view_receiver")
def address(request: HttpRequest) -> HttpResponse:
    """The receiver's fields of a text that was pasted."""
    return receiver_reply(request, read_receiver(request.POST.get("pasted", "")), None)


@require_POST
@needs("orders.view_order", "orders.edit_order")
def take_from_trade(request: HttpRequest, no: str) -> HttpResponse:
    """Drop the edits and take the content of the trade again."""
    order = _order(request, no)
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    for refusal in capability.take_from_trade(order.pk, version=version, actor_id=signed_in(request).pk).values():
        return refuse(request, UnableTo(refusal.sentence), reverse("orders:order", args=[no]))
    return batch_reply(request, _("Content of the trade taken"), [RowResult(order.no, done=True)])


@require_POST
@needs("orders.view_order")
def who_is_here(request: HttpRequest, no: str) -> HttpResponse:
    """A page's heartbeat, answered with who else has the order open."""
    staff = signed_in(request)
    order = get_object_or_404(scoped(Order.objects.only("id"), staff), no=no)
    others = presence.beat(f"order-{order.pk}", staff.pk, str(staff), edits=bool(request.POST.get("edits")))
    return render(request, "orders/_presence.html", {"others": others})
