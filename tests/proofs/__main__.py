"""``python -m tests.proofs oversell|order``: a whole proof on a scratch PostgreSQL, one line of JSON for each part of it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description="Run whole proofs; print JSON lines.")
    parser.add_argument("names", nargs="*", help="what to prove (default: everything)")
    arguments = parser.parse_args()
    from oms.config import LOCAL
    from oms.embedded.postgres import FAST, SAFE, Postgres

    folder: Path = LOCAL / "proofs"
    shutil.rmtree(folder, ignore_errors=True)
    server = Postgres(folder / "postgres", SAFE | FAST, keep=False)
    os.environ.update(OMS_MODE="test", OMS_ENV_FILE="", OMS_HTTPS="false", REDIS_URL="", DATABASE_URL=server.url)
    os.environ["DJANGO_SETTINGS_MODULE"] = "oms.settings"
    try:
        return _run(arguments.names)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(names: list[str]) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    known: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {"oversell": _oversell, "order": _order}
    if unknown := sorted(set(names) - set(known)):
        sys.stderr.write(f"There is no {', '.join(unknown)}; there is {', '.join(known)}.\n")
        return 2
    holds = True
    for name in names or known:
        for line in known[name]():
            holds = holds and line.get("holds", True)
            sys.stdout.write(json.dumps({"proof": name, **line}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    return 0 if holds else 1


def _empty() -> None:
    """As new: every table without rows."""
    from django.core.management import call_command
    from django.db import connection

    from oms.core.partitions import partitioned_tables

    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(partitioned_tables())}")


def _oversell() -> Iterator[dict[str, Any]]:
    from tests.proofs.mutants import MUTANTS
    from tests.proofs.oversell import make_world, storm

    for processes in (2, 8, 32, 128):
        _empty()
        verdict = storm(make_world(), processes, steps=max(20, 1600 // processes))
        yield {"holds": verdict.holds, **vars(verdict)}
    for name, without in MUTANTS.items():
        _empty()
        company = make_world()
        with without():
            verdict = storm(company, 8, steps=40)
        yield {"mutant": name, "holds": not verdict.holds, "caught_by": verdict.violated}


def _order() -> Iterator[dict[str, Any]]:
    from tests.proofs.order import measure

    _empty()
    yield measure(200)


if __name__ == "__main__":
    sys.exit(main())
