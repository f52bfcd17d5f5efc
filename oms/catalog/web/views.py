"""Products, and listings with their binding to SKUs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog import listings as binding
from oms.catalog.listing_imports import import_bindings
from oms.catalog.models import Listing, Sku
from oms.catalog.queries import all_skus, listing_list, sku_list, sku_of, unmatched_count
from oms.catalog.web.filters import ListingFilters, ProductFilters
from oms.core.errors import UnableTo
from oms.core.web.lists import render_list
from oms.core.web.paging import asked_page, load_page
from oms.core.web.replies import CHANGED, refuse
from oms.core.web.tabs import asked_stage, make_tabs

STAGES = {"unmatched": gettext_lazy("Not matched"), "matched": gettext_lazy("Matched")}
ERRORS_SHOWN = 200
CHOICES = 12
"""SKUs that are offered while a code is typed."""


@require_safe
@needs("catalog.view_product")
def products(request: HttpRequest) -> HttpResponse:
    """SKUs, one a line."""
    filters = ProductFilters(request, all_skus(signed_in(request)))
    context = {"filters": filters, "page": load_page(filters.qs, asked_page(request))}
    return render(request, "catalog/products.html", context)


@require_safe
@needs("catalog.view_listing")
def listings(request: HttpRequest) -> HttpResponse:
    """Listings that wait for a SKU, and those that have one."""
    staff = signed_in(request)
    stage = asked_stage(request, STAGES)
    filters = ListingFilters(request, listing_list(staff, matched=stage == "matched"))
    context = {
        "stage": stage,
        "tabs": make_tabs(request, STAGES, stage, {"unmatched": unmatched_count(staff)}),
        "filters": filters,
        "page": load_page(filters.qs, asked_page(request)),
        "may_bind": staff.has_perm("catalog.bind_listing"),
    }
    return render_list(request, "catalog/listings.html", "catalog/_listings.html", context)


@require_POST
@needs("catalog.view_listing", "catalog.bind_listing")
def bind(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Bind a listing to the SKU with the merchant code ``code``."""
    staff = signed_in(request)
    listing = get_object_or_404(scoped(Listing.objects.all(), staff), pk=listing_id)
    code = request.POST.get("code", "").strip()
    try:
        bound = binding.bind(listing.pk, _sku_of(staff, code), staff_id=staff.pk)
    except UnableTo as error:
        return refuse(request, error, "catalog:listings")
    names = {"title": bound.title or bound.item_id, "code": code}
    said = _("“%(title)s” is %(code)s now. The orders that waited for it go on.") % names
    response = trigger_client_event(HttpResponse(), "oms:toast", {"text": said, "tone": "done"})
    trigger_client_event(response, CHANGED, {})
    return trigger_client_event(response, "oms:beat", {})


@require_POST
@needs("catalog.view_listing", "catalog.bind_listing")
def import_listings(request: HttpRequest) -> HttpResponse:
    """Bind the listings of a file; what was done, and what is wrong line by line."""
    file = request.FILES.get("file")
    dry_run = bool(request.POST.get("dry_run"))
    try:
        if file is None or file.file is None:
            raise UnableTo(_("Choose a CSV or Excel file."), code="file_missing")
        report = import_bindings(file.file, signed_in(request), dry_run=dry_run)
    except UnableTo as error:
        return refuse(request, error, "catalog:listings")
    context = {"report": report, "dry_run": dry_run, "errors": report.errors[:ERRORS_SHOWN]}
    return render(request, "catalog/listings_import.html", context, status=422 if report.errors else 200)


@require_safe
@needs("catalog.view_listing", "catalog.bind_listing")
def sku_choices(request: HttpRequest) -> HttpResponse:
    """The SKUs that a typed code or name may mean."""
    text = request.GET.get("code", "").replace("\0", "").strip()
    skus = sku_list(signed_in(request), text)[:CHOICES] if text else ()
    return render(request, "catalog/_sku_choices.html", {"skus": skus})


def _sku_of(staff: Staff, code: str) -> Sku:
    sku = sku_of(staff, code)
    if sku is None:
        raise UnableTo(_("There is no SKU with the merchant code “%(code)s”.") % {"code": code}, code="unknown_sku")
    return sku
