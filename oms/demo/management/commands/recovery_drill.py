"""Strike the running demo and measure how long it takes to recover."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.sandbox.control_client import ControlClient
from oms.config import LOCAL, ROOT
from oms.demo.drill import EXPECTED, Drill, NotRecovered
from oms.demo.memory import HOME, AlreadyRunning, lock

PATIENCE = 240.0
"""Seconds that the demo has to start."""


class Command(BaseCommand):
    help = (
        "Kill the demo's workers, empty its Redis and kill its PostgreSQL, one after another, each with work under way, and measure until "
        "everything due is done and every invariant holds. Starts a demo when none runs. Exit status 1 when an expectation was missed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("blows", nargs="*", default=list(EXPECTED), help="worker, redis, postgresql (default: all)")
        parser.add_argument(
            "--trades", type=int, default=30, help="trades under way at each blow (default: %(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The drill strikes the demo alone, never production.")
        if unknown := sorted(set(options["blows"]) - set(EXPECTED)):
            raise CommandError(f"There is no {', '.join(unknown)}; there is {', '.join(EXPECTED)}.")
        if not _runs():
            self._with_a_demo(options)
            return
        sandbox = f"http://127.0.0.1:{json.loads((HOME / 'memory.json').read_text())['sandbox_port']}"
        drill = Drill(ControlClient(sandbox), HOME, LOCAL / "postgres", self._tell, options["trades"])
        try:
            figures = drill.run(options["blows"])
        except NotRecovered as error:
            raise CommandError(f"It did not recover. There is still: {error}") from error
        self.stdout.write(json.dumps(figures, ensure_ascii=False))
        if missed := [name for name, one in figures.items() if not one["met"]]:
            raise CommandError(f"Slower than expected: {', '.join(missed)}.")

    def _tell(self, text: str) -> None:
        self.stdout.write(f"          {text}")
        self.stdout.flush()

    def _with_a_demo(self, options: dict[str, Any]) -> None:
        """Start a demo, have the drill done by a process that reads its settings, and stop it."""
        self._tell("No demo runs: starting one")
        HOME.mkdir(parents=True, exist_ok=True)
        with (HOME / "drill.log").open("ab") as log:
            demo = subprocess.Popen([sys.executable, "-m", "oms.demo"], cwd=ROOT, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + PATIENCE
            while not (HOME / "lock").read_text().startswith("http"):
                if demo.poll() is not None or time.monotonic() > deadline:
                    raise CommandError(f"The demo did not start; see {HOME / 'drill.log'}.")
                time.sleep(0.5)
            command = [sys.executable, "-W", "ignore", "manage.py", "recovery_drill", *options["blows"]]
            done = subprocess.run([*command, "--trades", str(options["trades"])], cwd=ROOT, check=False)  # noqa: S603
        finally:
            demo.terminate()
            demo.wait(60)
        if done.returncode:
            sys.exit(done.returncode)


def _runs() -> bool:
    try:
        lock(HOME).close()
    except AlreadyRunning:
        return True
    return False
