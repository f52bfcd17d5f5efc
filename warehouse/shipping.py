"""Ship: the parcel leaves, its units leave the stock, and the rooms above hear of it, in one transaction.

Shipments are locked first, in key order; the balances change by the last statement (docs/locking.md). Un-audit, hold and cancel lock
the shipments first as well, so that either they or the shipping win, never both.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.again import in_chunks
from oms.core.bulk import update_rows
from oms.core.events import publish
from oms.core.lifecycle import move
from warehouse.events import ShipmentsShipped
from warehouse.locks import LockedShipment, StockKey, change_balances, lock_shipments
from warehouse.models import Carrier, Reservation, Shipment, ShipmentLine, StockMove, VoidWaybill
from warehouse.reservation import close
from warehouse.states import CANCELLED, SHIPMENT, SHIPPED
from warehouse.stock import Move, write_moves
from warehouse.stops import under_check
from warehouse.waybills import exhausted, take_waybills, used_waybills

ATTEMPTS = 3
WAYBILL_LENGTH = 64
WAYBILL_CONSTRAINT = "shipment_waybill_once"


@in_chunks
def ship(
    shipment_ids: Sequence[int], *, actor_id: int | None, waybills: Mapping[int, str] | None = None
) -> ActionResult:
    """Ship parcels, by shipment id; ``waybills`` are numbers typed for some of them, the others take their carrier's next one."""
    typed = {shipment_id: no.strip() for shipment_id, no in (waybills or {}).items() if no.strip()}
    return sum((_ship_chunk(ids, actor_id, typed) for ids in chunks(shipment_ids)), ActionResult())


def _ship_chunk(ids: list[int], actor_id: int | None, typed: Mapping[int, str]) -> ActionResult:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _ship(ids, actor_id, typed)
        except IntegrityError as error:
            # Somebody else typed the same number a moment ago; now it can be seen.
            if WAYBILL_CONSTRAINT not in str(error) or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _ship(ids: list[int], actor_id: int | None, typed: Mapping[int, str]) -> ActionResult:
    locked = lock_shipments(ids)
    stopped = under_check(ids)
    refused = {id_: refusal for id_ in ids if (refusal := _refusal(locked.get(id_), stopped)) is not None}
    numbers = _number([locked[id_] for id_ in ids if id_ not in refused], typed, refused)
    ready = sorted(numbers)
    if not ready:
        return ActionResult((), refused)
    now, run = timezone.now(), uuid.uuid4()
    update_rows(Shipment, ("waybill_no",), [(id_, numbers[id_]) for id_ in ready])
    move(
        SHIPMENT,
        Shipment,
        ready,
        "ship",
        actor_id=actor_id,
        run=run,
        values={"shipped_at": now},
        changes={id_: {"waybill_no": [locked[id_].waybill_no, numbers[id_]]} for id_ in ready},
    )
    _leave([locked[id_] for id_ in ready], now, actor_id, run)
    return ActionResult(tuple(id_ for id_ in ids if id_ in numbers), refused)


def _refusal(shipment: LockedShipment | None, stopped: Collection[int]) -> Refusal | None:
    if shipment is None:
        return Refusal("not_found", _("This shipment does not exist any more."))
    if shipment.state == SHIPPED:
        return Refusal("shipped", _("The parcel has already left."))
    if shipment.state == CANCELLED:
        return Refusal("cancelled", _("The shipment was cancelled. Put the goods back."))
    if shipment.intercepted:
        return Refusal(
            "intercepted",
            _("The parcel is intercepted: %(reason)s. Put it aside and ask customer service.")
            % {"reason": shipment.intercept_reason or "—"},
        )
    if shipment.reprint_due:
        return Refusal(
            "reprint_due",
            _(
                "Warehouse or carrier were changed after the papers were printed. Print them anew, then ship the parcel."
            ),
        )
    if shipment.id in stopped:
        return Refusal(
            "under_check",
            _(
                "Figures of the parcel or of its stock contradict each other. Put it aside; it may leave when they agree again."
            ),
        )
    return None


