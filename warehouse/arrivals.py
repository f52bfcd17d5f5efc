"""Goods arrive: what came with a delivery note is booked in by line, in whole or in part, and the note counts once.

One transaction: the purchase order is locked, the arrival written, the lines' figures raised, and the stock received by the ledger's own
function, which tells whoever waits for it (``StockArrived``) and changes the balances last. Inspection, zones and bins have their
place between an arrival line and its move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.audit_log import record
from oms.accounts.models import Staff
from oms.accounts.who import id_of
from oms.core.errors import UnableTo
from oms.core.lifecycle import move
from oms.core.numbering import business_day, number, reserve_ids
from warehouse.locks import LockedPurchase, lock_purchase
from warehouse.models import Arrival, ArrivalLine, PurchaseOrder, PurchaseOrderLine, StockMove
from warehouse.states import ON_THE_WAY, PURCHASE
from warehouse.stock import Move, receive

NOTE_LENGTH = 64
MOST_UNITS = 1_000_000
PREFIX = "AR"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery note: ``repeated`` when it was booked before, and nothing was done now."""

    arrival: Arrival
    repeated: bool = False


def take_in(
    purchase_id: int,
    delivery_note: str,
    units: Mapping[int, int],
    *,
    by: Staff | HttpRequest | None,
    more: bool = False,
) -> Received:
    """Book in units by line id. ``more``: more of a line than was ordered is right, and the audit log keeps it. Raises UnableTo."""
    note = delivery_note.strip()
    came = {line_id: count for line_id, count in sorted(units.items()) if count}
    _check(note, came)
    with transaction.atomic():
        locked = lock_purchase(purchase_id)
        if locked is None:
            raise UnableTo(_("It does not exist any more."), code="not_found")
        before = Arrival.objects.filter(purchase_order_id=purchase_id, delivery_note=note).first()
        if before is not None:
            return _again(before, came)
        if locked.state not in ON_THE_WAY:
            state = PurchaseOrder.State(locked.state).label
            raise UnableTo(
                _("%(no)s is “%(state)s”: nothing is expected of it.") % {"no": locked.no, "state": state},
                code="wrong_state",
            )
        lines = {line.pk: line for line in _lines(purchase_id)}
        surplus = _surplus(lines, came)
        if surplus and not more:
            line = lines[min(surplus)]
            raise UnableTo(
                _(
                    "Of %(code)s %(open)s are still to come, and %(count)s came. Count again; if it is right, say that more came."
                )
                % {"code": line.sku.code, "open": line.to_come, "count": came[line.pk]},
                code="more_than_ordered",
            )
        arrival = _book(locked, note, lines, came, id_of(by))
        if surplus:
            details = {"number": arrival.no, "units": sum(surplus.values())}
            record(by, "receive_more", PURCHASE.kind, purchase_id, note, details)
        return Received(arrival)


def _check(note: str, came: Mapping[int, int]) -> None:
    if not note:
        raise UnableTo(_("Write the number of the delivery note."), code="note_missing")
    if len(note) > NOTE_LENGTH or "\0" in note:
        raise UnableTo(_("At most %(count)s characters.") % {"count": NOTE_LENGTH}, code="bad_note")
    if not came:
        raise UnableTo(_("Write how many units came, at one line at least."), code="nothing_came")
    if not all(0 < count <= MOST_UNITS for count in came.values()):
        raise UnableTo(_("Units must be from 1 to %(limit)s.") % {"limit": MOST_UNITS}, code="bad_units")


def _lines(purchase_id: int) -> QuerySet[PurchaseOrderLine]:
    return PurchaseOrderLine.objects.filter(purchase_order_id=purchase_id).select_related("sku").order_by("id")


def _again(before: Arrival, came: Mapping[int, int]) -> Received:
    if dict(before.lines.values_list("line_id", "quantity")) == came:
        return Received(before, repeated=True)
    raise UnableTo(
        _("The note %(note)s was booked with other figures (%(no)s). Is this another note? Then write its own number.")
        % {"note": before.delivery_note, "no": before.no},
        code="note_used",
    )


def _surplus(lines: Mapping[int, PurchaseOrderLine], came: Mapping[int, int]) -> dict[int, int]:
    """The units of each line that came beyond what was to come."""
    if not came.keys() <= lines.keys():
        raise UnableTo(_("A line does not belong to this purchase order. Load the page anew."), code="unknown_line")
    return {line_id: more for line_id, count in came.items() if (more := count - lines[line_id].to_come) > 0}


def _book(
    locked: LockedPurchase,
    note: str,
    lines: Mapping[int, PurchaseOrderLine],
    came: Mapping[int, int],
    actor_id: int | None,
) -> Arrival:
    now, (arrival_id,) = timezone.now(), reserve_ids(Arrival, 1)
    arrival = Arrival.objects.create(
        id=arrival_id,
        no=number(PREFIX, business_day(now), arrival_id),
        purchase_order_id=locked.id,
        delivery_note=note,
        at=now,
        actor_id=actor_id,
    )
    ids = reserve_ids(ArrivalLine, len(came))
    rows = [
        ArrivalLine(id=id_, arrival=arrival, line_id=line_id, quantity=count)
        for id_, (line_id, count) in zip(ids, came.items(), strict=True)
    ]
    ArrivalLine.objects.bulk_create(rows)
    for line_id, count in came.items():
        lines[line_id].arrived += count
    PurchaseOrderLine.objects.bulk_update([lines[line_id] for line_id in came], ["arrived"])
    move(
        PURCHASE,
        PurchaseOrder,
        [locked.id],
        "complete" if not any(line.to_come for line in lines.values()) else "arrive",
        actor_id=actor_id,
        reason=f"{note} · +{sum(came.values())}",
        changes={locked.id: {"arrival": [None, arrival.no]}},
    )
    receive(
        [Move(locked.warehouse_id, lines[row.line_id].sku_id, row.quantity, arrival_line_id=row.pk) for row in rows],
        StockMove.Kind.INBOUND,
        actor_id=actor_id,
        note=f"{locked.no} {note}",
    )
    return arrival
