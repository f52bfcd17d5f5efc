"""Reads for screens and API, limited to what the caller may see."""

from __future__ import annotations

from django.db.models import Count, F, QuerySet

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from orders.models import Order
from orders.states import OPEN

ALL_OPEN = "open"
"""The stage that holds every order whose parcel has not left."""


def orders(staff: Staff) -> QuerySet[Order]:
    """The orders that the staff member may see, with what a list names of them."""
    return scoped(Order.objects.select_related("shop", "warehouse", "carrier"), staff)


def order_list(staff: Staff, stage: str) -> QuerySet[Order]:
    """The orders of a stage: open ones by what is promised first, the others newest first."""
    found = orders(staff).filter(state__in=OPEN) if stage == ALL_OPEN else orders(staff).filter(state=stage)
    if stage == ALL_OPEN or stage in OPEN:
        return found.order_by(F("urgent").desc(), F("ship_by").asc(nulls_last=True), "id")
    return found.order_by("-created_at", "-id")


def stage_counts(staff: Staff) -> dict[str, int]:
    """How many open orders there are of each state, and in all; from the index of the open work."""
    rows = scoped(Order.objects.filter(state__in=OPEN), staff).order_by().values_list("state").annotate(n=Count("id"))
    counts = {**dict.fromkeys(OPEN, 0), **dict(rows)}
    return {**counts, ALL_OPEN: sum(counts.values())}
