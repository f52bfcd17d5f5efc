"""Play the demo's day."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.sandbox.control_client import ControlClient
from oms.demo.day import Day


class Command(BaseCommand):
    help = "Play the demo's day against the running processes: to its end with a summary, or without an end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox", required=True, help="address of the running sandbox")
        parser.add_argument("--trades", type=int, default=2000, help="trades of the day (default: %(default)s)")
        parser.add_argument("--keep-going", action="store_true", help="let trades come in until it is stopped")
        parser.add_argument("--result", type=Path, help="file for the summary (default: standard output)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's day is not played in production.")
        began = time.monotonic()

        def tell(text: str) -> None:
            self.stdout.write(f"          {time.monotonic() - began:5.1f} s  {text}")
            self.stdout.flush()

        day = Day(ControlClient(options["sandbox"]), tell)
        if options["keep_going"]:
            day.keep_going(options["trades"])
        summary = day.play(options["trades"])
        text = json.dumps(summary, ensure_ascii=False)
        if options["result"]:
            options["result"].write_text(text)
        else:
            self.stdout.write(text)
        if summary["wrong"]:
            raise CommandError("The day is not as it must be: " + "; ".join(summary["wrong"]))
