"""Starts a scratch PostgreSQL that gives up no durability, makes the tables, and runs the measurements that are asked for."""

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
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Print figures as lines of JSON.")
    parser.add_argument("names", nargs="*", help="what to measure (default: everything)")
    parser.add_argument("--trades", type=int, default=100_000, help="trades of the pipeline (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: %(default)s)")
    parser.add_argument("--audits", type=int, default=10_000, help="orders of a batch (default: %(default)s)")
    parser.add_argument("--sale", type=int, default=50_000, help="orders of the flash sale (default: %(default)s)")
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders of the lists (default: %(default)s)")
    parser.add_argument("--campaigns", action="store_true", help="the pipeline with ten live schemes")
    parser.add_argument("--profile", type=Path, help="where the workers' time goes is written to FILE.0, FILE.1 …")
    arguments = parser.parse_args()
    from oms.config import LOCAL
    from oms.embedded.postgres import SAFE, Postgres

    folder = LOCAL / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    server = Postgres(folder / "postgres", SAFE, keep=False)
    os.environ.update(OMS_MODE="test", OMS_ENV_FILE="", OMS_HTTPS="false", REDIS_URL="", DATABASE_URL=server.url)
    os.environ["DJANGO_SETTINGS_MODULE"] = "oms.settings"
    try:
        return _run(arguments, folder)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(arguments: argparse.Namespace, folder: Path) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.bench import batch_audit, flash_sale, invariants, lists, pages, pipeline, promotions, whatif

    known: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
        "pipeline": lambda: pipeline.measure(
            folder,
            arguments.trades,
            arguments.workers,
            campaigns=arguments.campaigns,
            profile=arguments.profile,
        ),
        "flash_sale": lambda: flash_sale.measure(arguments.sale),
        "promotions": promotions.measure,
        "invariants": lambda: invariants.measure(arguments.trades),
        "batch_audit": lambda: batch_audit.measure(arguments.audits),
        "whatif": lambda: whatif.measure(arguments.trades),
        "pages": pages.measure,
        "lists": lambda: lists.measure(arguments.orders),
    }
    if unknown := sorted(set(arguments.names) - set(known)):
        sys.stderr.write(f"There is no {', '.join(unknown)}; there is {', '.join(known)}.\n")
        return 2
    for name in arguments.names or known:
        call_command("flush", verbosity=0, interactive=False)
        for line in known[name]():
            sys.stdout.write(json.dumps({"bench": name, **line}) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
