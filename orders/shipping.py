"""What shipping means for the orders: they are shipped, their waybills are due for the platform, and finance hears of it.

Runs in the transaction that ships: shipments are locked already, orders are locked after them (docs/locking.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.db import connection, transaction

from oms.core import outbox
from oms.core.bulk import Json, copy_rows
from oms.core.events import publish
from oms.core.lifecycle import move
from oms.core.numbering import reserve_ids
from oms.core.tasks import DELIVER_TASK, ring
from orders.actions import bump
from orders.events import OrdersShipped
from orders.models import Order, OrderLine, WaybillUpload
from orders.states import ORDER
from orders.uploads import TOPIC
from warehouse.events import ShipmentsShipped
from warehouse.models import Shipment


class _Parcel(NamedTuple):
    shipment_id: int
    order_id: int
    shop_id: int
    carrier_id: int
    waybill_no: str


def ship_orders(event: ShipmentsShipped) -> None:
    """Bring the orders of the shipments to ``shipped`` and make their waybills due for the platform."""
    parcels = {
        row[1]: _Parcel._make(row)
        for row in Shipment.objects.filter(id__in=event.shipment_ids)
        .order_by("id")
        .values_list("id", "order_id", "shop_id", "carrier_id", "waybill_no")
    }
    order_ids = sorted(parcels)
    moved = move(
        ORDER, Order, order_ids, "ship", actor_id=event.actor_id, run=event.run, values={"shipped_at": event.at}
    )
    if moved.missed:
        raise AssertionError(f"parcels of orders that are not approved have left: {moved.missed[:5]}")
    bump(order_ids)
    _make_uploads(parcels, event)
    publish(
        OrdersShipped(
            tuple((order_id, parcels[order_id].shipment_id) for order_id in order_ids),
            event.at,
            event.actor_id,
            event.run,
        )
    )


def _make_uploads(parcels: Mapping[int, _Parcel], event: ShipmentsShipped) -> None:
    """One upload for each parcel and trade in it, with its outbox message; parcels of no trade need none."""
    parts: dict[tuple[int, int], list[str]] = defaultdict(list)
    lines = (
        OrderLine.objects.filter(order_id__in=list(parcels), trade__isnull=False)
        .exclude(refund=OrderLine.Refund.REFUNDED)
        .order_by("order_id", "position")
        .values_list("order_id", "trade_id", "oid")
    )
    for order_id, trade_id, oid in lines:
        # The components of a bundle share one line of the trade.
        if trade_id is not None and oid not in parts[order_id, trade_id]:
            parts[order_id, trade_id].append(oid)
    divided = _divided({trade_id for _order, trade_id in parts})
    parts = _not_told_yet(parts, divided)
    ids = reserve_ids(WaybillUpload, len(parts))
    copy_rows(
        WaybillUpload,
        (
            "id",
            "order_id",
            "trade_id",
            "shop_id",
            "shipment_id",
            "carrier_id",
            "waybill_no",
            "part_oids",
            "state",
            "will_retry",
            "reason_code",
            "reason",
            "already_shipped",
            "created_at",
        ),
        (
            (
                upload_id,
                order_id,
                trade_id,
                parcels[order_id].shop_id,
                parcels[order_id].shipment_id,
                parcels[order_id].carrier_id,
                parcels[order_id].waybill_no,
                Json(oids) if trade_id in divided else None,
                WaybillUpload.State.DUE.value,
                True,
                "",
                "",
                False,
                event.at,
            )
            for upload_id, ((order_id, trade_id), oids) in zip(ids, sorted(parts.items()), strict=True)
        ),
    )
    outbox.put_many(TOPIC, [(str(upload_id), {"upload": upload_id}) for upload_id in ids])
    if ids:
        transaction.on_commit(lambda: ring(DELIVER_TASK))


def _not_told_yet(
    parts: Mapping[tuple[int, int], list[str]], divided: Collection[int]
) -> dict[tuple[int, int], list[str]]:
    """The parts without the lines that an earlier parcel was uploaded for: a platform takes a line once, though its units or the
    components of its bundle may leave in several parcels. A parcel with nothing left to tell needs no upload."""
    told: dict[int, set[str]] = {trade_id: set() for trade_id in divided}
    for trade_id, oids in WaybillUpload.objects.filter(trade_id__in=divided, part_oids__isnull=False).values_list(
        "trade_id", "part_oids"
    ):
        told[trade_id].update(oids or ())
    left: dict[tuple[int, int], list[str]] = {}
    for (order_id, trade_id), oids in sorted(parts.items()):
        if trade_id in told:
            fresh = [oid for oid in oids if oid not in told[trade_id]]
            told[trade_id].update(fresh)
            if fresh:
                left[order_id, trade_id] = fresh
        else:
            left[order_id, trade_id] = oids
    return left


def _divided(trade_ids: Iterable[int]) -> set[int]:
    """The trades whose lines lie in more than one order, or of which a person took some out: each parcel is uploaded for its part."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.trade_id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id "
            "LEFT JOIN orders_order born ON born.origin_trade_id = l.trade_id "
            "LEFT JOIN orders_orderedit e ON e.order_id = born.id AND e.removed "
            "WHERE l.trade_id = ANY(%s) AND o.state <> 'superseded' "
            "GROUP BY l.trade_id HAVING count(DISTINCT l.order_id) > 1 OR count(e.id) > 0",
            [sorted(trade_ids)],
        )
        return {row[0] for row in cursor.fetchall()}
