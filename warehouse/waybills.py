"""Waybill numbers: the next ones of the ranges that a carrier gave us, never one twice.

Ranges are used up in the order in which they were entered. A number that a shipment already bears (typed by hand) is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from oms.core.bulk import update_rows
from oms.core.errors import UnableTo
from warehouse.locks import LockedRange, lock_ranges
from warehouse.models import WaybillRange

Waybill = tuple[int, str]
"""Carrier id and waybill number."""


def exhausted(carrier: str) -> UnableTo:
    """Why a parcel got no number, and what to do."""
    return UnableTo(
        _("%(carrier)s has no waybill number left. Enter a new range for the carrier, or type the number.")
        % {"carrier": carrier},
        code="no_waybill_left",
    )


def used_waybills(waybills: Collection[Waybill]) -> dict[Waybill, int]:
    """Which of the numbers a shipment bears already, or 0 for those that are void; one query."""
    wanted = sorted(waybills)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.carrier_id, s.waybill_no, s.id FROM unnest(%s::bigint[], %s::text[]) AS v(carrier_id, waybill_no) "
            "JOIN warehouse_shipment s ON s.waybill_no = v.waybill_no AND s.carrier_id = v.carrier_id "
            "WHERE s.waybill_no <> '' UNION ALL "
            "SELECT d.carrier_id, d.waybill_no, 0 FROM unnest(%s::bigint[], %s::text[]) AS v(carrier_id, waybill_no) "
            "JOIN warehouse_voidwaybill d ON d.waybill_no = v.waybill_no AND d.carrier_id = v.carrier_id",
            [[carrier for carrier, _no in wanted], [no for _carrier, no in wanted]] * 2,
        )
        return {(carrier, no): shipment for carrier, no, shipment in cursor.fetchall()}


class _Supply:
    """The numbers of one carrier's ranges, one after another; remembers how far each range is used."""

    def __init__(self, ranges: Sequence[LockedRange]) -> None:
        self.next = {one.id: one.next for one in ranges}
        self._numbers = self._walk(ranges)

    def _walk(self, ranges: Sequence[LockedRange]) -> Iterator[str]:
        for one in ranges:
            for figure in range(one.next, one.last + 1):
                self.next[one.id] = figure + 1
                yield f"{one.prefix}{figure:0{one.width}d}"

    def take(self, count: int, avoid: Collection[str]) -> list[str]:
        taken: list[str] = []
        while len(taken) < count and (found := next(self._numbers, None)) is not None:
            if found not in avoid:
                taken.append(found)
        return taken


def take_waybills(wanted: Mapping[int, int], *, avoid: Collection[Waybill] = ()) -> dict[int, list[str]]:
    """The next numbers of each carrier (carrier id to how many), fewer where its ranges are used up.

    Must run in the transaction that gives the numbers to shipments: the ranges stay locked until its end. ``avoid`` are numbers that
    the caller is about to use.
    """
    by_carrier: defaultdict[int, list[LockedRange]] = defaultdict(list)
    for one in lock_ranges(wanted):
        by_carrier[one.carrier_id].append(one)
    supplies = {carrier: _Supply(ranges) for carrier, ranges in sorted(by_carrier.items())}
    taken: dict[int, list[str]] = {carrier: [] for carrier in wanted}
    barred = set(avoid)
    while True:
        fresh: list[Waybill] = []
        for carrier, supply in supplies.items():
            missing = wanted[carrier] - len(taken[carrier])
            fresh += [(carrier, no) for no in supply.take(missing, {no for other, no in barred if other == carrier})]
        used = used_waybills(fresh) if fresh else {}
        for carrier, no in fresh:
            if (carrier, no) not in used:
                taken[carrier].append(no)
        # Only numbers that were typed by hand before are met here; a further round passes them over.
        if not used:
            break
    update_rows(
        WaybillRange,
        ("next",),
        [(range_id, figure) for supply in supplies.values() for range_id, figure in sorted(supply.next.items())],
    )
    return taken
