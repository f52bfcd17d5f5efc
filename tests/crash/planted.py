"""Bugs planted on purpose: if the enumeration did not catch them, it would prove nothing. Without a crash each of them goes unnoticed.

Each is a variant of one function of the product, the way the field gets it wrong (docs/promises.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from finance import posting
from finance.locks import claim_postings
from finance.models import PostingDue
from finance.plan import SetAside, plan_posting
from integrations import download, uploads, windows
from integrations.uploads import UploadHandler
from oms.celery import app
from oms.core import outbox
from oms.core.models import OutboxMessage
from oms.core.outbox import DeliveryFailure, Message
from orders import pipeline, shipping
from orders.locks import claim_due_trades
from orders.models import Trade, WaybillUpload
from orders.uploads import TOPIC, load_request
from tests.crash.points import Point
from warehouse.models import Shipment
from warehouse.waybills import take_waybills


@dataclass(frozen=True, slots=True)
class Bug:
    """What was done wrong, how it is planted, the steps in which it can show, and points (a pattern) that are known to catch it."""

    sentence: str
    plant: Callable[[], None]
    steps: frozenset[str]
    known: str

    def may_show_at(self, point: Point) -> bool:
        return point.step in self.steps

    def is_known_at(self, point: Point) -> bool:
        return re.search(self.known, str(point)) is not None


def _replace(owner: Any, name: str, value: Any) -> None:
    """For the life of a short process."""
    setattr(owner, name, value)


def _position_first() -> None:
    """The position moves, and is committed, before the trades of its window are stored."""
    take = windows.take_window

    def take_window(*args: Any, finish: Callable[[], None] = lambda: None, **options: Any) -> Any:
        finish()
        return take(*args, **options)

    def move_alone(self: Any, window: Any, start: Any) -> None:
        # Only the position: the second look would find the trades again.
        self._update(position=window.until)

    _replace(download, "take_window", take_window)
    _replace(download._Run, "_move", move_alone)


def _waybill_anew() -> None:
    """Every attempt takes a fresh waybill number and tells the platform that."""

    def call(self: UploadHandler, message: Message) -> Any:
        upload = WaybillUpload.objects.select_related("shipment").get(id=message.payload["upload"])
        if message.attempt > 1:
            with transaction.atomic():
                number = take_waybills({upload.carrier_id: 1})[upload.carrier_id][0]
                WaybillUpload.objects.filter(id=upload.id).update(waybill_no=number)
                Shipment.objects.filter(id=upload.shipment_id).update(waybill_no=number)
        return original(self, message)

    original = UploadHandler.call
    _replace(UploadHandler, "call", call)


@shared_task(name="planted.upload", ignore_result=True)
def _upload_by_message(upload_id: int) -> None:
    message = Message(0, TOPIC, str(upload_id), {"upload": upload_id}, 1)
    handler = UploadHandler()
    try:
        answer = handler.call(message)
    except DeliveryFailure:
        app.send_task("planted.upload", [upload_id])
        return
    with transaction.atomic():
        handler.record(message, answer)


def _no_outbox() -> None:
    """What the platform must be told is only published after the commit; there is no row."""

    def put_many(_topic: str, messages: Any) -> None:
        ids = [payload["upload"] for _key, payload in messages]
        transaction.on_commit(lambda: [app.send_task("planted.upload", [upload_id]) for upload_id in ids])

    class Outbox:
        def __getattr__(self, name: str) -> Any:
            return getattr(outbox, name)

    double = Outbox()
    double.put_many = put_many  # type: ignore[attr-defined]  # only this one differs
    _replace(shipping, "outbox", double)


def _accepted_first() -> None:
    """The upload is marked as accepted, and its message as done, before the platform is called; a refusal is taken back."""

    def call(self: UploadHandler, message: Message) -> Any:
        upload, row = message.payload["upload"], OutboxMessage.objects.filter(id=message.id)
        request = load_request(upload)
        if request is None:
            return None
        with transaction.atomic():
            WaybillUpload.objects.filter(id=upload).update(state="accepted", finished_at=timezone.now())
            row.update(state="done", finished_at=timezone.now())
        _replace(uploads, "load_request", lambda _id: request)
        try:
            return original(self, message)
        except DeliveryFailure:
            WaybillUpload.objects.filter(id=upload).update(state="due", finished_at=None)
            row.update(state="due", finished_at=None)
            raise
        finally:
            _replace(uploads, "load_request", load_request)

    original = UploadHandler.call
    _replace(UploadHandler, "call", call)


def _posting_in_two() -> None:
    """The due row goes in a transaction of its own, before the vouchers are written."""

    def post_due(limit: int = posting.BATCH, **options: Any) -> posting.PostingResult:
        with transaction.atomic():
            claimed = claim_postings(limit, only=options.get("only"))
            PostingDue.objects.filter(id__in=[row.id for row in claimed]).delete()
        with transaction.atomic():
            plans = [plan_posting(order, postage_text="运费") for order in posting.load_orders(claimed)]
            vouchers = [plan for plan in plans if not isinstance(plan, SetAside)]
            posting._apply(vouchers, None)
        return posting.PostingResult(len(vouchers), 0)

    _replace(posting, "post_due", post_due)


def _settled_first() -> None:
    """Trades are taken off the queue when they are claimed, and their orders are made in a second transaction."""

    def process_batch(limit: int = pipeline.BATCH) -> pipeline.BatchResult:
        with transaction.atomic():
            due = claim_due_trades(limit)
            Trade.objects.filter(id__in=[trade.id for trade in due]).update(state=Trade.State.SETTLED)
        with transaction.atomic():
            _replace(pipeline, "claim_due_trades", lambda _limit, **_options: due)
            try:
                return pipeline._process(limit, timezone.now(), lock_stock=False)
            finally:
                _replace(pipeline, "claim_due_trades", claim_due_trades)

    _replace(pipeline, "process_batch", process_batch)


UPLOADING = frozenset({"ship", "upload", "upload again"})

BUGS: dict[str, Bug] = {
    "position_first": Bug(
        "the download's position moves before the trades are stored",
        _position_first,
        frozenset({"download", "download changes"}),
        r"^download: before call taobao\.trade\.fullinfo\.get",
    ),
    "waybill_anew": Bug(
        "every attempt takes a fresh waybill number",
        _waybill_anew,
        UPLOADING,
        r"^upload.*: after call taobao\.logistics\.offline\.send",
    ),
    "no_outbox": Bug(
        "the upload is only published after the commit, without a row",
        _no_outbox,
        UPLOADING,
        r"^ship: before message planted\.upload",
    ),
    "accepted_first": Bug(
        "the upload counts as accepted before the platform is called",
        _accepted_first,
        UPLOADING,
        r"^upload.*: before call taobao\.logistics\.offline\.send",
    ),
    "posting_in_two": Bug(
        "the due row is removed in another transaction than the vouchers are written",
        _posting_in_two,
        frozenset({"ship", "upload", "upload again", "post"}),
        r": before statement COPY \"finance_voucher\"",
    ),
    "settled_first": Bug(
        "trades are taken off the queue in another transaction than their orders are made",
        _settled_first,
        frozenset({"download", "process", "download changes", "follow"}),
        r"^process: before statement COPY \"orders_order\"",
    ),
}


def plant(name: str) -> None:
    """Plant the bug in this process; nothing for an empty name. Raises KeyError."""
    if name:
        BUGS[name].plant()
