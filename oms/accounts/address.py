"""From where a request comes."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The caller's IP address; None when the request names none.

    Behind proxies of ours (``OMS_PROXIES`` of them) it is the entry of X-Forwarded-For that the outermost of them wrote: each one
    appends whom it was called by, so entries further left are the caller's own claims and are not believed.
    """
    address = request.META.get("REMOTE_ADDR") or ""
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        named = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if named:
            address = named[-min(proxies, len(named))]
    try:
        return str(ip_address(address))
    except ValueError:
        return None
