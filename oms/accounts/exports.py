"""Lists that people take away: declared once, exported in one way, whoever asks and however long the list is.

    page → the list as it is shown (its address) → the permission → at once, or a job with progress → CSV or XLSX → the audit log

Each room declares its lists (``ListExport``) with the page they belong to, the rows as that page reads them (filters and data scope are
the page's own) and the columns. Receivers are masked; who may see them in clear says so with a reason. Rows are read by their keys, a
thousand at a time, so that neither memory nor the number of queries for a thousand rows depends on how many there are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from oms.accounts.audit_log import record
from oms.accounts.models import Staff
from oms.accounts.standing import covers, reach_of
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.tables import write_csv, write_xlsx

KIND = "accounts.export"
FORMS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
AT_ONCE = 3_000
"""Rows that are written while the person waits; more are a job."""
MOST = 1_000_000
"""Rows of one file; a sheet holds 1,048,576."""
PART = 1_000
FOLDER = "exports"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who exports what of a list: the query of its page's address, receivers in clear or not, chosen rows if any are, and whether with
    the columns of the person's own view only."""

    staff: Staff
    query: str = ""
    clear: bool = False
    ids: tuple[int, ...] | None = None
    view: bool = False

    @property
    def params(self) -> QueryDict:
        return QueryDict(self.query)

    @property
    def request(self) -> HttpRequest:
        """The request of the page with this address, as its filters read it."""
        request = HttpRequest()
        request.method = "GET"
        request.GET = QueryDict(self.query)
        request.user = self.staff
        return request


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column: its heading, and how its cell is read from a row (of ``ListExport.gather``)."""

    title: str | Promise
    read: Callable[[Any], object]


def _as_they_are(rows: Sequence[Any], _asked: Asked) -> Sequence[Any]:
    return rows


@dataclass(frozen=True, slots=True)
class ListExport:
    """A list that can be taken away. ``pages`` are the addresses (by name) that show it; ``needs`` are the permissions of the page.

    ``gather`` turns a thousand rows into what the columns read, in a constant number of queries; ``sealed`` is the permission by which
    receivers come in clear (none: there are none in it). ``view`` gives the columns as the person's page shows them.
    """

    code: str
    title: str | Promise
    pages: tuple[str, ...]
    needs: tuple[str, ...]
    rows: Callable[[Asked], QuerySet[Any] | Sequence[Any]]
    columns: tuple[ExportColumn, ...]
    gather: Callable[[Sequence[Any], Asked], Sequence[Any]] = field(default=_as_they_are)
    sealed: str = ""
    view: Callable[[Asked], tuple[ExportColumn, ...]] | None = None

    def columns_for(self, asked: Asked) -> tuple[ExportColumn, ...]:
        """The columns of what is asked: all, or those of the person's view where the list has such."""
        return self.view(asked) if asked.view and self.view is not None else self.columns

    @property
    def permission(self) -> str:
        """The permission to take the list away."""
        return f"accounts.export_{self.code}"

    def allows(self, staff: Staff) -> bool:
        """Whether the staff member may take it away."""
        return staff.has_perms((*self.needs, self.permission))


_exports: dict[str, ListExport] = {}


def register(*exports: ListExport) -> None:
    """Make lists known. Another one under the same code is a mistake of ours and raises RuntimeError."""
    for export in exports:
        if _exports.setdefault(export.code, export) is not export:
            raise RuntimeError(f"two exports {export.code}")


def exports() -> list[ListExport]:
    """Every list that can be taken away, by code."""
    return [_exports[code] for code in sorted(_exports)]


