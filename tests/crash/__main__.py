"""``python -m tests.crash``: kill the main line at every point. ``make crash`` calls this."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path


def main() -> int:
    """Exit status 0 only when nothing was violated and every planted bug was caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill the main line at every point.")
    parser.add_argument(
        "--sample", type=int, default=0, help="so many points, drawn by the seed (default: every point)"
    )
    parser.add_argument(
        "--twins",
        action="store_true",
        help="kill also at each point from which nothing but computing leads to the next (default: only at the other of the two)",
    )
    parser.add_argument("--from", dest="first", type=int, default=1, help="first point (default: %(default)s)")
    parser.add_argument("--to", dest="last", type=int, default=0, help="last point (default: the last one)")
    parser.add_argument(
        "--double", type=int, default=-1, help="runs that are killed twice (default: 60, none in a sample)"
    )
    parser.add_argument(
        "--planted", choices=["all", "known", "none"], default="all", help="points at which planted bugs are looked for"
    )
    parser.add_argument(
        "--planted-points",
        type=int,
        default=50,
        help="about so many points for each planted bug (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time (default: %(default)s)")
    parser.add_argument("--source", default="", help="database with the tables and no rows (default: a new one)")
    parser.add_argument("--list", action="store_true", help="only list the points")
    arguments = parser.parse_args()
    from oms.config import LOCAL
    from oms.embedded.postgres import FAST, SAFE, Postgres

    folder = LOCAL / "crash" / str(os.getpid())
    server = None
    if not os.environ.get("DATABASE_URL"):
        server = Postgres(folder / "postgres", SAFE | FAST)
        os.environ["DATABASE_URL"] = server.url
    os.environ.update(OMS_MODE="test", OMS_ENV_FILE="", OMS_HTTPS="false", REDIS_URL="", OMS_LOG_LEVEL="ERROR")
    os.environ["OMS_GATEWAY_ALLOW_PRIVATE"] = "true"
    os.environ["DJANGO_SETTINGS_MODULE"] = "oms.settings"
    try:
        return _run(arguments, folder)
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(arguments: argparse.Namespace, folder: Path) -> int:
    import django

    django.setup()
    from tests.crash.campaign import Campaign

    began = time.monotonic()
    campaign = Campaign(arguments, folder, lambda text: _tell(f"{time.monotonic() - began:6.1f} s  {text}"))
    try:
        summary = campaign.list_points() if arguments.list else campaign.run()
    finally:
        campaign.close()
    summary["seconds"] = round(time.monotonic() - began, 1)
    sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    return 0 if summary["well"] else 1


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
