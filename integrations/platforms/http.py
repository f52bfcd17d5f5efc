"""Outgoing calls: bounded in time and size, never redirected, and only to addresses that may be called.

The host's name is resolved and looked at before each connection, and the connection goes to the address that was looked at, so that a
name cannot point elsewhere in between. Proxies named in the environment are not used.
"""

from __future__ import annotations

import datetime as dt
import functools
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from integrations.platforms.addresses import is_public, resolve
from integrations.platforms.base import Misconfigured, Throttled, Unreachable

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 60.0
MAX_BYTES = 8 * 1024 * 1024
LIMITS = httpx.Limits(max_connections=8, keepalive_expiry=3.0)
"""Many servers end a connection that was idle for five seconds: we let it go before that, not at the same moment."""


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The authorities that vouch for hosts: read once for a process, since that takes longer than many a call."""
    return httpx.create_ssl_context()


class AddressRefused(Exception):
    """The name leads to an address that may not be called."""


class CheckedTransport(httpx.BaseTransport):
    """Connects only to addresses that were looked at after the name was resolved."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpx.HTTPTransport(verify=_trusted(), retries=0, limits=LIMITS)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises AddressRefused and what httpx raises."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            addresses = resolve(url.host, port)
        except OSError as error:
            raise httpx.ConnectError(f"{url.host} cannot be resolved", request=request) from error
        if not self._allow_private and not all(map(is_public, addresses)):
            raise AddressRefused(url.host)
        for address in addresses[:-1]:
            try:
                return self._inner.handle_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent yet: the host's next address may answer
        return self._inner.handle_request(_pinned(request, addresses[-1]))

    def close(self) -> None:
        self._inner.close()


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    """The request to this very address; the certificate is still checked against the name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def check_url(url: str) -> str:
    """A sentence about what is wrong with a gateway's address, or an empty text."""
    try:
        parts = urlsplit(url)
        port_given = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        return _("This is no web address.")
    if parts.scheme not in {"https", "http"} or not parts.hostname or not port_given:
        return _("The address must begin with https:// and name a host.")
    if parts.username or parts.password or parts.fragment:
        return _("The address must hold neither a name, nor a password, nor a #.")
    if parts.scheme == "http" and not settings.GATEWAY_ALLOW_PRIVATE:
        return _("The address must begin with https://, since keys travel to it.")
    return ""


def post_form(client: httpx.Client, url: str, fields: Mapping[str, str]) -> bytes:
    """The body of the answer to a form. Raises Unreachable, Throttled, Misconfigured."""
    deadline = time.monotonic() + WHOLE_SECONDS
    try:
        with client.stream("POST", url, data=fields) as response:
            _check_status(response)
            return b"".join(_read(response, deadline))
    except AddressRefused as error:
        raise Misconfigured(
            _("The address of the gateway (%(host)s) lies in a private network, which the settings forbid.")
            % {"host": str(error)},
            code="address_refused",
        ) from None
    except httpx.TimeoutException as error:
        raise Unreachable(_("The platform did not answer in time."), code="timeout") from error
    except httpx.TransportError as error:
        raise Unreachable(
            _("The connection to the platform failed (%(detail)s).") % {"detail": type(error).__name__},
            code="connection",
        ) from error
    except (httpx.InvalidURL, httpx.DecodingError) as error:
        raise Unreachable(_("The answer of the platform cannot be read."), code="garbage") from error


def open_client(
    *, read_seconds: float = READ_SECONDS, hear: Callable[[httpx.Response], None] | None = None
) -> httpx.Client:
    """A client with all of the limits; close it. ``hear`` is given every answer before its body is read."""
    return httpx.Client(
        transport=CheckedTransport(allow_private=settings.GATEWAY_ALLOW_PRIVATE),
        timeout=httpx.Timeout(read_seconds, connect=min(CONNECT_SECONDS, read_seconds)),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "oms/1"},
        event_hooks={"response": [hear] if hear else []},
    )


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    retry_after = _retry_after(response.headers.get("Retry-After", ""))
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Throttled(_("The platform limits the calls."), code="http_429", retry_after=retry_after)
    if status >= 500 or status == httpx.codes.REQUEST_TIMEOUT:
        raise Unreachable(
            _("The platform answers with HTTP status %(status)s.") % {"status": status},
            code=f"http_{status}",
            retry_after=retry_after,
        )
    raise Misconfigured(
        _("The address of the gateway answers with HTTP status %(status)s; it is not the platform's gateway.")
        % {"status": status},
        code=f"http_{status}",
    )


def _retry_after(text: str) -> dt.timedelta | None:
    """Seconds as of RFC 9110 section 10.2.3; a date is not worth the trouble, our own pause does."""
    return dt.timedelta(seconds=min(int(text), 3600)) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _read(response: httpx.Response, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BYTES:
            raise Unreachable(_("The answer of the platform is too large."), code="too_large")
        if time.monotonic() > deadline:
            raise Unreachable(_("The platform did not answer in time."), code="timeout")
        yield chunk
