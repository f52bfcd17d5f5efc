from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms.core.errors import UnableTo
from warehouse.imports import import_stock


class Command(BaseCommand):
    help = (
        "Open stock balances from a CSV (UTF-8, GB18030) or XLSX file with 商家编码, 仓库, 数量, or with a column 期初库存:CODE for each "
        "warehouse. A balance that is open is passed over, so that a file may be imported again. Exit status 1 when there are mistakes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and write nothing")

    def handle(self, *_args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        def progress(done: int, total: int) -> None:
            if options["verbosity"] > 0:
                self.stderr.write(f"{done} of {total} balances")

        try:
            with file.open("rb") as stream:
                report = import_stock(stream, dry_run=dry_run, progress=progress)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except UnableTo as error:
            raise CommandError(str(error)) from error
        for mistake in report.errors:
            self.stderr.write(f"line {mistake.line}, {mistake.column or '-'}: {mistake.sentence}")
        self.stdout.write(
            f"{report.lines} lines: {report.opened} balances opened with {report.units} units, {report.same} were open"
        )
        if report.errors:
            raise CommandError(f"{len(report.errors)} mistakes; the lines with them were left out")
