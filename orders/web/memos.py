"""Memos and flags on their way to the platforms: what was refused and why, and what a person does about it."""

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
from oms.core.web.replies import batch_reply, refuse
from oms.core.web.tabs import asked_stage, make_tabs
from orders import memos as capability
from orders.memo_queries import memo_counts, memo_list, memos
from orders.web.batch import asked_reason, row_results
from orders.web.filters import MemoFilters
from orders.web.uploads import STAGES


@require_safe
@needs("orders.view_upload")
def memo_page(request: HttpRequest) -> HttpResponse:
    """The memos of a stage; for htmx only the rows, with the tabs beside them."""
    staff = signed_in(request)
    stage = asked_stage(request, STAGES)
    filters = MemoFilters(request, memo_list(staff, stage))
    context = {
        "tabs": make_tabs(request, STAGES, stage, memo_counts(staff)),
        "stage": stage,
        "filters": filters,
        "page": load_page(filters.qs, asked_page(request)),
        "may_act": staff.has_perm("orders.manage_upload"),
    }
    return render_list(request, "orders/memos.html", "orders/_memos.html", context)


@require_POST
@needs("orders.view_upload", "orders.manage_upload")
def retry(request: HttpRequest) -> HttpResponse:
    """Have the memos written again now."""
    actor = signed_in(request).pk
    return _reply(request, _("Upload again"), lambda ids: capability.retry(ids, actor_id=actor))


@require_POST
@needs("orders.view_upload", "orders.manage_upload")
def hand_over(request: HttpRequest) -> HttpResponse:
    """A person wrote the memo on the platform, or says why it need not be there."""
    actor, reason = signed_in(request).pk, asked_reason(request)
    try:
        return _reply(request, _("Hand over"), lambda ids: capability.hand_over(ids, actor_id=actor, reason=reason))
    except UnableTo as error:
        return refuse(request, error, "orders:memos")


def _reply(request: HttpRequest, title: Promise, act: Callable[[Sequence[int]], ActionResult]) -> HttpResponse:
    ids = asked_ids(request)
    numbers = dict(memos(signed_in(request)).filter(id__in=ids).values_list("id", "trade__trade_no"))
    result = act([memo_id for memo_id in ids if memo_id in numbers])
    return batch_reply(request, str(title), row_results(ids, numbers, result))
