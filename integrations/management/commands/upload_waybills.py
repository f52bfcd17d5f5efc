"""manage.py upload_waybills: tell the platforms of the parcels that left."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms.catalog.models import Shop
from oms.core import outbox
from oms.core.models import OutboxMessage
from oms.core.outbox import Delivered
from orders.models import WaybillUpload
from orders.uploads import TOPIC

EVERY_S = 1.0


class Command(BaseCommand):
    help = (
        "Tell the platforms the waybills of shipped parcels that are due. Exit status 1 when a platform refuses one, or one is "
        "still to be tried again; 2 for a mistake in the arguments."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shop", help="code of the shop; all shops by default")
        parser.add_argument(
            "--wait", action="store_true", help="wait for those that are tried again, until each is told or refused"
        )
        parser.add_argument("--patience", type=int, default=600, help="seconds that --wait waits at most (default 600)")

    def handle(self, *_args: Any, **options: Any) -> None:
        shop = self._shop(options["shop"])
        deadline = time.monotonic() + options["patience"]
        total = Delivered()
        while True:
            total = self._deliver(shop, total)
            left = _open(shop)
            if not left or not options["wait"] or time.monotonic() > deadline:
                break
            self.stderr.write(f"{left} are tried again …")
            time.sleep(EVERY_S)
        self.stdout.write(f"Told {total.done}; refused {total.dead}; {left} still to be tried again.")
        self._show(shop)
        if total.dead or left:
            sys.exit(1)

    def _shop(self, code: str | None) -> Shop | None:
        if code is None:
            return None
        shop = Shop.objects.filter(code=code).first()
        if shop is None:
            raise CommandError(f"there is no shop with the code {code}", returncode=2)
        return shop

    def _deliver(self, shop: Shop | None, total: Delivered) -> Delivered:
        while True:
            keys = None if shop is None else _keys(shop)
            round_ = outbox.deliver_due(TOPIC, keys=keys)
            if not round_.total:
                return total
            total += round_
            self.stderr.write(f"{total.total} …")

    def _show(self, shop: Shop | None) -> None:
        failed = WaybillUpload.objects.filter(state=WaybillUpload.State.FAILED).select_related("trade")
        if shop is not None:
            failed = failed.filter(shop=shop)
        for upload in failed.order_by("-id")[:20]:
            self.stdout.write(f"  {upload.trade.trade_no} {upload.waybill_no}: {upload.reason}")


def _keys(shop: Shop) -> list[str]:
    """Keys of the messages of the shop's uploads that are open."""
    states = [WaybillUpload.State.DUE, WaybillUpload.State.SENT, WaybillUpload.State.FAILED]
    ids = WaybillUpload.objects.filter(shop=shop, state__in=states).order_by("id").values_list("id", flat=True)
    return [str(upload_id) for upload_id in ids]


def _open(shop: Shop | None) -> int:
    due = OutboxMessage.objects.filter(topic=TOPIC, state=OutboxMessage.State.DUE)
    return due.count() if shop is None else due.filter(key__in=_keys(shop)).count()
