"""In transit: what is ordered of a SKU for a warehouse and has not arrived, and when the first of it is due.

Reckoned from the lines themselves, found by the index of those of which not all has arrived: no counter that could drift.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import DateField, Exists, F, IntegerField, Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from warehouse.models import PurchaseOrderLine, StockBalance
from warehouse.states import ON_THE_WAY


@dataclass(frozen=True, slots=True)
class Coming:
    """Units in transit, and the day on which the first of them are expected."""

    units: int
    first: dt.date


def open_lines() -> QuerySet[PurchaseOrderLine]:
    """Lines of which something is in transit."""
    return PurchaseOrderLine.objects.filter(arrived__lt=F("quantity"), purchase_order__state__in=ON_THE_WAY).order_by()


def coming(sku_ids: Iterable[int]) -> dict[tuple[int, int], Coming]:
    """What is in transit of the SKUs, by warehouse and SKU; one query. Who asks shows nobody a warehouse that is not theirs."""
    rows = (
        open_lines()
        .filter(sku_id__in=sorted(set(sku_ids)))
        .values_list("purchase_order__warehouse_id", "sku_id")
        .annotate(units=Sum(F("quantity") - F("arrived")), first=Min("purchase_order__expected_on"))
    )
    return {(warehouse, sku): Coming(units, first) for warehouse, sku, units, first in rows}


def with_in_transit(balances: QuerySet[StockBalance]) -> QuerySet[StockBalance]:
    """The balances with ``in_transit`` (units) and ``expected_on`` (the first day, or None). Reckoned for the rows that are read."""
    here = open_lines().filter(sku_id=OuterRef("sku_id"), purchase_order__warehouse_id=OuterRef("warehouse_id"))
    units = here.values("sku_id").annotate(units=Sum(F("quantity") - F("arrived"))).values("units")
    first = here.values("sku_id").annotate(first=Min("purchase_order__expected_on")).values("first")
    return balances.annotate(
        in_transit=Coalesce(Subquery(units, output_field=IntegerField()), 0),
        expected_on=Subquery(first, output_field=DateField()),
    )


def only_in_transit(balances: QuerySet[StockBalance]) -> QuerySet[StockBalance]:
    """The balances of which something is in transit."""
    here = open_lines().filter(sku_id=OuterRef("sku_id"), purchase_order__warehouse_id=OuterRef("warehouse_id"))
    return balances.filter(Exists(here))
