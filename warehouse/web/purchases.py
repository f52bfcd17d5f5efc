"""Pages of purchase orders: the list, one of them with what came, receiving, and what ends it."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.history import history_of
from oms.core.numbering import business_day
from oms.core.web.lists import render_list
from oms.core.web.paging import asked_page, load_page
from oms.core.web.replies import refuse
from oms.core.web.tabs import asked_stage, make_tabs
from oms.core.web.timeline import told
from warehouse import purchasing
from warehouse.arrivals import take_in
from warehouse.models import PurchaseOrder, PurchaseOrderLine
from warehouse.purchase_queries import arrivals_of, lines_of, purchase_counts, purchase_list, purchases
from warehouse.states import ON_THE_WAY, PURCHASE
from warehouse.web.filters import PurchaseFilters

STAGES: dict[str, str | Promise] = {
    "on_the_way": gettext_lazy("In transit"),
    "draft": gettext_lazy("Drafts"),
    "arrived": gettext_lazy("Arrived"),
    "ended": gettext_lazy("Closed and cancelled"),
}
EMPTY: dict[str, tuple[Promise, Promise]] = {
    "on_the_way": (
        gettext_lazy("Nothing is on the way"),
        gettext_lazy("Enter a purchase order or import a file; what is ordered shows as in transit until it arrives."),
    ),
    "draft": (gettext_lazy("No drafts"), gettext_lazy("What is entered and not ordered yet waits here.")),
    "arrived": (gettext_lazy("Nothing has arrived in full yet"), gettext_lazy("Receive what is on the way.")),
    "ended": (
        gettext_lazy("Nothing was closed or cancelled"),
        gettext_lazy("Orders of which the rest will not come show here."),
    ),
}


@require_safe
@needs("warehouse.view_purchase")
def purchase_page(request: HttpRequest) -> HttpResponse:
    """The purchase orders of a stage; for htmx only the rows, with the tabs beside them."""
    staff = signed_in(request)
    stage = asked_stage(request, STAGES)
    filters = PurchaseFilters(request, purchase_list(staff, stage))
    context = {
        "tabs": make_tabs(request, STAGES, stage, purchase_counts(staff)),
        "stage": stage,
        "filters": filters,
        "page": load_page(filters.qs, asked_page(request)),
        "today": business_day(timezone.now()),
        "empty": EMPTY[stage],
        "may_manage": staff.has_perm("warehouse.manage_purchase"),
    }
    return render_list(request, "warehouse/purchases.html", "warehouse/_purchases.html", context)


@require_safe
@needs("warehouse.view_purchase")
def purchase(request: HttpRequest, no: str) -> HttpResponse:
    """One purchase order: its lines with what came of them, the arrivals, and what happened to it."""
    staff = signed_in(request)
    found = get_object_or_404(purchases(staff), no=no)
    lines = lines_of(found)
    amounts = [line.amount for line in lines if line.amount is not None]
    may = staff.has_perm("warehouse.manage_purchase")
    context = {
        "purchase": found,
        "lines": lines,
        "units": sum(line.quantity for line in lines),
        "came": sum(line.arrived for line in lines),
        "to_come": sum(line.to_come for line in lines),
        "amount": sum(amounts) if len(amounts) == len(lines) else None,
        "arrivals": arrivals_of(found),
        "history": told(PURCHASE.kind, history_of(PURCHASE.kind, found.pk)),
        "today": business_day(timezone.now()),
        "on_the_way": found.state in ON_THE_WAY,
        "actions": set(PURCHASE.actions_from(found.state)) if may else set(),
        "may_receive": may and found.state in ON_THE_WAY,
    }
    return render(request, "warehouse/purchase.html", context)


class DayForm(forms.Form):
    """Another day on which the goods are expected, and why."""

    expected_on = forms.DateField(label=gettext_lazy("Expected on"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)


def _order(request: HttpRequest, found: PurchaseOrder) -> str:
    purchasing.place(found.pk, actor_id=signed_in(request).pk)
    return _("%(no)s is ordered: its units are in transit now.")


def _close(request: HttpRequest, found: PurchaseOrder) -> str:
    purchasing.close_short(found.pk, by=request, reason=_reason(request))
    return _("%(no)s is closed: the rest is not expected any more.")


def _cancel(request: HttpRequest, found: PurchaseOrder) -> str:
    purchasing.cancel(found.pk, by=request, reason=_reason(request))
    return _("%(no)s is cancelled.")


def _put_off(request: HttpRequest, found: PurchaseOrder) -> str:
    form = DayForm(request.POST)
    if not form.is_valid():
        raise UnableTo(_("Choose a day."), code="bad_day")
    day, reason = form.cleaned_data["expected_on"], form.cleaned_data["reason"]
    purchasing.put_off(found.pk, day, actor_id=signed_in(request).pk, reason=reason)
    return _("%(no)s is expected on the new day.")


ACTIONS: dict[str, Callable[[HttpRequest, PurchaseOrder], str]] = {
    "order": _order,
    "close": _close,
    "cancel": _cancel,
    "put-off": _put_off,
}


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "")[:200]


@require_POST
@needs("warehouse.view_purchase", "warehouse.manage_purchase")
def act(request: HttpRequest, no: str, action: str) -> HttpResponse:
    """Order the draft, put the day off, close short or cancel."""
    found = get_object_or_404(purchases(signed_in(request)), no=no)
    if action not in ACTIONS:
        raise Http404
    back = reverse("warehouse:purchase", args=[no])
    try:
        said = ACTIONS[action](request, found)
    except UnableTo as error:
        return refuse(request, error, back)
    messages.success(request, said % {"no": no})
    return redirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("warehouse.view_purchase", "warehouse.manage_purchase")
def receive(request: HttpRequest, no: str) -> HttpResponse:
    """Count in what came with a delivery note, line by line; the goods' barcodes can be scanned."""
    found = get_object_or_404(purchases(signed_in(request)), no=no)
    lines = lines_of(found)
    error = ""
    if request.method == "POST":
        try:
            return _received(request, found, lines)
        except UnableTo as refusal:
            error = str(refusal)
    typed = {line.pk: request.POST.get(f"units-{line.pk}", "") for line in lines}
    context = {
        "purchase": found,
        "rows": [(line, typed[line.pk]) for line in lines],
        "to_come": sum(line.to_come for line in lines),
        "delivery_note": request.POST.get("delivery_note", ""),
        "more": bool(request.POST.get("more")),
        "error": error,
        "may_receive": found.state in ON_THE_WAY,
    }
    return render(request, "warehouse/purchase_receive.html", context, status=422 if error else 200)


def _received(request: HttpRequest, found: PurchaseOrder, lines: list[PurchaseOrderLine]) -> HttpResponse:
    units = {line.pk: _units(request.POST.get(f"units-{line.pk}", ""), line) for line in lines}
    note = request.POST.get("delivery_note", "").replace("\0", "")
    done = take_in(found.pk, note, units, by=request, more=bool(request.POST.get("more")))
    if done.repeated:
        said = _("The note %(note)s was booked before as %(no)s; nothing was done again.")
        messages.info(request, said % {"note": done.arrival.delivery_note, "no": done.arrival.no})
    else:
        messages.success(request, _("%(no)s: what came is in stock.") % {"no": done.arrival.no})
    return redirect("warehouse:purchase", found.no)


def _units(text: str, line: PurchaseOrderLine) -> int:
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise UnableTo(_("%(code)s: write the units as a whole number.") % {"code": line.sku.code}, code="bad_units")
    return int(text)
