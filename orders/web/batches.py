"""The batches that a person started: how far they are, what became of each order, stopped and taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import signed_in
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.tables import write_csv, write_xlsx
from oms.core.web.replies import CHANGED, refuse
from orders.batches.deeds import DEEDS
from orders.batches.results import OUTCOMES, Outcome, batches_of, reasons_of, rows_of
from orders.batches.start import changed_ids
from orders.models import OrderBatch

SHOWN = 200
"""Refused orders that the page names; the file names all of them."""


def mine(request: HttpRequest, job_id: int) -> OrderBatch:
    """The batch of a job that the person started. Raises Http404."""
    return get_object_or_404(batches_of(signed_in(request)), job_id=job_id)


def figures(batch: OrderBatch) -> dict[str, object]:
    """What the progress of a batch shows."""
    deed = DEEDS.get(batch.action)
    reached = batch.done + batch.refused
    open_now = batch.job.state in Job.OPEN
    return {
        "batch": batch,
        "job": batch.job,
        "title": deed.label if deed else batch.action,
        "reached": reached,
        "left": batch.total - reached,
        "open": open_now,
        "stopping": open_now and batch.job.cancel_requested,
        "reasons": reasons_of(batch) if batch.refused else [],
        "changed": (changed := 0 if open_now else len(changed_ids(batch))),
        "may_undo": changed > 0 and batch.undoes is None and not hasattr(batch, "undone_by"),
    }


def watch_reply(request: HttpRequest, batch: OrderBatch) -> HttpResponse:
    """Show a htmx request the progress of a batch that has just begun; a plain form is led to its page."""
    if not getattr(request, "htmx", False):
        return redirect("orders:batch_page", job_id=batch.job_id)
    response = render(request, "orders/_batch_dialog.html", figures(batch))
    trigger_client_event(response, "oms:close", {})
    trigger_client_event(response, "oms:beat", {})
    return trigger_client_event(response, "oms:dialog", {"open": "#result-dialog"}, after="swap")


@require_safe
@needs("orders.view_order")
def batch_page(request: HttpRequest, job_id: int) -> HttpResponse:
    """The progress and the result; for htmx only the part that changes."""
    batch = mine(request, job_id)
    context = figures(batch)
    if not getattr(request, "htmx", False):
        context["refused"] = _first_refused(batch, signed_in(request))
        return render(request, "orders/batch.html", context)
    response = render(request, "orders/_batch_progress.html", context)
    response["Cache-Control"] = "no-store"
    if batch.job.state not in Job.OPEN:
        trigger_client_event(response, CHANGED, {})
        trigger_client_event(response, "oms:beat", {})
    return response


def _first_refused(batch: OrderBatch, staff: Staff) -> list[object]:
    found: list[object] = []
    if batch.refused:
        for row in rows_of(batch, staff):
            if row.outcome == Outcome.REFUSED:
                found.append(row)
                if len(found) == SHOWN:
                    break
    return found


@require_POST
@needs("orders.view_order")
def stop(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop the batch after the part it is at; what was done stays."""
    batch = mine(request, job_id)
    if not jobs.cancel(batch.job_id):
        ended = UnableTo(_("The job has ended already: there is nothing to stop."), code="job_ended")
        return refuse(request, ended, "portal:jobs")
    if not getattr(request, "htmx", False):
        return redirect("orders:batch_page", job_id=job_id)
    batch.job.refresh_from_db()
    return render(request, "orders/_batch_progress.html", figures(batch))


@require_safe
@needs("orders.view_order")
def result(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Every order with what became of it, as an Excel file or (``format=csv``) as CSV."""
    batch = mine(request, job_id)
    header = [_("Order"), _("Result"), _("Reason")]
    rows = _file_rows(batch, signed_in(request))
    if request.GET.get("format") == "csv":
        response = StreamingHttpResponse(write_csv(header, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="batch-{job_id}.csv"'
        return response
    file: IO[bytes] = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - the answer closes it
    write_xlsx(file, _("Result"), header, rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"batch-{job_id}.xlsx")


def _file_rows(batch: OrderBatch, staff: Staff) -> Iterator[tuple[str, str, str]]:
    for row in rows_of(batch, staff):
        yield row.no or str(row.order_id), str(OUTCOMES[row.outcome]), row.sentence
