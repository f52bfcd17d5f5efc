"""Waybill uploads: what platforms refused and why, what is being retried, and what a person does about it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.web.lists import render_list
from oms.core.web.paging import asked_page, load_page
from oms.core.web.tabs import asked_stage, make_tabs
from orders.upload_queries import upload_counts, upload_list
from orders.web.filters import UploadFilters

STAGES: dict[str, Promise | str] = {
    "failed": _("Waits for a person"),
    "retrying": _("Being retried"),
    "due": _("On the way"),
    "accepted": _("Accepted"),
    "handled": _("Handled by a person"),
}


@require_safe
@needs("orders.view_upload")
def uploads(request: HttpRequest) -> HttpResponse:
    """The uploads of a stage; for htmx only the rows, with the tabs beside them."""
    staff = signed_in(request)
    stage = asked_stage(request, STAGES)
    filters = UploadFilters(request, upload_list(staff, stage))
    context = {
        "tabs": make_tabs(request, STAGES, stage, upload_counts(staff)),
        "stage": stage,
        "filters": filters,
        "page": load_page(filters.qs, asked_page(request)),
        "may_act": staff.has_perm("orders.manage_upload"),
    }
    return render_list(request, "orders/uploads.html", "orders/_uploads.html", context)
