"""What would it change: the time span is chosen, the comparison watched, its result read and taken away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oms.accounts.exports import note_export
from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job, RuleVersion
from oms.core.tables import write_csv, write_xlsx
from orders.explain import label_of, state_label
from orders.rule_sentences import NameBook, sentence_of
from orders.web.rules.forms import SpanForm
from orders.web.rules.pages import page_of
from orders.web.rules.views import asked_draft, frame
from orders.what_if.runs import read_rows, runs_of, start_what_if
from orders.what_if.words import CHANGES, places_in_words, rows_in_words, table_header, table_row

SHOWN = 50
EARLIER = 10


@require_http_methods(["GET", "HEAD", "POST"])
@needs("orders.view_rule", "orders.manage_rule")
def ask(request: HttpRequest, version_id: int) -> HttpResponse:
    """Choose the time span for a draft and start."""
    staff = signed_in(request)
    draft, page = asked_draft(staff, version_id)
    form = SpanForm(staff, request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST":
        try:
            if not form.is_valid():
                raise UnableTo(form.sentence(), code="bad_window")
            since, until = form.span()
            job = start_what_if(draft, staff, since=since, until=until, shop_ids=form.shop_ids())
        except UnableTo as refused:
            error = str(refused)
        else:
            return redirect("rules:result", job.pk)
    earlier = runs_of(staff).filter(params__kind=draft.kind)[:EARLIER]
    context = {
        **frame(staff, page),
        "draft": draft,
        "sentence": sentence_of(draft.kind, draft.content),
        "form": form,
        "error": error,
        "earlier": earlier,
    }
    return render(request, "orders/rules/what_if.html", context, status=422 if error else 200)


def _job(request: HttpRequest, job_id: int) -> Job:
    return get_object_or_404(runs_of(signed_in(request)), pk=job_id)


@require_safe
@needs("orders.view_rule")
def result(request: HttpRequest, job_id: int) -> HttpResponse:
    """The progress, and then what would change."""
    job = _job(request, job_id)
    part = getattr(request, "htmx", False)
    context = _context(request, job)
    if part and job.state not in Job.OPEN:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    return render(request, "orders/rules/_progress.html" if part else "orders/rules/result.html", context)


@require_POST
@needs("orders.view_rule")
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop the comparison."""
    job = _job(request, job_id)
    jobs.cancel(job.pk)
    return redirect("rules:result", job.pk)


@require_safe
@needs("orders.view_rule", "accounts.export_rules")
def export(request: HttpRequest, job_id: int, form: str) -> HttpResponseBase:
    """Every order that differs, as CSV or XLSX."""
    job = _job(request, job_id)
    note_export(request, "rules", form, job=job.pk)
    rows: Iterator[list[object]] = (table_row(row) for row in rows_in_words(read_rows(job)))
    name = f"what-if-{job.pk}"
    if form == "csv":
        answer = StreamingHttpResponse(write_csv(table_header(), rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return answer
    file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - the answer closes it
    write_xlsx(file, _("Orders that differ"), table_header(), rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx")


def _context(request: HttpRequest, job: Job) -> dict[str, Any]:
    staff = signed_in(request)
    params = job.params
    draft = RuleVersion.objects.filter(pk=params["version_id"], state=RuleVersion.State.DRAFT).first()
    context: dict[str, Any] = {
        **frame(staff, page_of(params["kind"], params["content"])),
        "job": job,
        "draft": draft,
        "sentence": sentence_of(params["kind"], params["content"]),
        "since": parse_datetime(params["since"]),
        "until": parse_datetime(params["until"]),
        "shops": len(params["shops"]),
    }
    if job.state == Job.State.DONE and job.result is not None:
        context.update(_result(request, job, job.result))
    return context


def _result(request: HttpRequest, job: Job, found: dict[str, Any]) -> dict[str, Any]:
    change = request.GET.get("change", "")
    change = change if change in found["changes"] else ""
    number = request.GET.get("page", "1")
    first = (int(number) - 1 if number.isascii() and number.isdigit() and 0 < len(number) < 6 else 0) * SHOWN
    first = max(first, 0)
    names = NameBook()
    rows = list(rows_in_words(islice(read_rows(job, change), first, first + SHOWN + 1), names))
    return {
        "result": found,
        "change": change,
        "changes": [(code, _(CHANGES[code]), count) for code, count in found["changes"].items()],
        "moves": [
            (_(CHANGES[kind]), places_in_words(kind, old, names), places_in_words(kind, new, names), count)
            for kind, old, new, count in found["moves"][:12]
        ],
        "states": _both(found, "states", state_label),
        "reasons": _both(found, "exceptions", label_of),
        "freight": _money(found, "freight"),
        "margin": _money(found, "margin"),
        "rows": rows[:SHOWN],
        "page_number": first // SHOWN + 1,
        "more": len(rows) > SHOWN,
    }


def _both(found: dict[str, Any], name: str, words: Any) -> list[tuple[str, int, int, int]]:
    """Codes in words with their figures before and after, and the difference."""
    before, after = found["before"][name], found["after"][name]
    return [
        (words(code), before.get(code, 0), after.get(code, 0), after.get(code, 0) - before.get(code, 0))
        for code in sorted({*before, *after})
    ]


def _money(found: dict[str, Any], name: str) -> dict[str, Any]:
    before, after = Decimal(found["before"][name]), Decimal(found["after"][name])
    return {
        "before": before,
        "after": after,
        "difference": after - before,
        "unknown": (found["before"][f"{name}_unknown"], found["after"][f"{name}_unknown"]),
    }
