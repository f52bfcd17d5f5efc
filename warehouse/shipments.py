"""Shipments: released for approved orders, called back, stopped."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from oms.core.bulk import copy_rows
from oms.core.history import HistoryRow, write_history
from oms.core.lifecycle import move
from oms.core.numbering import business_day, number, reserve_ids
from oms.core.values import quick
from warehouse.locks import lock_live_shipments
from warehouse.models import Shipment, ShipmentLine
from warehouse.states import RELEASED, SHIPMENT, SHIPPED

NUMBER_PREFIX = "SH"

COLUMNS = (
    "id",
    "no",
    "order_id",
    "order_no",
    "shop_id",
    "warehouse_id",
    "carrier_id",
    "receiver_id",
    "state",
    "waybill_no",
    "summary",
    "quantity",
    "weight_g",
    "intercepted",
    "intercept_reason",
    "ship_by",
    "released_at",
)


@quick
@dataclass(frozen=True, slots=True)
class ShipmentLineRequest:
    """Units of a SKU for one line of the order."""

    sku_id: int
    order_line_id: int
    quantity: int


@quick
@dataclass(frozen=True, slots=True)
class ShipmentRequest:
    """One parcel to be made for an order. Weight in grams."""

    order_id: int
    order_no: str
    shop_id: int
    warehouse_id: int
    carrier_id: int
    receiver_id: int
    summary: str
    quantity: int
    weight_g: int
    ship_by: dt.datetime | None
    lines: tuple[ShipmentLineRequest, ...]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Orders whose live shipment was cancelled, and orders whose parcel has already left."""

    cancelled: tuple[int, ...]
    shipped: tuple[int, ...]


def release_shipments(
    requests: Sequence[ShipmentRequest], *, at: dt.datetime, actor_id: int | None, run: uuid.UUID
) -> list[int]:
    """Make the shipments and their lines by COPY and return their ids in the given order."""
    ids = reserve_ids(Shipment, len(requests))
    day = business_day(at)
    copy_rows(
        Shipment,
        COLUMNS,
        (
            (
                shipment_id,
                number(NUMBER_PREFIX, day, shipment_id),
                r.order_id,
                r.order_no,
                r.shop_id,
                r.warehouse_id,
                r.carrier_id,
                r.receiver_id,
                RELEASED,
                "",
                r.summary,
                r.quantity,
                r.weight_g,
                False,
                "",
                r.ship_by,
                at,
            )
            for shipment_id, r in zip(ids, requests, strict=True)
        ),
    )
    copy_rows(
        ShipmentLine,
        ("shipment_id", "sku_id", "order_line_id", "quantity"),
        (
            (shipment_id, line.sku_id, line.order_line_id, line.quantity)
            for shipment_id, request in zip(ids, requests, strict=True)
            for line in request.lines
        ),
    )
    write_history(
        (
            HistoryRow(
                kind=SHIPMENT.kind,
                subject_id=shipment_id,
                action="release",
                to_state=RELEASED,
                actor_id=actor_id,
                run=run,
            )
            for shipment_id in ids
        ),
        at=at,
    )
    return ids


def cancel_shipments(order_ids: Sequence[int], *, reason: str, actor_id: int | None, run: uuid.UUID) -> Cancelled:
    """Cancel the live shipments of the orders; those that have left stay as they are."""
    live = lock_live_shipments(order_ids)
    shipped = tuple(sorted(order_id for order_id, (_id, state) in live.items() if state == SHIPPED))
    open_ones = {shipment_id: order_id for order_id, (shipment_id, state) in live.items() if state != SHIPPED}
    if not open_ones:
        return Cancelled((), shipped)
    moved = move(SHIPMENT, Shipment, list(open_ones), "cancel", reason=reason, actor_id=actor_id, run=run)
    return Cancelled(tuple(sorted(open_ones[shipment_id] for shipment_id in moved.moved)), shipped)


def intercept(order_ids: Sequence[int], *, reason: str) -> None:
    """Have the live shipments of the orders refused at the next scan."""
    Shipment.objects.filter(order_id__in=order_ids).exclude(state__in=["shipped", "cancelled"]).update(
        intercepted=True, intercept_reason=reason[:200]
    )


def clear_intercept(order_ids: Sequence[int]) -> None:
    """Let the live shipments of the orders go on."""
    Shipment.objects.filter(order_id__in=order_ids).exclude(state__in=["shipped", "cancelled"]).update(
        intercepted=False, intercept_reason=""
    )
