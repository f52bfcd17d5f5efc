"""The import of products as a job: the file waits in the storage, and a report of its mistakes is left there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from oms.accounts.standing import still
from oms.catalog.categories import check_whole
from oms.catalog.imports import import_products
from oms.core import jobs
from oms.core.columns import LineError
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.tables import LIMITS, write_csv

KIND = "catalog.import_products"
SHOWN = 50
"""Mistakes that are shown on the page; the report holds all of them."""


def start_import(file: File[bytes], name: str, *, dry_run: bool, staff_id: int) -> Job:
    """Keep the file and queue its import. Raises UnableTo for a file that is too large."""
    if file.size > LIMITS.file_bytes:
        raise UnableTo(
            _("The file is larger than %(limit)s MB. Split it.") % {"limit": LIMITS.file_bytes // 2**20},
            code="file_too_large",
        )
    path = default_storage.save(f"imports/{uuid.uuid4().hex}", file)
    return jobs.start(KIND, {"path": path, "name": name[:200], "dry_run": dry_run}, title=name[:200], staff_id=staff_id)


def cancel_import(job: Job) -> None:
    """Ask the import to stop; what went in stays. One that has not begun leaves no file behind."""
    jobs.cancel(job.pk)
    job.refresh_from_db()
    if job.state == Job.State.CANCELLED:
        default_storage.delete(job.params["path"])


@jobs.runs(KIND)
def run_import(context: jobs.JobContext) -> Mapping[str, Any]:
    """Import the kept file; run again after a crash it changes nothing more. The file is removed when it is done."""
    path = context.params["path"]
    if not default_storage.exists(path):
        raise UnableTo(_("The file is not there any more. Choose it again."), code="file_missing")

    def go_on(done: int, total: int) -> None:
        """An administrator may narrow what the person may do while a long file goes in."""
        check_whole(still(context.created_by_id, "catalog.manage_product"))
        context.progress(done, total)

    try:
        go_on(0, 0)
        with default_storage.open(path, "rb") as stream:
            report = import_products(
                _seekable(stream),
                dry_run=context.params["dry_run"],
                actor_id=context.created_by_id,
                progress=go_on,
            )
    except (UnableTo, jobs.JobCancelled):
        default_storage.delete(path)
        raise
    result = {
        "lines": report.lines,
        "created": report.created,
        "changed": report.changed,
        "same": report.same,
        "matched": report.matched,
        "dry_run": context.params["dry_run"],
        "ignored": list(report.ignored),
        "stock_columns": list(report.stock_columns),
        "mistakes": len(report.errors),
        "shown": [[error.line, error.column, error.sentence] for error in report.errors[:SHOWN]],
        "report": _keep_report(context.id, report.errors),
    }
    default_storage.delete(path)
    return result


def _seekable(stream: File[bytes]) -> BinaryIO:
    raw = stream.file
    if raw is None:
        raise ValueError("a closed file")
    return raw  # type: ignore[return-value]


def _keep_report(job_id: int, errors: list[LineError]) -> str:
    """Store the mistakes as CSV and return where; nothing when there are none."""
    if not errors:
        return ""
    rows = ((error.line, error.column, error.sentence) for error in errors)
    data = b"".join(write_csv([_("Line"), _("Column"), _("What is wrong")], rows))
    return default_storage.save(f"imports/report-{job_id}-{uuid.uuid4().hex}.csv", ContentFile(data))