def export_of(code: str) -> ListExport | None:
    """The list of a code."""
    return _exports.get(code)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a list as they stood when they were asked for."""

    export: ListExport
    asked: Asked
    source: QuerySet[Any] | None
    keys: Sequence[Any]

    def __len__(self) -> int:
        return len(self.keys)

    def parts(self) -> Iterator[list[list[object]]]:
        """The cells, a thousand rows at a time. A row that left the list meanwhile is left out."""
        columns = self.export.columns_for(self.asked)
        for start in range(0, len(self.keys), PART):
            rows: Sequence[Any] = self.keys[start : start + PART]
            if self.source is not None:
                by_key = {row.pk: row for row in self.source.filter(pk__in=rows)}
                rows = [by_key[key] for key in rows if key in by_key]
            yield [[column.read(row) for column in columns] for row in self.export.gather(rows, self.asked)]


def find(export: ListExport, asked: Asked, *, most: int = MOST) -> Found:
    """The rows of the list, at most one more than ``most``. Raises UnableTo for a query that is not understood."""
    found = export.rows(asked)
    if not isinstance(found, QuerySet):
        rows = [row for row in found if asked.ids is None or getattr(row, "pk", None) in asked.ids]
        return Found(export, asked, None, rows[: most + 1])
    if asked.ids is not None:
        found = found.filter(pk__in=asked.ids)
    return Found(export, asked, found.order_by(), list(found.values_list("pk", flat=True)[: most + 1]))


def write(found: Found, form: str, file: IO[bytes], beat: Callable[[int], None] = lambda _done: None) -> int:
    """Write the table; returns how many rows. ``beat`` hears of every thousand."""
    count = 0

    def rows() -> Iterator[list[object]]:
        nonlocal count
        for part in found.parts():
            yield from part
            count += len(part)
            beat(count)

    header = [str(column.title) for column in found.export.columns_for(found.asked)]
    if form == "csv":
        file.writelines(write_csv(header, rows()))
    else:
        write_xlsx(file, "".join(c for c in str(found.export.title) if c not in "[]:*?/\\"), header, rows())
    return count


def check_asked(export: ListExport, asked: Asked, form: str, reason: str) -> None:
    """Raises UnableTo for a form that there is not, and for receivers in clear without the permission or a reason."""
    if form not in FORMS:
        raise UnableTo(_("Choose Excel or CSV."), code="export_form")
    if asked.clear and not (export.sealed and asked.staff.has_perm(export.sealed)):
        raise UnableTo(_("You may not see receivers in clear."), code="not_allowed")
    if asked.clear and not reason.strip():
        raise UnableTo(_("Write why you need receivers in clear."), code="reason_missing")


def note_export(who: HttpRequest | Staff, code: str, form: str, reason: str = "", /, **details: Any) -> None:
    """Write into the audit log that a list was taken away. Of the conditions only their names are kept: they may name people."""
    record(who, "export", "export", None, reason.strip()[:500], {"list": code, "format": form, **details})


def details_of(asked: Asked) -> dict[str, Any]:
    """What the audit log keeps of how a list was narrowed."""
    filters = sorted(name for name, values in asked.params.lists() if any(values) and name not in {"page", "sort"})
    return {
        **({"filters": filters} if filters else {}),
        **({"chosen": len(asked.ids)} if asked.ids is not None else {}),
        **({"clear": True} if asked.clear else {}),
        **({"view": True} if asked.view else {}),
    }


def start_export(export: ListExport, asked: Asked, form: str) -> Job:
    """Queue the export of a long list."""
    params = {
        "code": export.code,
        "query": asked.query,
        "clear": asked.clear,
        "ids": None if asked.ids is None else list(asked.ids),
        "view": asked.view,
        "form": form,
        "language": translation.get_language(),
    }
    return jobs.start(KIND, params, title=f"{_('Export')}: {export.title}"[:200], staff_id=asked.staff.pk)


@jobs.runs(KIND)
def run_export(context: jobs.JobContext) -> dict[str, Any]:
    """Write the file. A run that was interrupted begins anew and leaves one file, whose name is the job's."""
    params = context.params
    export, staff = (
        export_of(params["code"]),
        Staff.objects.filter(pk=context.created_by_id or 0, is_active=True).first(),
    )
    if export is None or staff is None or not export.allows(staff):
        raise UnableTo(_("You may not take this list away any more."), code="not_allowed")
    ids = params["ids"]
    asked = Asked(
        staff, params["query"], params["clear"], None if ids is None else tuple(ids), params.get("view", False)
    )
    # Before the first row is read: whatever is narrowed from now on, the file holds nothing that lies outside of this.
    reach = reach_of(staff)
    with translation.override(params["language"]), tempfile.TemporaryFile("w+b") as file:
        check_asked(export, asked, params["form"], "job")
        found = find(export, asked)
        if len(found) > MOST:
            raise UnableTo(
                _("The list has more than %(most)s rows. Narrow it, then export again.") % {"most": MOST},
                code="too_many_rows",
            )
        context.progress(0, len(found))
        count = write(found, params["form"], file, lambda done: context.progress(done, len(found)))
        file.seek(0)
        name = f"{FOLDER}/{context.id}.{params['form']}"
        default_storage.delete(name)
        return {"report": default_storage.save(name, File(file)), "rows": count, "reach": reach}


def may_take(job: Job, staff: Staff) -> bool:
    """Whether somebody may still take the file of an export away: the list is theirs to take, and nothing in it is foreign by now."""
    export = export_of(str(job.params.get("code", "")))
    if export is None or not export.allows(staff):
        return False
    if job.params.get("clear") and not (export.sealed and staff.has_perm(export.sealed)):
        return False
    return covers(reach_of(staff), (job.result or {}).get("reach"))


def file_name(export: ListExport, form: str) -> str:
    """What the file is called: the list and the moment."""
    return f"{export.title} {timezone.localtime():%Y-%m-%d %H%M}.{form}"
