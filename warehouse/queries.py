"""Reads for screens and API, limited to what the caller may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, F, Q, QuerySet, Sum

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Barcode
from oms.core.deadlines import count_by_deadline
from warehouse.in_transit import with_in_transit
from warehouse.models import Shipment, StockBalance
from warehouse.states import OPEN

FOUND = 20
"""Shipments that a search shows."""

STAGES: dict[str, Q] = {
    "open": Q(state__in=OPEN, intercepted=False),
    "intercepted": Q(state__in=OPEN, intercepted=True),
    "reprint": Q(state__in=OPEN, reprint_due=True),
    "shipped": Q(state="shipped"),
    "cancelled": Q(state="cancelled"),
}
"""What the tabs of the shipments' page show. Held-up parcels have a tab of their own, since they must not be packed, and so have those
whose papers are of before a change of warehouse or carrier."""


def shipments(staff: Staff) -> QuerySet[Shipment]:
    """The shipments that the staff member may see, with what a list names of them."""
    return scoped(Shipment.objects.select_related("shop", "warehouse", "carrier"), staff)


def shipment_list(staff: Staff, stage: str) -> QuerySet[Shipment]:
    """The shipments of a stage: open ones by what is promised first, the others newest first."""
    found = shipments(staff).filter(STAGES[stage])
    if stage == "shipped":
        return found.order_by("-shipped_at", "-id")
    if stage == "cancelled":
        return found.order_by("-id")
    return found.order_by(F("ship_by").asc(nulls_last=True), "id")


def shipment_counts(staff: Staff) -> dict[str, int]:
    """How many shipments are open, intercepted and to be printed anew; what has left is not counted, since it only grows."""
    return {stage: shipments(staff).filter(STAGES[stage]).count() for stage in ("open", "intercepted", "reprint")}


def open_units(staff: Staff) -> int:
    """The units in the parcels that may be packed."""
    found = scoped(Shipment.objects.filter(STAGES["open"]), staff).order_by()
    return found.aggregate(units=Sum("quantity"))["units"] or 0


def short_count(staff: Staff) -> int:
    """Of how many goods nothing is free though something lies in the warehouse."""
    found = StockBalance.objects.filter(on_hand__gt=0, on_hand__lte=F("reserved") + F("safety"))
    return scoped(found, staff).count()


def stock_list(staff: Staff) -> QuerySet[StockBalance]:
    """The balances that the staff member may see, with ``free`` units (on hand − reserved − safety) and what is in transit."""
    found = with_in_transit(StockBalance.objects.select_related("warehouse", "sku__product"))
    return scoped(found.annotate(free=F("on_hand") - F("reserved") - F("safety")), staff).order_by(
        "sku__code", "warehouse__code", "id"
    )


def search_stock(found: QuerySet[StockBalance], text: str) -> QuerySet[StockBalance]:
    """The balances of goods whose merchant code or barcode begins with the text, or whose name holds it."""
    if not text:
        return found
    return found.filter(
        Q(sku__code__istartswith=text)
        | Q(sku__product__name__icontains=text)
        | Q(sku__in=Barcode.objects.filter(code=text).order_by().values("sku"))
        | Q(sku__spec__icontains=text)
    )


def search_shipments(found: QuerySet[Shipment], text: str) -> QuerySet[Shipment]:
    """The shipments whose number, order's number or waybill begins with the text."""
    if not text:
        return found
    return found.filter(Q(no__istartswith=text) | Q(order_no__istartswith=text) | Q(waybill_no__istartswith=text))


def open_since(staff: Staff, since: dt.datetime) -> int:
    """How many parcels were given to the warehouse since then and are still there."""
    return scoped(Shipment.objects.filter(state__in=OPEN, released_at__gte=since), staff).count()


def left_since(staff: Staff, since: dt.datetime, released: dt.datetime) -> tuple[int, int]:
    """How many parcels have left since then, and how many of them were given to the warehouse after ``released``. One query."""
    found = scoped(Shipment.objects.filter(state="shipped", shipped_at__gte=since), staff).order_by()
    counts = found.aggregate(all=Count("pk"), fresh=Count("pk", filter=Q(released_at__gte=released)))
    return counts["all"], counts["fresh"]


def deadline_counts(staff: Staff, now: dt.datetime, hours: Sequence[int]) -> list[int]:
    """How many open parcels are late, fall due within each of the hours (ascending), and later; one query."""
    return count_by_deadline(scoped(Shipment.objects.filter(state__in=OPEN), staff), "ship_by", now, hours)


def find_shipments(staff: Staff, text: str, order_ids: Sequence[int] = ()) -> list[Shipment]:
    """The newest shipments with this number or waybill number, and those of the orders."""
    number = text.upper()
    questions = [Q(no=number), Q(waybill_no__in=sorted({text, number}))]
    if order_ids:
        questions.append(Q(order_id__in=list(order_ids)))
    # Each question has an index of its own, and is asked beside the others: joined by OR they would read all parcels.
    parts = [scoped(Shipment.objects.filter(one), staff).order_by().values("id")[:FOUND] for one in questions]
    return list(shipments(staff).filter(id__in=parts[0].union(*parts[1:], all=True)).order_by("-id")[:FOUND])
