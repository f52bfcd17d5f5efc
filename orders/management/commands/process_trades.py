"""manage.py process_trades: what the workers do with due trades and orders, done now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orders.pipeline import BATCH, BatchResult, process_due


class Command(BaseCommand):
    help = (
        "Process due trades and orders, batch after batch until nothing is due: match, route, approve, reserve. "
        "Other processes may do the same at the same time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help=f"trades in one transaction (default {BATCH})")

    def handle(self, *_args: Any, **options: Any) -> None:
        def progress(total: BatchResult) -> None:
            self.stderr.write(f"{total.trades} trades and {total.orders} waiting orders …")

        total = process_due(max(1, options["batch"]), progress=progress)
        self.stdout.write(f"Processed {total.trades} trades and {total.orders} waiting orders.")
        for state, count in sorted(total.states.items()):
            self.stdout.write(f"  {state}: {count}")
        for reason, count in sorted(total.exceptions.items()):
            self.stdout.write(f"  exception {reason}: {count}")
