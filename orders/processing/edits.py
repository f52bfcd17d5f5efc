"""Edits by people, read for a batch that follows changed trades. The deciding is in ``orders.engine.follow.keep_edit``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orders.engine.follow import Seen
from orders.models import OrderEdit


@dataclass(frozen=True, slots=True)
class EditFacts:
    """What people changed of an order, and the receiver that it has now."""

    receiver: bool
    lines: bool
    receiver_id: int
    region_id: str | None
    region_name: str
    merge_key: bytes | None


def load_edits(order_ids: Iterable[int]) -> dict[int, EditFacts]:
    """The edits of the orders that have any. One query."""
    rows = OrderEdit.objects.filter(order_id__in=list(order_ids)).values_list(
        "order_id",
        "receiver",
        "lines",
        "order__receiver_id",
        "order__region_id",
        "order__region_name",
        "order__merge_key",
    )
    return {
        order_id: EditFacts(receiver, lines, receiver_id, region_id, region, None if key is None else bytes(key))
        for order_id, receiver, lines, receiver_id, region_id, region, key in rows
    }


def remember_seen(seen: Mapping[int, Seen]) -> None:
    """Keep what edited orders' trades say now, so that the next change is told from it."""
    edits = list(OrderEdit.objects.filter(order_id__in=list(seen)).exclude(seen_receiver=""))
    for edit in edits:
        edit.seen_lines = [list(line) for line in seen[edit.order_id].lines]
        edit.seen_receiver = seen[edit.order_id].receiver
    OrderEdit.objects.bulk_update(edits, ["seen_lines", "seen_receiver"])
