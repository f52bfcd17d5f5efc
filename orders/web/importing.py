"""Import of orders: the file, what its headings mean, a dry run, and the job with its result file."""

from __future__ import annotations

from django.core import signing
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Shop
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.web.replies import refuse
from orders.importing import run
from orders.importing.columns import COLUMNS, LABELS

SALT = "orders.import"
MOST_MINUTES = 24 * 60


def _shops(staff: Staff) -> list[Shop]:
    return list(scoped(Shop.objects.filter(enabled=True), staff).order_by("code"))


@require_safe
@needs("orders.view_order", "orders.enter_order")
def page(request: HttpRequest) -> HttpResponse:
    """The way in: choose a file; the clerk's newest imports below."""
    staff = signed_in(request)
    newest = Job.objects.filter(kind=run.KIND, created_by=staff).order_by("-id")[:10]
    context = {"jobs": newest, "columns": [(LABELS[c.key], c.names, c.required) for c in COLUMNS]}
    return render(request, "orders/import.html", context)


@require_POST
@needs("orders.view_order", "orders.enter_order")
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the file and ask what its headings mean."""
    staff = signed_in(request)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise UnableTo(_("Choose a CSV or Excel file."), code="file_missing")
        kept = run.keep_file(file, file.name or "", staff)
    except UnableTo as error:
        return refuse(request, error, "orders:import")
    pairs = list(zip(kept["headings"], kept["keys"], strict=True))
    examples = [[row[at] if at < len(row) else "" for row in kept["rows"]] for at in range(len(pairs))]
    context = {
        "kept": signing.dumps({**kept, "rows": []}, salt=SALT),
        "name": kept["name"],
        "headings": [(h, k, e) for (h, k), e in zip(pairs, examples, strict=True)],
        "choices": [(column.key, LABELS[column.key], column.required) for column in COLUMNS],
        "shops": _shops(staff),
    }
    return render(request, "orders/_import_mapping.html", context)


@require_POST
@needs("orders.view_order", "orders.enter_order")
def start(request: HttpRequest) -> HttpResponse:
    """Queue the import, or its dry run."""
    staff = signed_in(request)
    try:
        try:
            kept = signing.loads(request.POST.get("kept", ""), salt=SALT, max_age=MOST_MINUTES * 60)
        except signing.BadSignature:
            raise UnableTo(_("The file is not there any more. Choose it again."), code="file_missing") from None
        known = {column.key for column in COLUMNS}
        keys = [request.POST.get(f"column-{at}", "") for at in range(len(kept["headings"]))]
        wanted = request.POST.get("shop", "")
        shop = next((shop for shop in _shops(staff) if str(shop.pk) == wanted), None)
        if shop is None:
            raise UnableTo(_("Choose the shop that the orders are of."), code="no_shop")
        keys = [key if key in known else "" for key in keys]
        job = run.start(kept, keys, shop, dry_run=bool(request.POST.get("dry_run")), staff=staff)
    except UnableTo as error:
        return refuse(request, error, "orders:import")
    return render(request, "orders/_import_progress.html", {"job": job})


@require_GET
@needs("orders.view_order", "orders.enter_order")
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far the import is, and at its end what became of each order."""
    return render(request, "orders/_import_progress.html", {"job": _own(request, job_id)})


@require_POST
@needs("orders.view_order", "orders.enter_order")
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop the import; what was entered stays."""
    job = _own(request, job_id)
    jobs.cancel(job.pk)
    job.refresh_from_db()
    return render(request, "orders/_import_progress.html", {"job": job})


@require_GET
@needs("orders.view_order", "orders.enter_order")
def report(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The result for each order as CSV."""
    kept = (_own(request, job_id).result or {}).get("report")
    if not kept or not default_storage.exists(kept):
        raise Http404
    return FileResponse(default_storage.open(kept, "rb"), as_attachment=True, filename=f"orders-{job_id}.csv")


def _own(request: HttpRequest, job_id: int) -> Job:
    return get_object_or_404(Job, pk=job_id, kind=run.KIND, created_by=signed_in(request))
