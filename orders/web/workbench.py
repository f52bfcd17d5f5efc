"""The order workbench: stages, filters, the list, and the panel of the order in focus."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import signed_in
from oms.core.web.lists import asked_sort, render_list
from oms.core.web.paging import DEAR, asked_page, load_page
from oms.core.web.tabs import asked_stage, make_tabs
from orders.batches.dividing import KINDS as SPLIT_KINDS
from orders.explain import why
from orders.models import Order
from orders.queries import ALL_OPEN, lines_with_stock, order_list, order_page, stage_counts
from orders.saved_views import address_of, first_view
from orders.states import BEFORE_CS_AUDIT, CS_REVIEW
from orders.tags import show_tags
from orders.web.actions import actions_for, actions_in, main_action
from orders.web.columns import sorts_in
from orders.web.conditions import ListConditions
from orders.web.edits import editable
from orders.web.layout import layout_of, shown_columns, style_sheet_url
from orders.web.saved_views import make_strip
from orders.web.selection import list_query

STAGES: dict[str, Promise | str] = {
    ALL_OPEN: _("All open"),
    **{state.value: state.label for state in Order.State if state != Order.State.SUPERSEDED},
}

EMPTY: dict[str, tuple[Promise, Promise]] = {
    ALL_OPEN: (_("No open orders"), _("Every parcel has left, or nothing was downloaded yet.")),
    "exception": (
        _("No exceptions"),
        _("Orders that cannot go on by themselves would be listed here with the reason."),
    ),
    "presale": (_("No pre-sale orders"), _("Orders that wait for a date or a final payment are listed here.")),
    "cs_review": (
        _("Everything is audited"),
        _("Orders that no approval policy lets pass appear here as they come in."),
    ),
    "finance_review": (
        _("Nothing waits for finance"),
        _("Orders that customer service has audited appear here."),
    ),
    "approved": (
        _("Nothing waits for the warehouse"),
        _("Audited orders appear here until their parcel has left."),
    ),
    "shipped": (_("Nothing has been shipped yet"), _("Orders appear here when their parcel has left.")),
    "completed": (_("Nothing is completed yet"), _("Orders appear here when the platform says so.")),
    "cancelled": (
        _("No cancelled orders"),
        _("Orders that were refunded or closed before shipment are listed here."),
    ),
}


MISSING_IS_EARLY = frozenset({"paid_at"})
"""Where nothing comes before everything (not paid yet); elsewhere it comes after everything (no promise), or there is none."""


def sorted_orders(found: QuerySet[Order], sort: str) -> QuerySet[Order]:
    """The orders by a column, as its index has them; one way is the exact reverse of the other."""
    if not sort:
        return found
    name = sort.removeprefix("-")
    early = name in MISSING_IS_EARLY
    if sort.startswith("-"):
        return found.order_by(F(name).desc(**{"nulls_last" if early else "nulls_first": True}), "-id")
    return found.order_by(F(name).asc(**{"nulls_first" if early else "nulls_last": True}), "id")


@require_safe
@needs("orders.view_order")
def workbench(request: HttpRequest) -> HttpResponse:
    """The list of a stage; for htmx only its rows, with the tabs beside them."""
    staff = signed_in(request)
    begin = None if request.GET else first_view(staff)
    if begin is not None:
        return redirect(f"{request.path}?{address_of(begin)}")
    stage = asked_stage(request, STAGES) if request.GET.get("stage") in STAGES else CS_REVIEW
    sort = asked_sort(request, sorts_in(stage))
    filters = ListConditions(request, stage)
    layout = layout_of(staff)
    shown = shown_columns(layout, stage)
    counts = stage_counts(staff)
    found = sorted_orders(filters.apply(order_list(staff, stage)), sort).select_related(None)
    page = load_page(
        # Found and sorted by their keys alone, in the person's scope, since orders are wide.
        shown.prepare(Order.objects.order_by(*found.query.order_by)),
        asked_page(request),
        keys=found,
        total=None if filters.active else counts.get(stage),
        # The open work is counted always: its fields have indexes, and it does not grow with the years.
        dear=DEAR if filters.active and not filters.asker.open_only else None,
    )
    show_tags(page.object_list)
    context = {
        "tabs": make_tabs(request, STAGES, stage, counts),
        "stage": stage,
        "sort": sort,
        "filters": filters,
        "page": page,
        "heads": shown.heads(sort, sorts_in(stage)),
        "rows": shown.rows(page.object_list),
        "list_query": list_query(request, stage),
        "empty": EMPTY[stage],
    }
    if not getattr(request, "htmx", False):
        context |= {"columns_css": style_sheet_url(layout, stage), **_round_the_list(request, staff, stage, filters)}
    return render_list(request, "orders/workbench.html", "orders/_grid.html", context)


def _round_the_list(request: HttpRequest, staff: Staff, stage: str, filters: ListConditions) -> dict[str, Any]:
    """What the whole page shows round the list: views, buttons, dialogs."""
    return {
        "strip": make_strip(staff, request.GET, stage),
        "address": f"stage={stage}&{filters.address}",
        "actions": actions_in(stage, staff),
        "edit_fields": tuple(editable(staff)),
        "split_kinds": tuple(SPLIT_KINDS.items()),
        "may_gift": stage in (ALL_OPEN, *BEFORE_CS_AUDIT) and staff.has_perm("orders.edit_order"),
    }


@require_safe
@needs("orders.view_order")
def panel(request: HttpRequest, no: str) -> HttpResponse:
    """The order in focus, beside the list."""
    staff = signed_in(request)
    order = get_object_or_404(order_page(staff), no=no)
    show_tags([order])
    actions = actions_for(order, staff)
    context = {
        "order": order,
        "lines": lines_with_stock(order),
        "why": why(order.pk),
        "actions": actions,
        "main": main_action(actions),
    }
    response = render(request, "orders/_panel.html", context)
    response["Cache-Control"] = "no-store"
    return response
