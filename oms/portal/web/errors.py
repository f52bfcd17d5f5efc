"""What is answered when a request cannot be: a page, or a sentence where only a part of a page or data was asked for.

A part of a page cannot show a page of its own: htmx gets the sentence in the header X-Sentence, which becomes a toast.
"""

from __future__ import annotations

import sys
from urllib.parse import quote

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import ERROR_500_TEMPLATE_NAME, server_error
from psycopg2.errors import LockNotAvailable, QueryCanceled
from psycopg2.extensions import TransactionRollbackError

from oms.accounts.gate import open_to_all

RETRY_AFTER_S = "10"
CODES = {400: "bad_request", 403: "permission_denied", 404: "not_found", 500: "error", 503: "unavailable"}


@open_to_all
def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or the form is not as expected."""
    sentence = _("Something in the address or the form is not as expected. Go back, reload the page and try again.")
    return _short(request, sentence, 400) or render(request, "400.html", status=400)


@open_to_all
def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the person's role does not include it. What the exception says is for people and comes first."""
    why = str(exception)
    sentence = _(
        "Your role or your shops and warehouses do not include it. Ask the administrator if you need it for your work."
    )
    short = _short(request, f"{why} {sentence}".strip(), 403)
    return short or render(request, "403.html", {"exception": why}, status=403)


@open_to_all
def too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is not that of the session; ``reason`` is Django's own and not for people."""
    sentence = _(
        "The form was opened before you signed in again. Go back, reload the page and try again; nothing was changed."
    )
    return _short(request, sentence, 403) or render(request, "403_csrf.html", status=403)


@open_to_all
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such thing, or not in the person's scope, which is not told apart."""
    sentence = _("The number does not exist, or it belongs to a shop or warehouse that you may not see.")
    return _short(request, sentence, 404) or render(request, "404.html", status=404)


@open_to_all
def broken(request: HttpRequest) -> HttpResponse:
    """500: an error of ours; 503 when the database does not answer, or not in time. Nothing is read from it here."""
    error = sys.exc_info()[1]
    if is_busy(error):
        return _busy(request)
    if is_away(error):
        return _away(request)
    sentence = _(
        "An error on our side; it has been recorded and nothing was half written. Try again, or tell the administrator when and "
        "what you did."
    )
    return _short(request, sentence, 500) or server_error(request, ERROR_500_TEMPLATE_NAME)


def _away(request: HttpRequest) -> HttpResponse:
    sentence = _("The data cannot be reached now. Nothing was half written; try again in a moment.")
    return _later(_short(request, sentence, 503) or server_error(request, "503.html"))


def _busy(request: HttpRequest) -> HttpResponse:
    sentence = _("The database is busy, and this was not done; nothing was half written. Try again in a moment.")
    return _later(_short(request, sentence, 503, code="busy") or server_error(request, "503_busy.html"))


def _later(response: HttpResponse) -> HttpResponse:
    response.status_code = 503
    response["Retry-After"] = RETRY_AFTER_S
    return response


def is_busy(error: BaseException | None) -> bool:
    """Whether a statement was ended because it waited too long for a lock or took too long, or was chosen to end a deadlock."""
    return isinstance(error, OperationalError) and isinstance(
        error.__cause__, LockNotAvailable | QueryCanceled | TransactionRollbackError
    )


def is_away(error: BaseException | None) -> bool:
    """Whether the error says that the database cannot be reached, rather than that a statement is wrong."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = getattr(error.__cause__, "pgcode", None) or ""
    # No code: there was no connection. 08 connection, 53 out of resources, 57 shutting down, starting up; 28 not let in.
    return not code or code[:2] in {"08", "28", "53", "57"}


def _short(request: HttpRequest, sentence: str, status: int, *, code: str = "") -> HttpResponse | None:
    """The answer for htmx and for the API; None when a whole page was asked for."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=status)
        response["X-Sentence"] = quote(sentence)
        return response
    if request.path.startswith("/api/"):
        # The form of every error of the API (docs/api.md).
        return JsonResponse({"code": code or CODES[status], "message": sentence, "details": {}}, status=status)
    return None
