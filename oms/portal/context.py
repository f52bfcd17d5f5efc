"""What every page's template knows: the navigation of the person, the help of the page, and the theme they chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from oms.portal import help as helps
from oms.portal.navigation import navigation_for

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the page's frame."""
    theme = request.COOKIES.get("theme", "")
    user = getattr(request, "user", None)
    # A part of a page that htmx asks for has no frame.
    framed = user is not None and user.is_authenticated and not getattr(request, "htmx", False)
    at = request.resolver_match
    page = helps.PAGES.get(at.view_name) if framed and at is not None else None
    return {
        "theme": theme if theme in THEMES else "",
        "navigation": navigation_for(request) if framed else (),
        "page_help": page,
        "help_links": tuple(helps.related(request.user, page)) if page is not None else (),
    }
