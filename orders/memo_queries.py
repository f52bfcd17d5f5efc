"""Reads of memos for the platforms, limited to what the caller may see."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from orders.models import MemoUpload

STAGES: dict[str, Q] = {
    "failed": Q(state="failed", will_retry=False),
    "retrying": Q(state="failed", will_retry=True),
    "due": Q(state="due"),
    "accepted": Q(state="accepted"),
    "handled": Q(state="handled"),
}
COUNTED = ("failed", "retrying", "due")


def memos(staff: Staff) -> QuerySet[MemoUpload]:
    """The memos that the staff member may see, with what a list names of them."""
    return scoped(MemoUpload.objects.select_related("order", "trade", "shop"), staff)


def memo_list(staff: Staff, stage: str) -> QuerySet[MemoUpload]:
    """The memos of a stage: open ones oldest first, finished ones newest first."""
    found = memos(staff).filter(STAGES[stage])
    return found.order_by("id") if stage in COUNTED else found.order_by("-id")


def memo_counts(staff: Staff) -> dict[str, int]:
    """How many memos of each open stage there are; one query."""
    counts: dict[str, int] = scoped(MemoUpload.objects.filter(state__in=["due", "failed"]), staff).aggregate(
        **{stage: Count("id", filter=STAGES[stage]) for stage in COUNTED}
    )
    return counts


def search_memos(found: QuerySet[MemoUpload], text: str) -> QuerySet[MemoUpload]:
    """The memos whose trade or order has this number."""
    return found.filter(Q(trade__trade_no=text) | Q(order__no__iexact=text)) if text else found
