"""manage.py ship: ship what a warehouse has been given, in the order of what is promised."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import F

from oms.core.actions import CHUNK, ActionResult, chunks
from warehouse.models import Shipment, Warehouse
from warehouse.queries import STAGES
from warehouse.shipping import ship

LIMIT = 100


class Command(BaseCommand):
    help = (
        "Ship the open, not intercepted shipments of a warehouse, those promised first first; each takes the next waybill number of "
        "its carrier. Exit status 1 when one was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--warehouse", required=True, metavar="CODE", help="the warehouse that ships")
        parser.add_argument(
            "--limit", type=int, default=LIMIT, metavar="N", help=f"at most so many parcels (default {LIMIT})"
        )
        parser.add_argument("--all", action="store_true", help="everything that may leave, whatever the number")

    def handle(self, *_args: Any, **options: Any) -> None:
        warehouse = Warehouse.objects.filter(code=options["warehouse"]).first()
        if warehouse is None:
            known = ", ".join(Warehouse.objects.values_list("code", flat=True))
            raise CommandError(f"There is no warehouse {options['warehouse']}. There are: {known or 'none'}.")
        found = Shipment.objects.filter(STAGES["open"], warehouse=warehouse)
        ids = list(found.order_by(F("ship_by").asc(nulls_last=True), "id").values_list("id", flat=True))
        ids = ids if options["all"] else ids[: max(0, options["limit"])]
        total = ActionResult()
        for number, some in enumerate(chunks(ids), start=1):
            total += ship(some, actor_id=None)
            self.stderr.write(f"{min(number * CHUNK, len(ids))} of {len(ids)} …")
        self.stdout.write(f"Shipped {len(total.done)} of {len(ids)} parcels.")
        for sentence, count in sorted(Counter(refusal.sentence for refusal in total.refused.values()).items()):
            self.stdout.write(f"  {count} refused: {sentence}")
        if total.refused:
            sys.exit(1)
