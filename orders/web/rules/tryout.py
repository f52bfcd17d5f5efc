"""Try the rules, and a draft, on one order or trade."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from orders.try_order import try_order
from orders.web.rules.views import asked_draft


@require_POST
@needs("orders.view_rule", "orders.view_order")
def try_one(request: HttpRequest) -> HttpResponse:
    """What would become of the order or trade of the number, stage by stage."""
    staff = signed_in(request)
    number = request.POST.get("number", "").replace("\x00", "").strip()[:64]
    asked = request.POST.get("draft", "")
    drafts = [asked_draft(staff, int(asked))[0]] if asked.isascii() and asked.isdigit() and len(asked) < 19 else []
    tried, sentence = None, ""
    try:
        tried = try_order(number, staff, drafts)
    except UnableTo as error:
        sentence = str(error)
    return render(request, "orders/rules/_tried.html", {"tried": tried, "error": sentence})
