"""Make the demo's world."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from integrations.sandbox.control_client import ControlClient
from oms.demo.memory import HOME
from oms.demo.world import make_world


class Command(BaseCommand):
    help = (
        "Make what the demo's company needs (goods, stock, shops on the sandbox, rules, staff) as far as it is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox", required=True, help="address of the running sandbox")
        parser.add_argument("--migrate", action="store_true", help="bring the tables up to date before")
        parser.add_argument("--home", type=Path, default=HOME, help="where the sign-ins are kept")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's world is not made in production.")
        os.umask(0o077)
        if options["migrate"]:
            call_command("migrate", verbosity=0)
            self._tell("The tables are ready")
        make_world(ControlClient(options["sandbox"]), options["home"], self._tell)

    def _tell(self, text: str) -> None:
        self.stdout.write(f"          {text}")
        self.stdout.flush()