def _number(
    shipments: Sequence[LockedShipment], typed: Mapping[int, str], refused: dict[int, Refusal]
) -> dict[int, str]:
    """The waybill number of each shipment; those that cannot have one are refused."""
    numbers: dict[int, str] = {}
    given: dict[tuple[int, str], int] = {}
    for shipment in shipments:
        no = typed.get(shipment.id) or shipment.waybill_no
        if not no:
            continue
        if len(no) > WAYBILL_LENGTH or not no.isascii() or not no.replace("-", "").isalnum():
            refused[shipment.id] = Refusal(
                "bad_waybill", _("“%(no)s” is no waybill number: letters, digits and hyphens only.") % {"no": no}
            )
        elif (shipment.carrier_id, no) in given:
            refused[shipment.id] = _duplicate(no)
        else:
            given[shipment.carrier_id, no] = shipment.id
    used = used_waybills(given) if given else {}
    old = _old_labels(typed) if typed else set()
    for key, shipment_id in given.items():
        if used.get(key) == 0 or (shipment_id, key[1]) in old:
            refused[shipment_id] = _void(key[1])
        elif used.get(key, shipment_id) != shipment_id:
            refused[shipment_id] = _duplicate(key[1])
        else:
            numbers[shipment_id] = key[1]
    open_ones = [one for one in shipments if one.id not in numbers and one.id not in refused]
    return numbers | _next_numbers(open_ones, given.keys(), refused)


def _old_labels(typed: Mapping[int, str]) -> set[tuple[int, str]]:
    """Numbers of the shipments' own labels of before, which another carrier may have given: the old label was scanned."""
    void = VoidWaybill.objects.filter(shipment_id__in=typed.keys(), waybill_no__in=set(typed.values()))
    return set(void.values_list("shipment_id", "waybill_no"))


def _void(no: str) -> Refusal:
    return Refusal(
        "waybill_void",
        _("The number %(no)s is void: warehouse or carrier were changed since. Take the new label.") % {"no": no},
    )


def _duplicate(no: str) -> Refusal:
    return Refusal(
        "waybill_used", _("Another parcel already has the number %(no)s. Scan the label again.") % {"no": no}
    )


def _next_numbers(
    shipments: Sequence[LockedShipment], avoid: Iterable[tuple[int, str]], refused: dict[int, Refusal]
) -> dict[int, str]:
    if not shipments:
        return {}
    taken = take_waybills(Counter(one.carrier_id for one in shipments), avoid=set(avoid))
    supply = {carrier: iter(numbers) for carrier, numbers in taken.items()}
    numbers: dict[int, str] = {}
    without: list[LockedShipment] = []
    for shipment in shipments:
        no = next(supply[shipment.carrier_id], None)
        if no is None:
            without.append(shipment)
        else:
            numbers[shipment.id] = no
    if without:
        names = Carrier.objects.in_bulk({one.carrier_id for one in without})
        for one in without:
            reason = exhausted(names[one.carrier_id].name)
            refused[one.id] = Refusal(reason.code, str(reason))
    return numbers


def _leave(shipments: Sequence[LockedShipment], now: dt.datetime, actor_id: int | None, run: uuid.UUID) -> None:
    """Book the units out and tell the rooms above; the balances last."""
    warehouses = {one.id: one.warehouse_id for one in shipments}
    units: Counter[tuple[int, int]] = Counter()
    lines = ShipmentLine.objects.filter(shipment_id__in=warehouses).values_list("shipment_id", "sku_id", "quantity")
    for shipment_id, sku_id, quantity in lines:
        units[shipment_id, sku_id] += quantity
    leaving: Counter[StockKey] = Counter()
    for (shipment_id, sku_id), quantity in units.items():
        leaving[warehouses[shipment_id], sku_id] += quantity
    if close([one.order_id for one in shipments], Reservation.State.CONSUMED) != leaving:
        raise AssertionError("what the parcels hold is not what their orders reserved")
    write_moves(
        [
            Move(warehouses[shipment_id], sku_id, -quantity, shipment_id)
            for (shipment_id, sku_id), quantity in sorted(units.items())
        ],
        StockMove.Kind.SHIPPED,
        actor_id=actor_id,
    )
    publish(ShipmentsShipped(tuple(warehouses), now, actor_id, run))
    change = {key: -quantity for key, quantity in leaving.items()}
    if change_balances(change, change, guard=False) != leaving.keys():
        raise AssertionError("a reserved unit has no balance")
