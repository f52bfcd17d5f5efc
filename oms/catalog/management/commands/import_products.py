from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms.catalog.imports import Report, import_products
from oms.core.errors import UnableTo


class Command(BaseCommand):
    help = (
        "Import products and SKUs from a CSV (UTF-8, GB18030) or XLSX file. Lines with mistakes are listed and left out; "
        "the exit status is 1 when there are any. Opening stock in the same file is read by import_stock."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and write nothing")

    def handle(self, *_args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        def progress(done: int, total: int) -> None:
            if options["verbosity"] > 0:
                self.stderr.write(f"{done} of {total} lines")

        try:
            with file.open("rb") as stream:
                report = import_products(stream, dry_run=dry_run, progress=progress)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except UnableTo as error:
            raise CommandError(str(error)) from error
        self._show(report)
        if report.errors:
            raise CommandError(f"{len(report.errors)} mistakes; the lines with them were left out")

    def _show(self, report: Report) -> None:
        for error in report.errors:
            self.stderr.write(f"line {error.line}, {error.column or '-'}: {error.sentence}")
        for name in report.ignored:
            self.stderr.write(f"the column “{name}” is not known and was not read")
        if report.stock_columns:
            self.stderr.write("the columns of opening stock are read by: manage.py import_stock FILE")
        self.stdout.write(
            f"{report.lines} lines: {report.created} created, {report.changed} changed, {report.same} as they were, "
            f"{report.matched} listings matched"
        )
