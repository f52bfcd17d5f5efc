"""Merge and split over many orders: tried out in the dialog, then done at once or by a job, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from orders.batches.deeds import DEEDS
from orders.batches.dividing import read_split
from orders.batches.preview import preview
from orders.web.edits import run_batch, visible
from orders.web.selection import asked_selection

READ: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "merge_all": lambda _data: {},
    "split_all": read_split,
}
"""The deeds of this page, and how their parameters are read."""


def _params(request: HttpRequest, name: str) -> dict[str, Any]:
    if name not in READ:
        raise Http404
    return READ[name](request.POST)


@require_POST
@needs("orders.view_order", "orders.split_order")
def together_preview(request: HttpRequest, name: str) -> HttpResponse:
    """How many orders would be split or merged, into how many, and why the others would not."""
    staff = signed_in(request)
    try:
        params = _params(request, name)
        selection = visible(asked_selection(request, staff), staff)
    except UnableTo as error:
        return render(request, "orders/_batch_edit_preview.html", {"error": str(error)})
    shown = preview(DEEDS[name], params, selection.orders, actor_id=staff.pk)
    return render(request, "orders/_batch_edit_preview.html", {"preview": shown})


@require_POST
@needs("orders.view_order", "orders.split_order")
def together(request: HttpRequest, name: str) -> HttpResponse:
    """Split or merge: at once for a few orders, by a job for many; either way it can be looked at and taken back."""
    try:
        return run_batch(request, name, _params(request, name))
    except UnableTo as error:
        return refuse(request, error, "orders:workbench")
