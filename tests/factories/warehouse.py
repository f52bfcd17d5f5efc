"""Warehouses, carriers with their number ranges, and what lies on the shelves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from oms.catalog.models import Sku
from warehouse.arrivals import take_in
from warehouse.models import Carrier, PurchaseOrder, StockMove, Warehouse, WaybillRange
from warehouse.purchasing import LineWish, PurchaseWish, enter
from warehouse.stock import Move, receive

DUE = dt.date(2099, 11, 30)
"""The day on which purchase orders of tests are expected unless they say another: not past, however long the tests live."""


def make_warehouse(code: str = "W1", **values: Any) -> Warehouse:
    """A warehouse."""
    return Warehouse.objects.create(**{"code": code, "name": f"{code}仓"} | values)


def make_carrier(code: str = "YTO", *, numbers: int = 10_000, **values: Any) -> Carrier:
    """A carrier with one range of so many waybill numbers; none for 0."""
    carrier = Carrier.objects.create(
        **{"code": code, "name": f"{code}快递", "cash_on_delivery": True, "platform_codes": {"taobao": code}} | values
    )
    if numbers:
        WaybillRange.objects.create(carrier=carrier, prefix=code, width=8, next=1, last=numbers)
    return carrier


def put_stock(warehouse: Warehouse, units: Mapping[Sku, int]) -> None:
    """Opening balances."""
    receive([Move(warehouse.id, sku.id, quantity) for sku, quantity in units.items()], StockMove.Kind.OPENING)


def make_purchase(
    warehouse: Warehouse,
    units: Mapping[Sku, int],
    *,
    order: bool = True,
    came: Mapping[Sku, int] | None = None,
    supplier: str = "华裳供应链",
    expected_on: dt.date = DUE,
    **values: Any,
) -> PurchaseOrder:
    """A purchase order that is on its way (or a draft), of which some units have come."""
    lines = tuple(LineWish(sku.id, quantity) for sku, quantity in units.items())
    wish = PurchaseWish(warehouse.id, supplier, expected_on, lines, **values)
    (made,) = enter([wish], actor_id=None, order=order)
    if came:
        ids = {line.sku_id: line.pk for line in made.lines.all()}
        take_in(made.pk, "SH-1", {ids[sku.id]: count for sku, count in came.items()}, by=None)
        made.refresh_from_db()
    return made
