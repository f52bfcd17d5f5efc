"""Purchase orders by a file: checked line by line, and entered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from warehouse.purchase_imports import import_purchases

ERRORS_SHOWN = 200


@require_POST
@needs("warehouse.view_purchase", "warehouse.manage_purchase")
def import_file(request: HttpRequest) -> HttpResponse:
    """Enter the purchase orders of a file; what was done, and what is wrong line by line."""
    file, dry_run = request.FILES.get("file"), bool(request.POST.get("dry_run"))
    try:
        if file is None or file.file is None:
            raise UnableTo(_("Choose a CSV or Excel file."), code="file_missing")
        order = bool(request.POST.get("order"))
        report = import_purchases(file.file, signed_in(request), order=order, dry_run=dry_run)
    except UnableTo as error:
        return refuse(request, error, reverse("warehouse:purchases"))
    context = {"report": report, "errors": report.errors[:ERRORS_SHOWN], "dry_run": dry_run}
    return render(request, "warehouse/purchases_imported.html", context, status=422 if report.errors else 200)
