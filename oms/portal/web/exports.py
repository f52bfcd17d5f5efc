"""Taking a list away: written at once, or by a job that the page of the jobs shows."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from oms.accounts.exports import (
    AT_ONCE,
    FORMS,
    Asked,
    ListExport,
    check_asked,
    details_of,
    export_of,
    file_name,
    find,
    note_export,
    start_export,
    write,
)
from oms.accounts.gate import signed_in_only
from oms.accounts.who import asked_ids, signed_in
from oms.core.errors import UnableTo
from oms.core.web.replies import refuse


@require_POST
@signed_in_only
def export(request: HttpRequest, code: str) -> HttpResponseBase:
    """The list ``code`` under the ``query`` of its page, or only the ``ids`` of it, as ``form``."""
    staff, chosen = signed_in(request), export_of(code)
    if chosen is None:
        raise Http404
    if not chosen.allows(staff):
        raise PermissionDenied
    ids = tuple(asked_ids(request)) or None
    asked = Asked(
        staff,
        request.POST.get("query", "").removeprefix("?")[:8000],
        request.POST.get("clear") == "1",
        ids,
        request.POST.get("columns") == "view",
    )
    form, reason = request.POST.get("form", "xlsx"), request.POST.get("reason", "").replace("\x00", "")
    try:
        if ids is None and request.POST.get("chosen") == "1":
            raise UnableTo(_("No row is selected. Select some, or export the whole list."), code="nothing_chosen")
        check_asked(chosen, asked, form, reason)
        return _answer(request, chosen, asked, form, reason)
    except UnableTo as error:
        return refuse(request, error, _back(request))


def _answer(request: HttpRequest, chosen: ListExport, asked: Asked, form: str, reason: str) -> HttpResponseBase:
    found = find(chosen, asked, most=AT_ONCE)
    if len(found) > AT_ONCE:
        job = start_export(chosen, asked, form)
        note_export(request, chosen.code, form, reason, job=job.pk, **details_of(asked))
        messages.success(
            request, _("The list is long: it is written in the background. Take the file from here when it is done.")
        )
        return redirect("portal:jobs")
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile("w+b"))
        rows = write(found, form, file)
        note_export(request, chosen.code, form, reason, rows=rows, **details_of(asked))
        file.seek(0)
        stack.pop_all()  # the answer closes it
    answer = FileResponse(file, as_attachment=True, filename=file_name(chosen, form), content_type=FORMS[form])
    answer["Cache-Control"] = "no-store"
    return answer


def _back(request: HttpRequest) -> str:
    """The page that asked."""
    page = request.headers.get("Referer", "")
    return page if url_has_allowed_host_and_scheme(page, {request.get_host()}) else "/"
