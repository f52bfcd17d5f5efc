"""Gifts adjusted by hand: the preview in the dialog, and the doing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from oms.accounts.gate import needs
from oms.accounts.who import asked_ids, signed_in
from oms.core.errors import UnableTo
from oms.core.web.replies import batch_reply, refuse
from orders.gifts import Wish, adjust, preview, read_wish
from orders.web.batch import asked_versions, numbers_of, row_results

SHOWN = 20


def _wish(request: HttpRequest) -> Wish:
    return read_wish(request.POST.get("mode", ""), request.POST.get("code", ""), request.POST.get("units", ""))


@require_POST
@needs("orders.edit_order")
def gifts_preview(request: HttpRequest) -> HttpResponse:
    """What the wish would do to the named orders, with the stock beside it."""
    ids = asked_ids(request)
    numbers = numbers_of(signed_in(request), ids)
    try:
        shown = preview([order_id for order_id in ids if order_id in numbers], _wish(request))
    except UnableTo as error:
        return render(request, "orders/_gifts_preview.html", {"error": str(error)})
    return render(request, "orders/_gifts_preview.html", {"previews": shown, "first": shown.orders[:SHOWN]})


@require_POST
@needs("orders.edit_order")
def gifts(request: HttpRequest) -> HttpResponse:
    """Do the wish to the named orders."""
    staff, ids = signed_in(request), asked_ids(request)
    numbers = numbers_of(staff, ids)
    mine = [order_id for order_id in ids if order_id in numbers]
    try:
        wish = _wish(request)
    except UnableTo as error:
        return refuse(request, error, "orders:workbench")
    result = adjust(mine, wish, actor_id=staff.pk, versions=asked_versions(request, mine))
    return batch_reply(request, _("Gifts"), row_results(ids, numbers, result, "orders:order"))
