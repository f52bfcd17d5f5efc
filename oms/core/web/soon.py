"""Holds the place of a page whose view is being written; a test fails while an address still leads here."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def soon(_request: HttpRequest, **_names: str) -> HttpResponse:
    """Nothing yet."""
    raise Http404
