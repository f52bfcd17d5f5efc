"""Answers to what a person does on a page: a toast for what went well, a list with a sentence a row for what did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django_htmx.http import trigger_client_event

from oms.core.errors import UnableTo

CHANGED = "oms:changed"
"""The browser's event after which lists load themselves anew."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row of a batch: refused with a sentence, or done (with what is worth saying, if anything)."""

    name: str
    done: bool
    sentence: str = ""
    url: str = ""


def back_to(request: HttpRequest, fallback: str) -> HttpResponse:
    """To the page the form was on, when it is one of ours."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if target and safe else fallback)


def batch_reply(
    request: HttpRequest, title: str, results: Sequence[RowResult], *, show_done: bool = False
) -> HttpResponse:
    """Tell a htmx request how a batch went; the lists of the page load themselves anew.

    When every row was done a toast says so; otherwise a dialog gives each row that was refused its sentence.
    """
    done = sum(result.done for result in results)
    refused = [result for result in results if not result.done]
    said = [result for result in results if result.done and result.sentence] if show_done else []
    summary = ngettext("%(title)s: %(count)s done", "%(title)s: %(count)s done", done) % {"title": title, "count": done}
    if refused or said:
        context = {"title": title, "done": done, "refused": refused, "said": said}
        response = render(request, "parts/results.html", context)
        trigger_client_event(response, "oms:dialog", {"open": "#result-dialog"}, after="swap")
    else:
        response = HttpResponse()
        trigger_client_event(response, "oms:toast", {"text": summary, "tone": "done"})
    trigger_client_event(response, "oms:close", {})
    trigger_client_event(response, CHANGED, {})
    return trigger_client_event(response, "oms:beat", {})


def refuse(request: HttpRequest, error: UnableTo, fallback: str) -> HttpResponse:
    """Say why something cannot be done: to htmx as a toast, to a plain form on the page it came from."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=422)
        response["X-Sentence"] = quote(str(error))
        return response
    messages.error(request, str(error))
    return back_to(request, fallback)
