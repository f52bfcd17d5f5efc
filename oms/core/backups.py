"""Backups: a dump of the database, the kept files, and a manifest that says what must be there after a restore.

    one snapshot: count the rows, find the keys that sealed values name, pg_dump → pack the files → write the manifest last

A folder without a manifest is no backup. The keys themselves are never in it, only their names and fingerprints: without them
receivers and shop sessions stay closed, which is why a backup that needs a key that is not configured is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core import pg_tools
from oms.core.errors import UnableTo
from oms.core.fields import EncryptedTextField

FORMAT = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files.tar"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``keys`` are the names of the keys that sealed values need, with fingerprints; so is ``index_key``."""

    format: int
    made_at: str
    server: int
    rows: dict[str, int]
    migrations: dict[str, list[str]]
    keys: dict[str, str]
    index_key: str
    sha256: dict[str, str]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def fingerprint(key: bytes) -> str:
    """Tells two keys apart without telling either."""
    return hmac.digest(key, b"oms backup", "sha256")[:8].hex()


def backup(folder: Path) -> tuple[Path, Manifest]:
    """Write a backup into a new folder below ``folder``; where it is and what it holds. Raises UnableTo."""
    made_at = timezone.now()
    place = folder / f"oms-{made_at:%Y%m%dT%H%M%S.%fZ}"
    place.mkdir(parents=True, mode=0o700)
    dump = place / DUMP
    with transaction.atomic(), connection.cursor() as cursor:
        # Everything below sees the same moment, pg_dump included.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        rows, keys, migrations = count_rows(), _needed_keys(), applied_migrations()
        program = pg_tools.program("pg_dump")
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={dump}")
        pg_tools.run([program, *options])
    _pack_files(place / FILES)
    manifest = Manifest(
        format=FORMAT,
        made_at=made_at.isoformat(),
        server=pg_tools.server_version(),
        rows=rows,
        migrations=migrations,
        keys=keys,
        index_key=fingerprint(settings.BLIND_INDEX_KEY),
        sha256={name: _digest(place / name) for name in (DUMP, FILES)},
    )
    _write_manifest(place, manifest)
    return place, manifest


def count_rows() -> dict[str, int]:
    """The rows of every table; partitions count with their table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
        )
        tables = [row[0] for row in cursor.fetchall()]
        counted = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counted[table] = cursor.fetchone()[0]
        return counted


def applied_migrations() -> dict[str, list[str]]:
    """The migrations of the database by app."""
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        found.setdefault(app, []).append(name)
    return found


def sealed_columns() -> list[tuple[str, str]]:
    """Table and column of everything that is stored sealed."""
    return sorted(
        (model._meta.db_table, field.column or "")
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField) or field.name in getattr(model, "SEALED_FIELDS", ())
    )


def used_keys() -> set[str]:
    """The names of the keys that sealed values of this database were sealed with (see ``oms.core.crypto`` for the form)."""
    names: set[str] = set()
    with connection.cursor() as cursor:
        for table, column in sealed_columns():
            value = connection.ops.quote_name(column)
            cursor.execute(
                f"SELECT DISTINCT substring({value} FROM 3 FOR get_byte({value}, 1)) "
                f"FROM {connection.ops.quote_name(table)} WHERE length({value}) > 2"
            )
            names |= {bytes(row[0]).decode(errors="replace") for row in cursor.fetchall()}
    return names


def _needed_keys() -> dict[str, str]:
    configured = {name: fingerprint(key) for name, key in settings.FIELD_KEYS}
    used = used_keys()
    if missing := sorted(used - configured.keys()):
        raise UnableTo(
            _(
                "Values are sealed with keys that OMS_FIELD_KEYS does not name: %(names)s. Add them, or nothing can open them."
            )
            % {"names": ", ".join(missing)},
            code="keys_missing",
        )
    return {name: configured[name] for name in sorted(used)}


def _pack_files(path: Path) -> None:
    """What people uploaded and jobs keep; the folder may not exist yet."""
    with tarfile.open(path, "w") as archive:
        if settings.DATA_DIR.is_dir():
            archive.add(settings.DATA_DIR, arcname=".")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_manifest(place: Path, manifest: Manifest) -> None:
    """Complete or not there: written beside, flushed to disk, renamed."""
    unfinished = place / f"{MANIFEST}.part"
    with unfinished.open("w") as file:
        json.dump(asdict(manifest), file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(place / MANIFEST)


def read_manifest(place: Path) -> Manifest:
    """The manifest of a backup whose files are as they were written. Raises UnableTo."""
    try:
        told: dict[str, Any] = json.loads((place / MANIFEST).read_text())
        manifest = Manifest(**told)
    except FileNotFoundError:
        raise UnableTo(_("%(place)s holds no whole backup.") % {"place": place}, code="no_backup") from None
    except (ValueError, TypeError) as error:
        raise UnableTo(_("The manifest of %(place)s cannot be read.") % {"place": place}, code="damaged") from error
    for name, digest in manifest.sha256.items():
        if not (place / name).exists() or _digest(place / name) != digest:
            raise UnableTo(
                _("%(file)s is not as it was written: the backup is damaged. Take another one.")
                % {"file": place / name},
                code="damaged",
            )
    return manifest


def newest(folder: Path) -> Path:
    """The newest whole backup of a folder, or the folder itself if it is one. Raises UnableTo."""
    if (folder / MANIFEST).exists():
        return folder
    found = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}"))
    if not found:
        raise UnableTo(_("%(place)s holds no whole backup.") % {"place": folder}, code="no_backup")
    return found[-1]


def made(manifest: Manifest) -> dt.datetime:
    """When the backup was made."""
    return dt.datetime.fromisoformat(manifest.made_at)
