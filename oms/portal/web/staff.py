"""The people who work here: listed, added, changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oms.accounts import second_factor
from oms.accounts.gate import needs
from oms.accounts.matrix import role_rows
from oms.accounts.models import ScopeGrant, Staff
from oms.accounts.sessions import end_sessions, sessions_of
from oms.accounts.staff import UnableToSaveStaff, add_staff, change_staff
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.web.paging import asked_page, load_page
from oms.portal.web.staff_forms import NewStaffForm, StaffFilters, StaffForm


def everybody() -> QuerySet[Staff]:
    """All staff by name, with the number of shops, warehouses and categories granted one by one."""

    def granted(dimension: str) -> Count:
        return Count("scope_grants", filter=Q(scope_grants__dimension=dimension), distinct=True)

    found = Staff.objects.annotate(
        shop_count=granted(ScopeGrant.Dimension.SHOP),
        warehouse_count=granted(ScopeGrant.Dimension.WAREHOUSE),
        category_count=granted(ScopeGrant.Dimension.CATEGORY),
    )
    return found.prefetch_related("groups").order_by("username")


@require_safe
@needs("accounts.manage_staff")
def members(request: HttpRequest) -> HttpResponse:
    """Everybody who may sign in, or those who may not any more."""
    found = everybody()
    if not request.GET.get("off"):
        found = found.filter(is_active=True)
    filters = StaffFilters(request, found)
    page = load_page(filters.qs, asked_page(request))
    labels = {role.code: role.label for role in role_rows()}
    rows = [(staff, [labels.get(group.name, group.name) for group in staff.groups.all()]) for staff in page.object_list]
    return render(request, "staff/members.html", {"filters": filters, "page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("accounts.manage_staff")
def add(request: HttpRequest) -> HttpResponse:
    """Add somebody."""
    form = NewStaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = form.membership()
        try:
            staff = add_staff(
                form.cleaned_data["username"],
                form.cleaned_data["password"],
                display_name=entered.display_name,
                roles=entered.roles,
                shop_ids=entered.shops,
                warehouse_ids=entered.warehouses,
                all_shops=entered.all_shops,
                all_warehouses=entered.all_warehouses,
                category_ids=None if entered.all_categories else entered.categories,
                by=request,
            )
        except UnableToSaveStaff as error:
            _put_at_field(form, error)
        else:
            messages.success(request, _("%(name)s can sign in now.") % {"name": staff})
            return redirect("staff:member", staff.pk)
    return render(request, "staff/form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("accounts.manage_staff")
def member(request: HttpRequest, staff_id: int) -> HttpResponse:
    """One person: roles, shops, warehouses, categories, a new password."""
    staff, actor = get_object_or_404(Staff, pk=staff_id), signed_in(request)
    form = StaffForm(request.POST or None, staff=staff)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["password"]
        try:
            changed = change_staff(staff.pk, form.membership(), password=password, by=request, actor=actor)
        except UnableToSaveStaff as error:
            _put_at_field(form, error)
        else:
            if password and changed.pk == actor.pk:
                # Their other sessions end, this one does not.
                update_session_auth_hash(request, changed)
            messages.success(request, _("Saved."))
            return redirect("staff:member", staff.pk)
    here = sessions_of(staff, current=request.session.session_key)
    context: dict[str, Any] = {
        "staff": staff,
        "form": form,
        "sessions": here,
        "second_factor": second_factor.is_on(staff),
    }
    return render(request, "staff/form.html", context)


@require_POST
@needs("accounts.manage_staff")
def end(request: HttpRequest, staff_id: int) -> HttpResponse:
    """End one session of somebody, or all of them but the one that asks."""
    staff = get_object_or_404(Staff, pk=staff_id)
    count = end_sessions(staff, request.POST.get("token", ""), by=request)
    said = ngettext("%(count)s session ended.", "%(count)s sessions ended.", count) % {"count": count}
    messages.success(request, said)
    return redirect("staff:member", staff.pk)


@require_POST
@needs("accounts.manage_staff")
def reset_factor(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Take somebody's second factor away, such as after a lost phone."""
    staff = get_object_or_404(Staff, pk=staff_id)
    try:
        done = second_factor.reset(staff, by=request, actor=signed_in(request))
    except UnableTo as error:
        messages.error(request, str(error))
    else:
        said = _("%(name)s has no second factor now.") % {"name": staff}
        messages.success(request, said if done else _("Nothing was different."))
    return redirect("staff:member", staff.pk)


def _put_at_field(form: StaffForm, error: UnableToSaveStaff) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error))
