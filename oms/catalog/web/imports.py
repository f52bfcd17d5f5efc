"""Import of products from the products' page: the file goes to a job, whose progress and result the dialog shows."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.catalog.categories import check_whole
from oms.catalog.import_jobs import KIND, cancel_import, start_import
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.web.replies import refuse


@require_POST
@needs("catalog.manage_product")
def start(request: HttpRequest) -> HttpResponse:
    """Take the file and show the progress of its import."""
    file = request.FILES.get("file")
    try:
        check_whole(signed_in(request))
        if file is None:
            raise UnableTo(_("Choose a CSV or Excel file."), code="file_missing")
        job = start_import(
            file, file.name or "", dry_run=bool(request.POST.get("dry_run")), staff_id=signed_in(request).pk
        )
    except UnableTo as error:
        return refuse(request, error, "catalog:products")
    return render(request, "catalog/_import_progress.html", {"job": job})


@require_GET
@needs("catalog.manage_product")
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far the import is, and at its end what it did."""
    return render(request, "catalog/_import_progress.html", {"job": _own_job(request, job_id)})


@require_POST
@needs("catalog.manage_product")
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop the import; what went in stays."""
    job = _own_job(request, job_id)
    cancel_import(job)
    return render(request, "catalog/_import_progress.html", {"job": job})


@require_GET
@needs("catalog.manage_product")
def report(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """All mistakes of the import as CSV."""
    kept = (_own_job(request, job_id).result or {}).get("report")
    if not kept or not default_storage.exists(kept):
        raise Http404
    return FileResponse(default_storage.open(kept, "rb"), as_attachment=True, filename=f"import-{job_id}.csv")


def _own_job(request: HttpRequest, job_id: int) -> Job:
    return get_object_or_404(Job, pk=job_id, kind=KIND, created_by=signed_in(request))


urlpatterns = [
    path("products/import/", start, name="import_products"),
    path("products/import/<int:job_id>/", progress, name="import_progress"),
    path("products/import/<int:job_id>/cancel/", cancel, name="import_cancel"),
    path("products/import/<int:job_id>/report/", report, name="import_report"),
]
