"""News of the orders."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrdersShipped:
    """The parcels of these orders left, in the same transaction: (order id, shipment id), ascending."""

    shipped: tuple[tuple[int, int], ...]
    at: dt.datetime
    actor_id: int | None
    run: uuid.UUID
