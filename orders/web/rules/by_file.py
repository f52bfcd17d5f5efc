"""Blacklist and wish words by file: checked line by line, entered, and (of words) taken away again."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from oms.core.line_imports import LineReport
from oms.core.tables import write_csv
from oms.core.web.replies import refuse
from orders.importing import wish_words
from orders.importing.blacklist import import_blacklist
from orders.web.rules.views import frame

ERRORS_SHOWN = 200


@require_POST
@needs("orders.view_blacklist", "orders.manage_blacklist")
def blacklist(request: HttpRequest) -> HttpResponse:
    """Put the people of a file on the blacklist."""
    return _imported(request, import_blacklist, "blacklist", gettext_lazy("Blacklist"))


@require_POST
@needs("orders.view_rule", "orders.manage_rule")
def words(request: HttpRequest) -> HttpResponse:
    """Add and change wish words by a file."""
    return _imported(request, wish_words.import_words, "wish-words", gettext_lazy("Wish words"))


@require_safe
@needs("orders.view_rule")
def words_file(_request: HttpRequest) -> HttpResponseBase:
    """The wish words as a file that can be imported again."""
    blocks = write_csv(wish_words.HEADER, wish_words.word_rows())
    answer = StreamingHttpResponse(blocks, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="wish-words.csv"'
    return answer


def _imported(request: HttpRequest, run: Callable[..., LineReport], slug: str, title: Promise) -> HttpResponse:
    staff = signed_in(request)
    file, dry_run = request.FILES.get("file"), bool(request.POST.get("dry_run"))
    back = reverse("rules:blacklist") if slug == "blacklist" else reverse("rules:list", args=[slug])
    try:
        if file is None or file.file is None:
            raise UnableTo(_("Choose a CSV or Excel file."), code="file_missing")
        report = run(file.file, staff_id=staff.pk, dry_run=dry_run)
    except UnableTo as error:
        return refuse(request, error, back)
    context = {
        **frame(staff, None, slug),
        "title": title,
        "report": report,
        "errors": report.errors[:ERRORS_SHOWN],
        "dry_run": dry_run,
        "back": back,
    }
    return render(request, "orders/rules/imported.html", context, status=422 if report.errors else 200)
