"""Actions on one order or many: each row is done, or answered with the sentence that says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import asked_ids, signed_in
from oms.core.actions import ActionResult
from oms.core.errors import UnableTo
from oms.core.web.replies import RowResult, batch_reply, refuse
from orders.models import Order
from orders.web.actions import BY_NAME


def asked_versions(request: HttpRequest, ids: Sequence[int]) -> dict[int, int]:
    """The version of each order that the person looked at, where the page sent one."""
    texts = {order_id: request.POST.get(f"version-{order_id}", "") for order_id in ids}
    return {
        order_id: int(text) for order_id, text in texts.items() if text.isascii() and text.isdigit() and len(text) < 10
    }


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
    """Do the action to the orders that the form names."""
    staff = signed_in(request)
    action = BY_NAME.get(name)
    if action is None:
        raise Http404
    if not staff.has_perm(action.permission):
        raise PermissionDenied
    reason = asked_reason(request)
    if action.needs_reason and not reason:
        return refuse(request, UnableTo(_("Give a reason.")), "orders:workbench")
    ids = asked_ids(request)
    numbers = numbers_of(staff, ids)
    mine = [order_id for order_id in ids if order_id in numbers]
    result = action.run(mine, staff.pk, reason, asked_versions(request, mine))
    return batch_reply(request, str(action.label), row_results(ids, numbers, result, "orders:order"))
