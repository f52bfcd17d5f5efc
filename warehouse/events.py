"""News of the warehouse."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShipmentsShipped:
    """These shipments left, in the same transaction; ids ascending."""

    shipment_ids: tuple[int, ...]
    at: dt.datetime
    actor_id: int | None
    run: uuid.UUID


@dataclass(frozen=True, slots=True)
class StockArrived:
    """More of these became available: (warehouse id, SKU id)."""

    keys: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PlacesChanged:
    """Warehouses or carriers came into use, or may do what they could not before."""

    warehouse_ids: tuple[int, ...] = ()
    carrier_ids: tuple[int, ...] = ()
