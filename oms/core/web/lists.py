"""What the pages with a list have in common: the order asked for, and the part that is loaded anew by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def asked_sort(request: HttpRequest, fields: Collection[str]) -> str:
    """The column to sort by, with a minus for descending; empty when the address names none that there is."""
    sort = request.GET.get("sort", "")
    return sort if sort.removeprefix("-") in fields else ""


def render_list(request: HttpRequest, page: str, part: str, context: Mapping[str, Any]) -> HttpResponse:
    """The whole page, or for htmx only the list with the tabs beside it, at the same address."""
    if getattr(request, "htmx", False):
        response = render(request, part, {**context, "oob": True})
        response["Cache-Control"] = "no-store"
    else:
        response = render(request, page, dict(context))
    # Without it the browser's way back would show the part in the place of the page.
    patch_vary_headers(response, ["HX-Request"])
    return response
