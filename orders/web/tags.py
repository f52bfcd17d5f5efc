"""The managed list of order tags."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from oms.accounts.gate import needs
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse
from orders.models import OrderTag


@require_safe
@needs("orders.manage_tag")
def tag_list(request: HttpRequest) -> HttpResponse:
    """Every tag, those in use first."""
    context = {"tags": list(OrderTag.objects.all()), "colours": OrderTag.Colour.choices}
    return render(request, "orders/tags.html", context)


@require_POST
@needs("orders.manage_tag")
def save(request: HttpRequest) -> HttpResponse:
    """Make a tag, or change the name, the colour and whether it is in use of one that there is."""
    name = request.POST.get("name", "").replace("\x00", "").strip()
    colour = request.POST.get("colour", "")
    given = request.POST.get("tag", "")
    if given and not (given.isascii() and given.isdigit() and len(given) < 19):
        given = "0"
    tag = get_object_or_404(OrderTag, pk=int(given)) if given else OrderTag()
    if not name or len(name) > 24 or colour not in OrderTag.Colour.values:
        return refuse(request, UnableTo(_("Give a name of at most 24 characters and a colour.")), "orders:tags")
    tag.name, tag.colour, tag.enabled = name, colour, not given or request.POST.get("enabled") == "1"
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError:
        return refuse(request, UnableTo(_("There is a tag of this name already.")), "orders:tags")
    return redirect("orders:tags")
