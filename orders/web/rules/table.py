"""Rows of freight tables and delivery regions by file: taken away, checked line by line, and put in the place of what is there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from oms.accounts.gate import needs
from oms.accounts.models import Staff
from oms.accounts.who import signed_in
from oms.core import versions
from oms.core.errors import UnableTo
from oms.core.tables import write_csv
from orders.tariff_rows import ReadRows, file_header, file_rows, read_file
from orders.web.rules.pages import Page
from orders.web.rules.views import asked_page, frame

ERRORS_SHOWN = 200


def _table(staff: Staff, slug: str, rule_id: int, *, manage: bool) -> tuple[Page, Any]:
    page = asked_page(staff, slug, manage=manage)
    return page, get_object_or_404(page.rules() if page.rows else page.rules().none(), pk=rule_id)


@require_safe
@needs("orders.view_rule")
def export_rows(request: HttpRequest, slug: str, rule_id: int) -> HttpResponseBase:
    """The rows as a file that can be imported again."""
    page, rule = _table(signed_in(request), slug, rule_id, manage=False)
    rows = page.rule_kind.content_of(rule)[page.rows]
    answer = StreamingHttpResponse(
        write_csv(file_header(page.rows), file_rows(page.rows, rows)), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{page.slug}-{rule_id}.csv"'
    return answer


@require_POST
@needs("orders.view_rule", "orders.manage_rule")
def import_rows(request: HttpRequest, slug: str, rule_id: int) -> HttpResponse:
    """Check the file line by line; without mistakes, and unless it is only checked, its rows replace those that are there."""
    staff = signed_in(request)
    page, rule = _table(staff, slug, rule_id, manage=True)
    content = page.rule_kind.content_of(rule)
    before = content[page.rows]
    report: dict[str, Any] = {**frame(staff, page), "rule": rule, "dry_run": bool(request.POST.get("dry_run"))}
    try:
        name, read = _read(request, page)
        content[page.rows] = list(read.rows)
        problems = [] if read.errors else versions.find_problems(page.kind, content, rule.pk)
        refused = [problem.sentence for problem in problems if not problem.warning]
        if not (read.errors or refused or report["dry_run"]):
            saved = versions.save_rule(
                page.kind,
                content,
                author_id=staff.pk,
                rule_id=rule.pk,
                note=_("Imported from %(file)s") % {"file": name},
            )
            messages.success(
                request, _("Saved as version %(version)s; it counts from now on.") % {"version": saved.version}
            )
            return redirect("rules:change", page.slug, rule.pk)
    except UnableTo as error:
        report["refused"] = [str(error)]
        return render(request, "orders/rules/import.html", report, status=422)
    report |= _difference(page, before, list(read.rows))
    report |= {
        "lines": len(read.rows),
        "mistakes": len(read.errors),
        "errors": read.errors[:ERRORS_SHOWN],
        "refused": refused,
        "warnings": [problem.sentence for problem in problems if problem.warning],
    }
    return render(request, "orders/rules/import.html", report, status=422 if read.errors or refused else 200)


def _read(request: HttpRequest, page: Page) -> tuple[str, ReadRows]:
    file = request.FILES.get("file")
    if file is None or file.file is None:
        raise UnableTo(_("Choose a CSV or Excel file."), code="file_missing")
    return file.name or "", read_file(page.rows, file.file)


def _difference(page: Page, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, int]:
    """How many rows are new, changed, as they were, and gone."""

    def by_region(rows: list[dict[str, Any]]) -> dict[tuple[Any, Any], dict[str, Any]]:
        return {(row["prefix"], row.get("valid_from")): row for row in rows}

    old, new = by_region(before), by_region(after)
    shared = old.keys() & new.keys()
    same = sum(old[key] == new[key] for key in shared)
    return {
        "new": len(new.keys() - old.keys()),
        "changed": len(shared) - same,
        "same": same,
        "gone": len(old.keys() - new.keys()),
    }
