"""Actions on one order or many: each row is done, or answered with the sentence that says why not.

A few orders are done while the person waits; many, and all that match a list, by a job that is watched (``orders.batches``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.core.actions import ActionResult
from oms.core.errors import UnableTo
from oms.core.web.replies import RowResult, batch_reply, refuse
from orders.batches.deeds import DEEDS, Deed
from orders.batches.start import start_batch
from orders.models import Order
from orders.web.actions import BY_NAME
from orders.web.batches import watch_reply
from orders.web.selection import asked_selection, asked_versions

__all__ = ["asked_versions", "numbers_of", "row_results"]


def asked_reason(request: HttpRequest) -> str:
    """The reason that the person gave; empty when they gave none."""
    return request.POST.get("reason", "").replace("\x00", "").strip()[:200]


def row_results(
    ids: Sequence[int], numbers: Mapping[int, str], result: ActionResult, page: str = ""
) -> list[RowResult]:
    """A row for each id, in the given order; ids that the person may not see are named by nothing but themselves.

    ``page`` is the name of the page on which a row of that number is found.
    """
    rows = []
    for row_id in ids:
        if row_id not in numbers:
            rows.append(RowResult(str(row_id), done=False, sentence=_("Nothing is here that you may change.")))
            continue
        refusal = result.refused.get(row_id)
        url = reverse(page, args=[numbers[row_id]]) if page else ""
        rows.append(RowResult(numbers[row_id], refusal is None, refusal.sentence if refusal else "", url))
    return rows


def numbers_of(staff: Staff, ids: Sequence[int]) -> dict[int, str]:
    """The numbers of those orders that the staff member may see, by id. One query."""
    return dict(scoped(Order.objects.filter(id__in=ids), staff).values_list("id", "no"))


@require_POST
@needs("orders.view_order")
def batch(request: HttpRequest, name: str) -> HttpResponse:
    """Do the action to the orders that the form names, or to all that match its list."""
    action = BY_NAME.get(name)
    if action is None:
        raise Http404
    if not signed_in(request).has_perm(action.permission):
        raise PermissionDenied
    reason = asked_reason(request)
    if action.needs_reason and not reason:
        return refuse(request, UnableTo(_("Give a reason.")), "orders:workbench")
    return do_deed(request, DEEDS[name], {"reason": reason})


def do_deed(request: HttpRequest, deed: Deed, params: Mapping[str, Any]) -> HttpResponse:
    """Do it at once and tell what became of each row; or, for many, start the job and show how far it is."""
    staff = signed_in(request)
    try:
        selection = asked_selection(request, staff)
        if selection.large:
            return watch_reply(request, start_batch(staff, deed, params, selection.orders))
    except UnableTo as error:
        return refuse(request, error, "orders:workbench")
    numbers = numbers_of(staff, selection.asked)
    seen = {order_id: version for order_id, version in selection.orders if order_id in numbers}
    result = deed.run(list(seen), staff.pk, params, seen) if seen else ActionResult()
    return batch_reply(request, str(deed.label), row_results(selection.asked, numbers, result, "orders:order"))
