"""The tree of categories: shown to who sees products, changed by who manages them and sees all of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.scopes import CATEGORY, scoped, sees_all
from oms.accounts.who import signed_in
from oms.catalog.categories import add_category, check_whole, move_category, tree
from oms.catalog.models import Category
from oms.core.errors import UnableTo


@require_safe
@needs("catalog.view_product")
def categories(request: HttpRequest) -> HttpResponse:
    """The categories that the person may see, in their places."""
    staff = signed_in(request)
    whole = sees_all(staff, CATEGORY)
    seen = None if whole else set(scoped(Category.objects.all(), staff).values_list("id", flat=True))
    branches = [branch for branch in tree(counted=True) if seen is None or branch.id in seen]
    context = {"branches": branches, "may_change": whole and staff.has_perm("catalog.manage_product")}
    return render(request, "catalog/categories.html", context)


@require_POST
@needs("catalog.view_product", "catalog.manage_product")
def add(request: HttpRequest) -> HttpResponse:
    """Add a category under another one, or at the root."""
    staff = signed_in(request)
    try:
        check_whole(staff)
        made = add_category(request.POST.get("name", ""), _parent(request), actor_id=staff.pk)
    except UnableTo as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("“%(name)s” is added.") % {"name": made.name})
    return redirect("catalog:categories")


@require_POST
@needs("catalog.view_product", "catalog.manage_product")
def move(request: HttpRequest, category_id: int) -> HttpResponse:
    """Put a category, with all that lies under it, under another one, or at the root."""
    staff = signed_in(request)
    try:
        check_whole(staff)
        moved = move_category(category_id, _parent(request), actor_id=staff.pk)
    except Category.DoesNotExist:
        raise Http404 from None
    except UnableTo as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("“%(name)s” has its place.") % {"name": moved.name})
    return redirect("catalog:categories")


def _parent(request: HttpRequest) -> int | None:
    text = request.POST.get("parent", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UnableTo(_("That category is not there any more. Load the page again."), code="unknown_category")
    return int(text) if text else None


urlpatterns = [
    path("products/categories/", categories, name="categories"),
    path("products/categories/add/", add, name="add_category"),
    path("products/categories/<int:category_id>/move/", move, name="move_category"),
]
