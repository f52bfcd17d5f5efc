"""What every page's template knows: the navigation of the person and the theme they chose."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from oms.portal.navigation import navigation_for

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the page's frame."""
    theme = request.COOKIES.get("theme", "")
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "theme": theme if theme in THEMES else "",
        # A part of a page that htmx asks for has no frame.
        "navigation": navigation_for(request) if signed_in and not getattr(request, "htmx", False) else (),
    }
