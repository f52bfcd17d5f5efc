"""One field changed on many orders: chosen, filled in, tried out, done, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.core.actions import ActionResult
from oms.core.errors import UnableTo
from oms.core.web.replies import CHANGED, refuse
from orders.batches.deeds import DEEDS
from orders.batches.fields import FIELDS, MODES, NOTHING, Change, Choices, Field
from orders.batches.preview import preview
from orders.batches.start import keep_done, start_batch, start_undo
from orders.models import Order
from orders.web.batches import mine, watch_reply
from orders.web.selection import Selection, asked_selection
from warehouse.models import Warehouse


def editable(staff: Staff) -> list[Field]:
    """The fields that the staff member may change, in the order in which they are offered."""
    return [field for field in FIELDS.values() if staff.has_perm(field.permission)]


def _asked_field(request: HttpRequest, name: str) -> Field:
    field = FIELDS.get(name)
    if field is None:
        raise Http404
    if not signed_in(request).has_perm(field.permission):
        raise PermissionDenied
    return field


def _asked(request: HttpRequest) -> tuple[Field, Change]:
    """The field and its change. Raises UnableTo, PermissionDenied, Http404."""
    field = _asked_field(request, request.POST.get("field", ""))
    change = field.read(request.POST.get("mode", field.modes[0]), request.POST.get("value", ""))
    choices = _choices(field, signed_in(request))
    if choices is not None and request.POST.get("value", "") not in dict(choices):
        raise UnableTo(_("Choose a value."), code="no_value")
    return field, change


def _choices(field: Field, staff: Staff) -> Choices | None:
    """What the staff member may choose: of the warehouses those that they see."""
    offered = field.choices() if field.choices else None
    if offered is None or field.name != "warehouse":
        return offered
    seen = {str(pk) for pk in scoped(Warehouse.objects.all(), staff).values_list("pk", flat=True)}
    return [(key, label) for key, label in offered if key == NOTHING or key in seen]


@require_safe
@needs("orders.view_order")
def edit_value(request: HttpRequest) -> HttpResponse:
    """What is asked for of the chosen field."""
    staff = signed_in(request)
    name = request.GET.get("field", "")
    if not name:
        return HttpResponse()
    field = _asked_field(request, name)
    context = {
        "field": field,
        "modes": [(mode, MODES[mode]) for mode in field.modes],
        "choices": _choices(field, staff),
        "may_manage": name == "tag" and staff.has_perm("orders.manage_tag"),
    }
    return render(request, "orders/_batch_edit_value.html", context)


@require_POST
@needs("orders.view_order")
def edit_preview(request: HttpRequest) -> HttpResponse:
    """How many of the orders would change, and why the others would not."""
    staff = signed_in(request)
    try:
        field, change = _asked(request)
        selection = visible(asked_selection(request, staff), staff)
    except UnableTo as error:
        return render(request, "orders/_batch_edit_preview.html", {"error": str(error)})
    shown = preview(DEEDS[f"edit_{field.name}"], change.to_json(), selection.orders, actor_id=staff.pk)
    return render(request, "orders/_batch_edit_preview.html", {"preview": shown})


@require_POST
@needs("orders.view_order")
def edit(request: HttpRequest) -> HttpResponse:
    """Change the field: at once for a few orders, by a job for many; either way it can be looked at and taken back."""
    try:
        field, change = _asked(request)
        return run_batch(request, f"edit_{field.name}", change.to_json())
    except UnableTo as error:
        return refuse(request, error, "orders:workbench")


def run_batch(request: HttpRequest, name: str, params: Mapping[str, Any]) -> HttpResponse:
    """Do the deed to the selection, at once or by a job, and show what became of it. Raises UnableTo."""
    staff, deed = signed_in(request), DEEDS[name]
    selection = asked_selection(request, staff)
    orders = selection.orders if selection.large else visible(selection, staff).orders
    if selection.large or not orders:  # without any, the start says so with its sentence
        return watch_reply(request, start_batch(staff, deed, params, orders))
    seen = dict(orders)
    result: ActionResult = deed.run(list(seen), staff.pk, params, seen)
    response = watch_reply(request, keep_done(staff, deed, params, orders, result))
    return trigger_client_event(response, CHANGED, {})


def visible(selection: Selection, staff: Staff) -> Selection:
    """The selection without what the person may not see."""
    if selection.matching:
        return selection
    ids = [order_id for order_id, _version in selection.orders]
    known = set(scoped(Order.objects.filter(id__in=ids), staff).values_list("id", flat=True))
    return Selection(tuple(seen for seen in selection.orders if seen[0] in known), matching=False)


@require_POST
@needs("orders.view_order")
def undo(request: HttpRequest, job_id: int) -> HttpResponse:
    """Take back what a batch changed."""
    try:
        return watch_reply(request, start_undo(signed_in(request), mine(request, job_id)))
    except UnableTo as error:
        return refuse(request, error, "orders:workbench")
