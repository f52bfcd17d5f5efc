"""Shipments that get another warehouse or carrier while they are still here, and their papers.

What was printed or numbered before is of no use then: the number is void, never given out or taken again, and the parcel does not
leave until somebody says that its papers are printed anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.actions import ActionResult, Refusal
from oms.core.again import in_chunks
from oms.core.bulk import copy_rows, update_rows
from oms.core.history import HistoryRow, write_history
from warehouse.locks import lock_shipments
from warehouse.models import Shipment, VoidWaybill
from warehouse.states import CALLABLE_BACK, OPEN, RELEASED, SHIPMENT


@dataclass(frozen=True, slots=True)
class Place:
    """From where a parcel leaves, and who drives it."""

    warehouse_id: int
    carrier_id: int


def may_reroute(state: str, *, elsewhere: bool) -> bool:
    """Whether a shipment in the state may get another place: another warehouse (``elsewhere``) while nobody has touched the goods."""
    return state in (CALLABLE_BACK if elsewhere else OPEN)


def reroute_shipments(
    places: Mapping[int, Place], *, actor_id: int | None, reason: str, run: uuid.UUID
) -> frozenset[int]:
    """Give shipments, by id, another place; returns those whose papers are to be printed anew.

    The caller holds their locks and has asked ``may_reroute``.
    """
    now = timezone.now()
    locked = Shipment.objects.in_bulk(sorted(places))
    reprint = frozenset(
        id_ for id_, one in locked.items() if one.state != RELEASED or one.waybill_no or one.reprint_due
    )
    copy_rows(
        VoidWaybill,
        ("shipment_id", "carrier_id", "waybill_no", "at"),
        [(one.id, one.carrier_id, one.waybill_no, now) for one in locked.values() if one.waybill_no],
    )
    update_rows(
        Shipment,
        ("warehouse_id", "carrier_id", "waybill_no", "reprint_due"),
        [(id_, place.warehouse_id, place.carrier_id, "", id_ in reprint) for id_, place in sorted(places.items())],
    )
    write_history(
        HistoryRow(
            kind=SHIPMENT.kind,
            subject_id=one.id,
            action="reroute",
            reason=reason,
            actor_id=actor_id,
            run=run,
            changes={
                "warehouse": [one.warehouse_id, places[one.id].warehouse_id],
                "carrier": [one.carrier_id, places[one.id].carrier_id],
                "waybill_no": [one.waybill_no, ""],
            },
        )
        for one in locked.values()
    )
    return reprint


@in_chunks
def printed_anew(shipment_ids: Sequence[int], *, actor_id: int) -> ActionResult:
    """Say that the papers of these shipments are printed anew; those of which nothing is due are refused."""
    with transaction.atomic():
        locked = lock_shipments(shipment_ids)
        refused = {
            id_: Refusal("nothing_to_reprint", _("The papers of this shipment are up to date."))
            for id_ in shipment_ids
            if id_ not in locked or not locked[id_].reprint_due or locked[id_].state not in OPEN
        }
        done = [id_ for id_ in shipment_ids if id_ not in refused]
        Shipment.objects.filter(id__in=done).update(reprint_due=False)
        write_history(
            HistoryRow(kind=SHIPMENT.kind, subject_id=id_, action="reprint", actor_id=actor_id) for id_ in done
        )
    return ActionResult(tuple(done), refused)
