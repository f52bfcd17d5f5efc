"""Figures of the open work and of today, for the home page and the navigation; limited to what the caller may see.

What is open is counted through partial indexes over open rows, what happened today through indexes by time: no figure costs more
because the archive grows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Func, Q, Sum

from oms.accounts.models import Staff
from oms.accounts.scopes import CATEGORY, scoped, sees_all
from oms.catalog.models import Shop
from oms.core.deadlines import count_by_deadline
from orders.models import Order, Trade, WaybillUpload
from orders.states import EXCEPTION, OPEN

SOON = dt.timedelta(hours=4)
"""A promise that falls due within this time is worth a word on the home page."""


@dataclass(frozen=True, slots=True)
class StageFigures:
    """The orders of one stage: how many, what was paid for them (yuan), and how many fall due soon or are late."""

    count: int = 0
    amount: Decimal = Decimal(0)
    due_soon: int = 0


class _Unnest(Func):
    function = "unnest"
    set_returning = True


def stage_figures(staff: Staff, now: dt.datetime) -> dict[str, StageFigures]:
    """The figures of every open stage; one query."""
    soon = Count("id", filter=Q(ship_by__lt=now + SOON))
    found = scoped(Order.objects.filter(state__in=OPEN), staff).order_by().values("state")
    rows = found.annotate(n=Count("id"), amount=Sum("paid_amount"), soon=soon)
    figures = {row["state"]: StageFigures(row["n"], row["amount"], row["soon"]) for row in rows}
    return {state: figures.get(state, StageFigures()) for state in OPEN}


def commonest_exception(staff: Staff) -> tuple[str, int] | None:
    """The reason that most exceptions have, and how many have it."""
    found = scoped(Order.objects.filter(state=EXCEPTION), staff).order_by()
    row = found.values(reason=_Unnest(F("exceptions"))).annotate(n=Count("id")).order_by("-n", "reason").first()
    return None if row is None else (row["reason"], row["n"])


def deadline_counts(staff: Staff, now: dt.datetime, hours: Sequence[int]) -> list[int]:
    """How many open orders are late, fall due within each of the hours (ascending), and later; one query."""
    return count_by_deadline(scoped(Order.objects.filter(state__in=OPEN), staff), "ship_by", now, hours)


def trade_counts(staff: Staff) -> dict[str, int]:
    """How many trades wait for the pipeline (``due``) and for a person who can read them (``rejected``)."""
    states = (Trade.State.DUE, Trade.State.REJECTED)
    return {state.value: scoped(Trade.objects.filter(state=state), staff).count() for state in states}


def received_since(staff: Staff, since: dt.datetime) -> int:
    """How many trades came in for the first time."""
    # Named by shop, the index by shop and time answers; by time alone none would.
    shops = list(scoped(Shop.objects.all(), staff).values_list("id", flat=True))
    found = Trade.objects.filter(shop_id__in=shops, received_at__gte=since)
    return (found if sees_all(staff, CATEGORY) else scoped(found, staff)).count()


def made_since(staff: Staff, since: dt.datetime) -> int:
    """How many orders were made."""
    return scoped(Order.objects.filter(created_at__gte=since), staff).count()


def untold_since(staff: Staff, since: dt.datetime) -> int:
    """Of the parcels that left since then, how many the platform has not heard of yet; only open uploads are looked at."""
    untold = WaybillUpload.objects.filter(state__in=["due", "sent", "failed"], shipment__shipped_at__gte=since)
    return scoped(untold, staff).aggregate(n=Count("shipment_id", distinct=True))["n"] or 0
