"""manage.py restore: a backup instead of everything that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from oms.core.backups import made, newest
from oms.core.errors import UnableTo
from oms.core.restores import check_restore, restore


class Command(BaseCommand):
    help = (
        "Replace everything by a backup: all of it or nothing. Web, workers and beat must be stopped. Without --yes it only says "
        "what it would do. Exit status 1 when the restored figures contradict each other."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", type=Path, required=True, metavar="DIR", dest="source", help="a backup, or a folder of which the newest is taken"
        )  # fmt: skip
        parser.add_argument("--yes", action="store_true", help="do it: what is there now is lost")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            place = newest(options["source"])
            if not options["yes"]:
                manifest = check_restore(place)
                raise CommandError(
                    _("%(place)s of %(moment)s with %(rows)s rows would replace everything. Say --yes to do it.")
                    % {
                        "place": place,
                        "moment": f"{localtime(made(manifest)):%Y-%m-%d %H:%M:%S}",
                        "rows": f"{manifest.total:,}",
                    }
                )
            restored = restore(place, self.stdout.write)
        except UnableTo as error:
            raise CommandError(str(error)) from error
        if restored.violations:
            raise CommandError(
                _("Restored, but these do not hold: %(codes)s. They did not hold when the backup was made either.")
                % {"codes": ", ".join(one.code for one in restored.violations)}
            )
        self.stdout.write(
            _("Restored: %(rows)s rows of %(tables)s tables, as they were; everything holds.")
            % {"rows": f"{restored.manifest.total:,}", "tables": len(restored.manifest.rows)}
        )
