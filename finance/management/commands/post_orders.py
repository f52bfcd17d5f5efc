"""manage.py post_orders: post what was shipped."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from finance.models import PostingDue
from finance.posting import BATCH, PostingResult, post_again, post_all


class Command(BaseCommand):
    help = (
        "Post shipped orders, batch after batch until nothing is due: each becomes a sales order, a delivery note and an outbound "
        "note. Exit status 1 when an order was set aside."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help=f"orders in one transaction (default {BATCH})")
        parser.add_argument("--again", action="store_true", help="also try those that were set aside before")

    def handle(self, *_args: Any, **options: Any) -> None:
        def progress(total: PostingResult) -> None:
            self.stderr.write(f"{total.total} orders …")

        if options["again"]:
            post_again(list(PostingDue.objects.exclude(reason_code="").values_list("id", flat=True)))
        total = post_all(max(1, options["batch"]), progress=progress)
        self.stdout.write(f"Posted {total.posted} orders; {total.set_aside} set aside.")
        if total.set_aside:
            for due in PostingDue.objects.exclude(reason_code="").select_related("order").order_by("-id")[:20]:
                self.stdout.write(f"  {due.order.no}: {due.reason}")
            sys.exit(1)
