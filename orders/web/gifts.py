"""Gifts adjusted by hand: the preview in the dialog, and the doing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from orders.batches.deeds import DEEDS
from orders.batches.preview import LOOKED_AT
from orders.gifts import Wish, preview, read_wish
from orders.web.batch import do_deed, numbers_of
from orders.web.selection import asked_selection

SHOWN = 20


def _wish(request: HttpRequest) -> Wish:
    mode, code, units = (request.POST.get(name, "") for name in ("mode", "code", "units"))
    return read_wish(mode, code, units, signed_in(request))


@require_POST
@needs("orders.edit_order")
def gifts_preview(request: HttpRequest) -> HttpResponse:
    """What the wish would do to the named orders, with the stock beside it."""
    staff = signed_in(request)
    try:
        ids = [order_id for order_id, _version in asked_selection(request, staff).orders[:LOOKED_AT]]
        numbers = numbers_of(staff, ids)
        shown = preview([order_id for order_id in ids if order_id in numbers], _wish(request))
    except UnableTo as error:
        return render(request, "orders/_gifts_preview.html", {"error": str(error)})
    return render(request, "orders/_gifts_preview.html", {"previews": shown, "first": shown.orders[:SHOWN]})


@require_POST
@needs("orders.edit_order")
def gifts(request: HttpRequest) -> HttpResponse:
    """Do the wish to the named orders, or to all that match their list."""
    try:
        _wish(request)
    except UnableTo as error:
        return refuse(request, error, "orders:workbench")
    return do_deed(request, DEEDS["gifts"], {name: request.POST.get(name, "") for name in ("mode", "code", "units")})
