"""Pages of finance: vouchers, and the orders that could not be posted."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from finance.models import Voucher, VoucherLine
from finance.posting import post_again, post_all
from finance.queries import due_postings, set_aside, totals_of, voucher_list, vouchers, vouchers_of_orders
from finance.web.filters import VoucherFilters
from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.money import ZERO
from oms.core.tasks import ring
from oms.core.web.paging import asked_page, load_page
from oms.core.web.tabs import asked_stage, make_tabs
from orders.queries import orders as visible_orders

KINDS: dict[str, str | Promise] = {"": gettext_lazy("All kinds"), **{kind.value: kind.label for kind in Voucher.Kind}}
AT_ONCE = 2_000
"""Orders that a person's request posts while they wait; the workers do the rest."""


@require_safe
@needs("finance.view_voucher")
def voucher_page(request: HttpRequest) -> HttpResponse:
    """The vouchers of a kind, with what the page of them comes to."""
    staff = signed_in(request)
    kind = asked_stage(request, KINDS)
    filters = VoucherFilters(request, voucher_list(staff, kind))
    page = load_page(filters.qs, asked_page(request))
    context = {
        "tabs": make_tabs(request, KINDS, kind),
        "stage": kind,
        "filters": filters,
        "page": page,
        "totals": totals_of(page.object_list),
        "aside": set_aside(staff).count(),
    }
    return render(request, "finance/vouchers.html", context)


@require_safe
@needs("finance.view_voucher")
def voucher(request: HttpRequest, no: str) -> HttpResponse:
    """One voucher with its lines, the orders it was made from, and their other vouchers."""
    staff = signed_in(request)
    found = get_object_or_404(vouchers(staff), no=no)
    lines = list(VoucherLine.objects.filter(voucher=found).select_related("sku").order_by("id"))
    orders = [source.order for source in found.sources.all()]
    context = {
        "voucher": found,
        "lines": lines,
        "sum": sum((line.amount for line in lines), ZERO),
        "orders": orders,
        "siblings": vouchers_of_orders(staff, [order.id for order in orders]).exclude(id=found.id),
    }
    return render(request, "finance/voucher.html", context)


@require_safe
@needs("finance.view_voucher")
def of_order(request: HttpRequest, no: str) -> HttpResponse:
    """The vouchers of an order, for its page."""
    staff = signed_in(request)
    order = get_object_or_404(visible_orders(staff), no=no)
    return render(request, "finance/_of_order.html", {"vouchers": vouchers_of_orders(staff, [order.id])})


@require_safe
@needs("finance.view_voucher")
def aside_page(request: HttpRequest) -> HttpResponse:
    """The shipped orders that could not be posted, each with its reason."""
    page = load_page(set_aside(signed_in(request)), asked_page(request))
    return render(request, "finance/set_aside.html", {"page": page})


@require_POST
@needs("finance.view_voucher", "finance.post_voucher")
def post(request: HttpRequest) -> HttpResponse:
    """Post what is due of the person's shops; with ``again`` what was set aside before."""
    staff = signed_in(request)
    again = "again" in request.POST
    found = set_aside(staff) if again else due_postings(staff)
    ids = list(found.values_list("id", flat=True)[:AT_ONCE])
    if again:
        post_again(ids)
    result = post_all(actor_id=staff.pk, only=ids)
    if len(ids) == AT_ONCE:
        ring("finance.post_due")
    text = ngettext("%(count)s order posted", "%(count)s orders posted", result.posted) % {"count": result.posted}
    if result.set_aside:
        text += _("; %(count)s set aside") % {"count": result.set_aside}
    messages.success(request, text)
    return redirect("finance:set_aside" if result.set_aside else "finance:vouchers")
