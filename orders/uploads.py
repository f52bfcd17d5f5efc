"""Waybill uploads: what a platform is to be told of a parcel, what came of it, and what people do about failures.

    shipped → upload due, with its outbox message → (a connector calls the platform) → accepted, or failed with the platform's reason

Locks: the outbox message before the upload, as delivery does it (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core import outbox
from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from oms.core.lifecycle import move
from oms.core.tasks import DELIVER_TASK, ring
from orders.locks import lock_upload_messages, lock_uploads
from orders.models import WaybillUpload
from orders.states import ORDER, UPLOAD

TOPIC = "orders.upload_waybill"

State = WaybillUpload.State
OPEN = (State.DUE, State.SENT, State.FAILED)
"""States in which the platform has not been told yet and nobody has taken the upload over."""


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What the platform is to be told: ``part_oids`` None means the whole trade, ``carrier_code`` is the platform's own."""

    upload_id: int
    shop_id: int
    trade_no: str
    part_oids: tuple[str, ...] | None
    carrier_code: str
    waybill_no: str


def load_request(upload_id: int) -> UploadRequest | None:
    """What to tell the platform; None when it was accepted or handled already."""
    # What it belongs to is large and partly sealed; a few words of it are all that is told.
    upload = (
        WaybillUpload.objects.select_related("shop", "trade", "carrier")
        .only(
            *("state", "shop_id", "part_oids", "waybill_no", "shop__platform", "trade__trade_no"),
            *("carrier__code", "carrier__platform_codes"),
        )
        .get(id=upload_id)
    )
    if upload.state not in OPEN:
        return None
    return UploadRequest(
        upload_id=upload.id,
        shop_id=upload.shop_id,
        trade_no=upload.trade.trade_no,
        part_oids=None if upload.part_oids is None else tuple(upload.part_oids),
        carrier_code=upload.carrier.platform_codes.get(upload.shop.platform) or upload.carrier.code,
        waybill_no=upload.waybill_no,
    )


def record_accepted(upload_id: int, *, already_shipped: bool) -> None:
    """The platform knows the waybill now; ``already_shipped`` when it said that it knew before. In the caller's transaction.

    One that a person has handled meanwhile stays handled.
    """
    values = {
        "already_shipped": already_shipped,
        "finished_at": timezone.now(),
        "reason_code": "",
        "reason": "",
        "will_retry": False,
    }
    if move(UPLOAD, WaybillUpload, [upload_id], "accept", values=values).moved:
        _tell(WaybillUpload.objects.get(id=upload_id), "upload_accepted")


def record_failed(upload_id: int, *, code: str, reason: str, will_retry: bool) -> None:
    """The platform refused, or could not be reached; code and reason are its own. In the caller's transaction."""
    before = lock_uploads([upload_id])[upload_id]
    values = {"reason_code": code[:128], "reason": reason, "will_retry": will_retry}
    if not move(UPLOAD, WaybillUpload, [upload_id], "fail", reason=reason, values=values).moved:
        return
    # A repetition of the same failure tells the order's reader nothing new.
    if (before.state, before.reason_code, before.will_retry) != (State.FAILED, code[:128], will_retry):
        _tell(WaybillUpload.objects.get(id=upload_id), "upload_failed", reason=reason)


def _tell(upload: WaybillUpload, action: str, *, reason: str = "", actor_id: int | None = None) -> None:
    changes: dict[str, Any] = {"upload": upload.id, "waybill_no": upload.waybill_no}
    write_history([HistoryRow(ORDER.kind, upload.order_id, action, reason=reason, actor_id=actor_id, changes=changes)])


def retry(upload_ids: Sequence[int], *, actor_id: int | None) -> ActionResult:
    """Have uploads tried again now, whatever their failure said; those accepted or handled are refused."""
    result = ActionResult()
    for ids in chunks(upload_ids):
        with transaction.atomic():
            messages = lock_upload_messages(TOPIC, ids)
            locked = lock_uploads(ids)
            refused: dict[int, Refusal] = {}
            for upload_id in ids:
                if upload_id not in locked:
                    refused[upload_id] = Refusal("not_found", _("This upload does not exist any more."))
                elif locked[upload_id].state not in OPEN:
                    refused[upload_id] = Refusal("finished", _("It is accepted or handled already."))
            ready = [upload_id for upload_id in ids if upload_id not in refused]
            values = {"will_retry": True, "reason_code": "", "reason": ""}
            move(UPLOAD, WaybillUpload, ready, "retry", actor_id=actor_id, values=values)
            waiting = [messages[upload_id] for upload_id in ready if upload_id in messages]
            outbox.revive(waiting)
            outbox.hurry(waiting)
            transaction.on_commit(lambda: ring(DELIVER_TASK))
            result += ActionResult(tuple(ready), refused)
    return result


def hand_over(upload_ids: Sequence[int], *, actor_id: int | None, reason: str) -> ActionResult:
    """A person has told the platform, or says why it need not be told: failed uploads are tried no more. Raises UnableTo."""
    if not reason.strip():
        raise UnableTo(_("Give a reason."), code="no_reason")
    result = ActionResult()
    for ids in chunks(upload_ids):
        with transaction.atomic():
            messages = lock_upload_messages(TOPIC, ids)
            locked = lock_uploads(ids)
            refused: dict[int, Refusal] = {}
            for upload_id in ids:
                if upload_id not in locked:
                    refused[upload_id] = Refusal("not_found", _("This upload does not exist any more."))
                elif locked[upload_id].state != State.FAILED:
                    refused[upload_id] = Refusal("not_failed", _("Only failed uploads can be handed over."))
            ready = [upload_id for upload_id in ids if upload_id not in refused]
            values = {"finished_at": timezone.now(), "will_retry": False}
            move(UPLOAD, WaybillUpload, ready, "handle", actor_id=actor_id, reason=reason, values=values)
            outbox.settle([messages[upload_id] for upload_id in ready if upload_id in messages])
            write_history(
                HistoryRow(
                    ORDER.kind,
                    locked[upload_id].order_id,
                    "upload_handled",
                    reason=reason,
                    actor_id=actor_id,
                    changes={"upload": upload_id, "waybill_no": locked[upload_id].waybill_no},
                )
                for upload_id in ready
            )
            result += ActionResult(tuple(ready), refused)
    return result
