"""What un-audit, cancel and interception have in common: the parcel is called back and the stock given back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from warehouse.reservation import release
from warehouse.shipments import cancel_shipments


def release_orders(order_ids: Sequence[int], *, reason: str, actor_id: int | None, run: uuid.UUID) -> tuple[int, ...]:
    """Cancel the live shipments of the orders and release what they reserved; returns the orders whose parcel has already left.

    Those keep everything as it is. Must run before the orders themselves are locked (docs/locking.md).
    """
    cancelled = cancel_shipments(order_ids, reason=reason, actor_id=actor_id, run=run)
    gone = set(cancelled.shipped)
    release([order_id for order_id in order_ids if order_id not in gone])
    return tuple(sorted(gone))
