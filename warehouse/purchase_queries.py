"""Reads of purchase orders for screens and API, limited to what the caller may see."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from warehouse.models import Arrival, ArrivalLine, PurchaseOrder, PurchaseOrderLine
from warehouse.states import ON_THE_WAY

FOUND = 20
"""Purchase orders that a search shows."""

STAGES: dict[str, Q] = {
    "on_the_way": Q(state__in=ON_THE_WAY),
    "draft": Q(state="draft"),
    "arrived": Q(state="arrived"),
    "ended": Q(state__in=["closed", "cancelled"]),
}
"""What the tabs of the list show."""


def purchases(staff: Staff) -> QuerySet[PurchaseOrder]:
    """The purchase orders that the staff member may see."""
    return scoped(PurchaseOrder.objects.select_related("warehouse"), staff)


def late_q(today: dt.date) -> Q:
    """Something is still to come of an order whose day has passed."""
    return Q(state__in=ON_THE_WAY, expected_on__lt=today)


def purchase_list(staff: Staff, stage: str) -> QuerySet[PurchaseOrder]:
    """The purchase orders of a stage with their sums (``kinds``, ``units``, ``came``, ``to_come``): those on their way by their day."""
    lines = PurchaseOrderLine.objects.filter(purchase_order_id=OuterRef("pk")).order_by().values("purchase_order_id")
    sums = {
        "kinds": Count("pk"),
        "units": Sum("quantity"),
        "came": Sum("arrived"),
        "to_come": Sum(Greatest(F("quantity") - F("arrived"), 0)),
    }
    found = purchases(staff).filter(STAGES[stage])
    found = found.annotate(
        **{
            name: Coalesce(Subquery(lines.annotate(sum=sum_).values("sum"), output_field=IntegerField()), 0)
            for name, sum_ in sums.items()
        }
    )
    return found.order_by("expected_on", "id") if stage == "on_the_way" else found.order_by("-id")


def purchase_counts(staff: Staff) -> dict[str, int]:
    """How many purchase orders are on their way and not ordered yet."""
    found = scoped(PurchaseOrder.objects.filter(STAGES["on_the_way"] | STAGES["draft"]), staff).order_by()
    states = dict(found.values_list("state").annotate(count=Count("pk")))
    return {"on_the_way": sum(states.get(state, 0) for state in ON_THE_WAY), "draft": states.get("draft", 0)}


def due_counts(staff: Staff, today: dt.date) -> tuple[int, int]:
    """How many purchase orders on their way are late, and how many are expected today or before; one query."""
    found = scoped(PurchaseOrder.objects.filter(STAGES["on_the_way"], expected_on__lte=today), staff).order_by()
    counts = found.aggregate(late=Count("pk", filter=Q(expected_on__lt=today)), due=Count("pk"))
    return counts["late"], counts["due"]


def search_purchases(found: QuerySet[PurchaseOrder], text: str) -> QuerySet[PurchaseOrder]:
    """Those whose number or external number begins with the text, whose supplier holds it, or which have goods with this merchant code."""
    if not text:
        return found
    goods = PurchaseOrderLine.objects.filter(purchase_order_id=OuterRef("pk"), sku__code__istartswith=text)
    return found.filter(
        Q(no__istartswith=text) | Q(external_no__istartswith=text) | Q(supplier__icontains=text) | Exists(goods)
    )


def find_purchases(staff: Staff, text: str) -> list[PurchaseOrder]:
    """The newest purchase orders with this number, ours or the other system's, or with this delivery note."""
    notes = Arrival.objects.filter(Q(delivery_note=text) | Q(no=text.upper())).values("purchase_order_id")
    found = purchases(staff).filter(Q(no=text.upper()) | Q(external_no=text) | Q(pk__in=notes))
    return list(found.order_by("-id")[:FOUND])


def lines_of(purchase: PurchaseOrder) -> list[PurchaseOrderLine]:
    """The lines of a purchase order with their goods."""
    found = PurchaseOrderLine.objects.filter(purchase_order=purchase).select_related("sku__product")
    return list(found.prefetch_related("sku__barcodes").order_by("id"))


def arrivals_of(purchase: PurchaseOrder) -> QuerySet[Arrival]:
    """What came so far, newest first, with its lines and their goods."""
    lines = ArrivalLine.objects.select_related("line__sku").order_by("id")
    return purchase.arrivals.order_by("-id").prefetch_related(Prefetch("lines", lines))
