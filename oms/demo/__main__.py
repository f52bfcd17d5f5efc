"""``python -m oms.demo``: run a company's day on this machine. ``make demo`` installs what is needed and calls this."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Any

from oms.demo.company import Company
from oms.demo.memory import HOME, AlreadyRunning, lock
from oms.demo.supervisor import Failed, Stopped

MOST_TRADES = 20_000


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_TRADES:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {MOST_TRADES}")
    return int(text)


def main() -> int:
    """Exit status: 0 when all went well, 1 when something was wrong, 130 when the day was stopped before its end."""
    parser = argparse.ArgumentParser(prog="python -m oms.demo", description="Run a company's day on this machine.")
    parser.add_argument("--once", action="store_true", help="run the day to its end and print its summary as JSON")
    parser.add_argument("--trades", type=_count, default=2000, help="trades of the day (default: %(default)s)")
    parser.add_argument("--timeline", action="store_true", help="with --once: tell where the time went")
    arguments = parser.parse_args()
    try:
        lock_file = lock(HOME)
    except AlreadyRunning as error:
        address = f" at {error}" if str(error) else ""
        sys.stderr.write(f"The demo of this folder is already running{address}. Stop it with Ctrl-C there first.\n")
        return 1
    with lock_file:
        company = Company(HOME, lock_file, timeline=arguments.timeline)

        def asked(_signal: int, _frame: Any) -> None:
            if company.supervisor.stop.is_set():
                company.supervisor.hurry.set()
            company.supervisor.stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, asked)
        try:
            summary = company.run(once=arguments.once, trades=arguments.trades)
        except Stopped:
            return 130 if arguments.once else 0
        except Failed as error:
            sys.stderr.write(f"The demo could not go on: {error}\n")
            return 1
        finally:
            company.close()
    if summary is None:
        return 0
    text, status = summary
    sys.stdout.write(f"{text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
