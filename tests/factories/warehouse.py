"""Warehouses, carriers with their number ranges, and what lies on the shelves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oms.catalog.models import Sku
from warehouse.models import Carrier, StockMove, Warehouse, WaybillRange
from warehouse.stock import Move, receive


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
