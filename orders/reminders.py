"""Reminders: the buyer asks where the parcel stays, and customer service passes it on."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from oms.core.actions import ActionResult, chunks
from orders.actions import bump, check_rows, note
from orders.audit import Versions
from orders.locks import lock_orders
from orders.states import OPEN


def remind(order_ids: Sequence[int], *, actor_id: int, reason: str = "", versions: Versions = None) -> ActionResult:
    """Count a reminder on open orders: lists show it to everybody who works on them."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            refused = check_rows(ids, lock_orders(ids), OPEN, versions)
            ready = [order_id for order_id in ids if order_id not in refused]
            bump(ready, reminders=F("reminders") + 1, reminded_at=timezone.now())
            note(ready, "remind", actor_id=actor_id, reason=reason)
            result += ActionResult(tuple(ready), refused)
    return result
