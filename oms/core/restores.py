"""Restoring a backup: all of it or nothing, and nothing that could not be opened afterwards.

    check files, keys, versions and that nobody else is on the database → put the old schema aside → pg_restore in one transaction
    → migrate → compare rows, keys, invariants → drop the old schema

Whatever fails before the last step brings the old schema back.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from oms.core import pg_tools
from oms.core.backups import DUMP, FILES, Manifest, count_rows, fingerprint, read_manifest, used_keys
from oms.core.errors import UnableTo
from oms.core.invariants import Violation, check_all

ASIDE = "before_restore"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands after a restore; ``violations`` were in the backup already."""

    manifest: Manifest
    violations: tuple[Violation, ...]


def check_restore(place: Path) -> Manifest:
    """The manifest of a backup that this code, these keys and this database can take. Raises UnableTo."""
    manifest = read_manifest(place)
    configured = {name: fingerprint(key) for name, key in settings.FIELD_KEYS}
    wrong = sorted(name for name, print_ in manifest.keys.items() if configured.get(name) != print_)
    if wrong:
        raise UnableTo(
            _("The backup needs the keys %(names)s as they were when it was made. Put them into OMS_FIELD_KEYS.")
            % {"names": ", ".join(wrong)},
            code="keys_missing",
        )
    if fingerprint(settings.BLIND_INDEX_KEY) != manifest.index_key:
        raise UnableTo(
            _("OMS_BLIND_INDEX_KEY is not that of the backup: no receiver would be found any more."),
            code="keys_missing",
        )
    known = MigrationLoader(None).disk_migrations
    if newer := sorted(f"{a}.{n}" for a, names in manifest.migrations.items() for n in names if (a, n) not in known):
        raise UnableTo(
            _("A newer version made the backup (%(names)s). Install that version first.")
            % {"names": ", ".join(newer[:5])},
            code="too_new",
        )
    if others := _others():
        raise UnableTo(
            _("%(count)s other connections use the database. Stop web, workers and beat first.") % {"count": others},
            code="in_use",
        )
    return manifest


def _others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        count: int = cursor.fetchone()[0]
        return count


def restore(place: Path, tell: Tell = lambda _text: None) -> Restored:
    """Replace everything by the backup in ``place``. Raises UnableTo, and then everything is as it was."""
    manifest = check_restore(place)
    _put_aside()
    try:
        tell(_("Restoring %(rows)s rows") % {"rows": f"{manifest.total:,}"})
        program = pg_tools.program("pg_restore")
        options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        pg_tools.run([program, *options, f"--dbname={connection.settings_dict['NAME']}", str(place / DUMP)])
        if (rows := count_rows()) != manifest.rows:
            different = sorted(
                name for name in rows.keys() | manifest.rows.keys() if rows.get(name) != manifest.rows.get(name)
            )
            raise UnableTo(
                _("After the restore the rows of %(tables)s are not those of the backup.")
                % {"tables": ", ".join(different[:5])},
                code="incomplete",
            )
        if lost := used_keys() - manifest.keys.keys():
            raise UnableTo(
                _("The backup's list of keys leaves out %(names)s.") % {"names": ", ".join(lost)}, code="damaged"
            )
        tell(_("Bringing the tables up to this version"))
        call_command("migrate", interactive=False, verbosity=0)
    except BaseException:
        _bring_back()
        raise
    _drop_aside()
    _unpack_files(place / FILES)
    tell(_("Checking what must always be true"))
    return Restored(manifest, tuple(check_all()))


def _put_aside() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [ASIDE])
        killed = cursor.fetchone()[0]
    if killed:
        # A restore was killed half way: what it had put aside is what there was.
        _bring_back()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA public RENAME TO {ASIDE}")
        cursor.execute("CREATE SCHEMA public")


def _bring_back() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS public CASCADE")
        cursor.execute(f"ALTER SCHEMA {ASIDE} RENAME TO public")


def _drop_aside() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {ASIDE} CASCADE")


def _unpack_files(archive: Path) -> None:
    """The files as they were; what has been added since the backup is removed."""
    with tarfile.open(archive) as packed:
        members = packed.getmembers()
        if not members:
            return
        for path in settings.DATA_DIR.iterdir() if settings.DATA_DIR.is_dir() else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        packed.extractall(settings.DATA_DIR, members, filter="data")
