"""Reads for screens and API, limited to what the caller may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from finance.models import PostingDue, Voucher
from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.core.money import ZERO


def vouchers(staff: Staff) -> QuerySet[Voucher]:
    """The vouchers that the staff member may see, with what a list names of them."""
    found = Voucher.objects.select_related("shop", "warehouse").prefetch_related("sources__order")
    return scoped(found, staff)


def voucher_list(staff: Staff, kind: str = "") -> QuerySet[Voucher]:
    """The vouchers of a kind (all when empty), newest day first."""
    found = vouchers(staff)
    return (found.filter(kind=kind) if kind else found).order_by("-day", "-id")


def search_vouchers(found: QuerySet[Voucher], text: str) -> QuerySet[Voucher]:
    """The vouchers with this number, or of the order or trade with it."""
    if not text:
        return found
    return found.filter(
        Q(no__iexact=text) | Q(sources__order__no__iexact=text) | Q(sources__order__trade_no=text)
    ).distinct()


def find_vouchers(staff: Staff, text: str) -> list[Voucher]:
    """The voucher with this number, typed whole."""
    return list(vouchers(staff).filter(no=text.upper()))


@dataclass(frozen=True, slots=True)
class Totals:
    """What the vouchers of a list come to; the amount in yuan."""

    count: int
    units: int
    amount: Decimal


def totals_of(rows: Sequence[Voucher]) -> Totals:
    """The sum of the vouchers of a page."""
    return Totals(len(rows), sum(row.quantity for row in rows), sum((row.amount for row in rows), ZERO))


def vouchers_of_orders(staff: Staff, order_ids: list[int]) -> QuerySet[Voucher]:
    """The vouchers that were made from the orders, in the order of the kinds' making."""
    return scoped(Voucher.objects.filter(sources__order_id__in=order_ids), staff).distinct().order_by("id")


def due_postings(staff: Staff) -> QuerySet[PostingDue]:
    """The shipped orders of the staff member's shops that wait to be posted, the oldest first."""
    return scoped(PostingDue.objects.filter(reason_code=""), staff).order_by("id")


def set_aside(staff: Staff) -> QuerySet[PostingDue]:
    """The shipped orders of the staff member's shops that could not be posted, the newest first."""
    found = PostingDue.objects.exclude(reason_code="").select_related("order", "shipment")
    return scoped(found, staff).order_by("-id")


def set_aside_figures(staff: Staff) -> tuple[int, Decimal]:
    """How many orders could not be posted and wait for a person, and what was paid for them (yuan). One query."""
    found = scoped(PostingDue.objects.exclude(reason_code=""), staff).order_by()
    row = found.aggregate(n=Count("pk"), amount=Sum("order__paid_amount"))
    return row["n"], row["amount"] or ZERO
