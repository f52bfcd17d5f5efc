"""manage.py backup: the database and the kept files, with what is needed to trust a restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from oms.core.backups import backup
from oms.core.errors import UnableTo


class Command(BaseCommand):
    help = "Write a backup into a new folder. Everything may go on meanwhile; the backup is of one moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder that keeps the backups")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            place, manifest = backup(options["to"])
        except UnableTo as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(rows)s rows in %(place)s. Keys that a restore needs: %(keys)s. Keep them apart from the backup.")
            % {"rows": f"{manifest.total:,}", "place": place, "keys": ", ".join(manifest.keys) or "—"}
        )
