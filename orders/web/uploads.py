"""Waybill uploads: what platforms refused and why, what is being retried, and what a person does about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.who import asked_ids, signed_in
from oms.core.actions import ActionResult
from oms.core.errors import UnableTo
from oms.core.web.lists import render_list
from oms.core.web.paging import asked_page, load_page
from oms.core.web.replies import RowResult, batch_reply, refuse
from oms.core.web.tabs import asked_stage, make_tabs
from orders import uploads as capability
from orders.upload_queries import upload_counts, upload_list, uploads
from orders.web.batch import asked_reason, row_results
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
def upload_page(request: HttpRequest) -> HttpResponse:
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


@require_POST
@needs("orders.view_upload", "orders.manage_upload")
def retry(request: HttpRequest) -> HttpResponse:
    """Have the uploads tried again now."""
    actor = signed_in(request).pk
    return _reply(request, _("Upload again"), lambda ids: capability.retry(ids, actor_id=actor))


@require_POST
@needs("orders.view_upload", "orders.manage_upload")
def hand_over(request: HttpRequest) -> HttpResponse:
    """A person has told the platform, or says why it need not be told."""
    actor, reason = signed_in(request).pk, asked_reason(request)
    try:
        return _reply(request, _("Hand over"), lambda ids: capability.hand_over(ids, actor_id=actor, reason=reason))
    except UnableTo as error:
        return refuse(request, error, "orders:uploads")


def _reply(request: HttpRequest, title: Promise, act: Callable[[Sequence[int]], ActionResult]) -> HttpResponse:
    ids = asked_ids(request)
    found = uploads(signed_in(request)).filter(id__in=ids)
    numbers = dict(found.values_list("id", "trade__trade_no"))
    result = act([upload_id for upload_id in ids if upload_id in numbers])
    rows: list[RowResult] = row_results(ids, numbers, result)
    return batch_reply(request, str(title), rows)
