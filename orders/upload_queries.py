"""Reads of waybill uploads for screens and API, limited to what the caller may see."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.core.money import ZERO
from orders.models import Order, WaybillUpload

STAGES: dict[str, Q] = {
    "failed": Q(state="failed", will_retry=False),
    "retrying": Q(state="failed", will_retry=True),
    "due": Q(state__in=["due", "sent"]),
    "accepted": Q(state="accepted"),
    "handled": Q(state="handled"),
}
"""What the tabs of the uploads' page show; ``failed`` are those that wait for a person."""

COUNTED = ("failed", "retrying", "due")
"""Stages that hold open work; what is finished only grows and is not counted."""


def uploads(staff: Staff) -> QuerySet[WaybillUpload]:
    """The uploads that the staff member may see, with what a list names of them."""
    return scoped(WaybillUpload.objects.select_related("order", "trade", "shop", "carrier"), staff)


def upload_list(staff: Staff, stage: str) -> QuerySet[WaybillUpload]:
    """The uploads of a stage: open ones oldest first, finished ones newest first."""
    found = uploads(staff).filter(STAGES[stage])
    return found.order_by("id") if stage in COUNTED else found.order_by("-id")


def upload_counts(staff: Staff) -> dict[str, int]:
    """How many uploads of each open stage there are; one query."""
    counts: dict[str, int] = scoped(WaybillUpload.objects.filter(state__in=["due", "sent", "failed"]), staff).aggregate(
        **{stage: Count("id", filter=STAGES[stage]) for stage in COUNTED}
    )
    return counts


def failed_amount(staff: Staff) -> Decimal:
    """What buyers paid for the orders whose upload waits for a person, in yuan; each order once. One query."""
    waiting = scoped(WaybillUpload.objects.filter(STAGES["failed"]), staff).values("order_id")
    return Order.objects.filter(id__in=waiting).aggregate(sum=Sum("paid_amount"))["sum"] or ZERO


def search_uploads(found: QuerySet[WaybillUpload], text: str) -> QuerySet[WaybillUpload]:
    """The uploads whose trade, order or waybill has this number."""
    if not text:
        return found
    return found.filter(Q(trade__trade_no=text) | Q(order__no__iexact=text) | Q(waybill_no__iexact=text))
