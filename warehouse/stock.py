"""The stock ledger: every change of on hand is an immutable move, written with the balance in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.bulk import copy_rows
from oms.core.errors import UnableTo
from oms.core.events import publish
from warehouse.events import StockArrived
from warehouse.locks import StockKey, change_balances, lock_balances
from warehouse.models import StockMove


@dataclass(frozen=True, slots=True)
class Move:
    """Units that came in (positive) or left (negative)."""

    warehouse_id: int
    sku_id: int
    quantity: int
    shipment_id: int | None = None
    arrival_line_id: int | None = None


def write_moves(moves: Sequence[Move], kind: StockMove.Kind, *, actor_id: int | None = None, note: str = "") -> None:
    """Append moves to the ledger by one COPY; the caller changes the balances in the same transaction."""
    now = timezone.now()
    copy_rows(
        StockMove,
        ("at", "warehouse_id", "sku_id", "quantity", "kind", "shipment_id", "arrival_line_id", "actor_id", "note"),
        (
            (now, m.warehouse_id, m.sku_id, m.quantity, kind.value, m.shipment_id, m.arrival_line_id, actor_id, note)
            for m in moves
        ),
    )


def open_balances(keys: Sequence[StockKey]) -> None:
    """Have a balance, of nothing, for each of the keys that has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO warehouse_stockbalance (warehouse_id, sku_id, on_hand, reserved, safety) "
            "SELECT w, s, 0, 0, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS v(w, s) ORDER BY w, s "
            "ON CONFLICT (warehouse_id, sku_id) DO NOTHING",
            [[k[0] for k in keys], [k[1] for k in keys]],
        )


def receive(moves: Sequence[Move], kind: StockMove.Kind, *, actor_id: int | None = None, note: str = "") -> None:
    """Book units in or out that no shipment explains: opening balances, arrivals, adjustments.

    Missing balances are made. Raises UnableTo when more would leave than is on hand and not reserved.
    """
    change: Counter[StockKey] = Counter()
    for move in moves:
        change[move.warehouse_id, move.sku_id] += move.quantity
    keys = sorted(change)
    with transaction.atomic():
        open_balances(keys)
        write_moves(moves, kind, actor_id=actor_id, note=note)
        arrived = tuple(key for key in keys if change[key] > 0)
        if arrived:
            publish(StockArrived(arrived))
        leaving = {key: -units for key, units in change.items() if units < 0}
        if leaving:
            available = lock_balances(keys)
            for key, units in sorted(leaving.items()):
                if available[key] < units:
                    raise UnableTo(
                        _("Only %(available)s units are free; %(units)s cannot be taken out.")
                        % {"available": available[key], "units": units},
                        code="not_enough_stock",
                    )
        change_balances(change, {}, guard=False)
