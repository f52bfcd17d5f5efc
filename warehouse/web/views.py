"""Pages of the warehouse: what is to be shipped, one shipment, stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.who import asked_ids, signed_in
from oms.core.actions import ActionResult
from oms.core.history import history_of
from oms.core.numbering import business_day
from oms.core.web.lists import render_list
from oms.core.web.paging import asked_page, load_page
from oms.core.web.replies import RowResult, batch_reply
from oms.core.web.tabs import asked_stage, make_tabs
from oms.core.web.timeline import told
from warehouse.models import ShipmentLine, VoidWaybill
from warehouse.queries import shipment_counts, shipment_list, shipments, stock_list
from warehouse.rerouting import printed_anew
from warehouse.shipping import ship as ship_parcels
from warehouse.states import OPEN, SHIPMENT
from warehouse.web.filters import ShipmentFilters, StockFilters

STAGES: dict[str, str | Promise] = {
    "open": gettext_lazy("To ship"),
    "intercepted": gettext_lazy("Intercepted"),
    "reprint": gettext_lazy("To be printed anew"),
    "shipped": gettext_lazy("Shipped"),
    "cancelled": gettext_lazy("Cancelled"),
}
EMPTY: dict[str, tuple[Promise, Promise]] = {
    "open": (
        gettext_lazy("Every parcel has left"),
        gettext_lazy("New shipments appear here as soon as orders pass their audits."),
    ),
    "intercepted": (
        gettext_lazy("Nothing is intercepted"),
        gettext_lazy("Parcels whose buyers want out are listed here, so that they are put aside."),
    ),
    "reprint": (
        gettext_lazy("Nothing is to be printed anew"),
        gettext_lazy("Parcels whose warehouse or carrier was changed after printing are listed here."),
    ),
    "shipped": (gettext_lazy("Nothing has left yet"), gettext_lazy("Ship from the first tab.")),
    "cancelled": (gettext_lazy("Nothing was cancelled"), gettext_lazy("Un-audited and cancelled orders show here.")),
}


@require_safe
@needs("warehouse.view_shipment")
def shipment_page(request: HttpRequest) -> HttpResponse:
    """The shipments of a stage; for htmx only the rows, with the tabs beside them."""
    staff = signed_in(request)
    stage = asked_stage(request, STAGES)
    filters = ShipmentFilters(request, shipment_list(staff, stage))
    context = {
        "tabs": make_tabs(request, STAGES, stage, shipment_counts(staff)),
        "stage": stage,
        "filters": filters,
        "page": load_page(filters.qs, asked_page(request)),
        "may_ship": stage == "open" and staff.has_perm("warehouse.ship_shipment"),
        "may_reprint": stage == "reprint" and staff.has_perm("warehouse.ship_shipment"),
        "empty": EMPTY[stage],
    }
    return render_list(request, "warehouse/shipments.html", "warehouse/_shipments.html", context)


@require_safe
@needs("warehouse.view_shipment")
def shipment(request: HttpRequest, no: str) -> HttpResponse:
    """One shipment: its goods, where it goes (masked), and what happened to it."""
    staff = signed_in(request)
    sealed = ("receiver__name", "receiver__phone", "receiver__address")
    found = get_object_or_404(shipments(staff).select_related("receiver").defer(*sealed), no=no)
    context = {
        "shipment": found,
        "lines": ShipmentLine.objects.filter(shipment=found).select_related("sku__product").order_by("id"),
        "history": told(SHIPMENT.kind, history_of(SHIPMENT.kind, found.id)),
        "may_ship": found.state in OPEN
        and not found.intercepted
        and not found.reprint_due
        and staff.has_perm("warehouse.ship_shipment"),
        "may_reprint": found.state in OPEN and found.reprint_due and staff.has_perm("warehouse.ship_shipment"),
        "void": VoidWaybill.objects.filter(shipment=found).select_related("carrier").order_by("id"),
    }
    return render(request, "warehouse/shipment.html", context)


@require_POST
@needs("warehouse.view_shipment", "warehouse.ship_shipment")
def ship(request: HttpRequest) -> HttpResponse:
    """Ship the named shipments; ``waybill-ID`` holds the number that was typed for one."""
    staff = signed_in(request)
    ids = asked_ids(request)
    numbers = dict(shipments(staff).filter(id__in=ids).values_list("id", "no"))
    mine = [id_ for id_ in ids if id_ in numbers]
    typed = {id_: request.POST.get(f"waybill-{id_}", "").replace("\x00", "") for id_ in mine}
    result = ship_parcels(mine, actor_id=staff.pk, waybills=typed)
    return batch_reply(request, _("Ship"), _results(ids, numbers, result))


@require_POST
@needs("warehouse.view_shipment", "warehouse.ship_shipment")
def reprinted(request: HttpRequest) -> HttpResponse:
    """Say that the papers of the named shipments are printed anew."""
    staff = signed_in(request)
    ids = asked_ids(request)
    numbers = dict(shipments(staff).filter(id__in=ids).values_list("id", "no"))
    result = printed_anew([id_ for id_ in ids if id_ in numbers], actor_id=staff.pk)
    return batch_reply(request, _("Printed anew"), _results(ids, numbers, result))


def _results(ids: Sequence[int], numbers: Mapping[int, str], result: ActionResult) -> list[RowResult]:
    """A row for each id; those that the person may not see are named by nothing but themselves."""
    rows = []
    for id_ in ids:
        if id_ not in numbers:
            name = _("Shipment %(id)s") % {"id": id_}
            rows.append(RowResult(name, done=False, sentence=_("Nothing is here that you may ship.")))
            continue
        refusal = result.refused.get(id_)
        url = reverse("warehouse:shipment", args=[numbers[id_]])
        rows.append(RowResult(numbers[id_], refusal is None, refusal.sentence if refusal else "", url))
    return rows


@require_safe
@needs("warehouse.view_stock")
def stock_page(request: HttpRequest) -> HttpResponse:
    """What the warehouses hold, what of it is free, and what is in transit."""
    filters = StockFilters(request, stock_list(signed_in(request)))
    context = {
        "filters": filters,
        "page": load_page(filters.qs, asked_page(request)),
        "today": business_day(timezone.now()),
    }
    return render(request, "warehouse/stock.html", context)
