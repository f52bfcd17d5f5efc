"""What an action would do: the action itself, done and rolled back, so that nothing can differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from oms.core.actions import ActionResult
from orders.batches.deeds import Deed
from orders.batches.results import Reason
from orders.batches.start import Seen
from orders.rerouting import REPRINT
from orders.splitting import MADE

LOOKED_AT = 1000
"""Orders of a larger set that are tried out."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Of ``looked_at`` of ``total`` orders: how many change, are as wanted already, and are refused by which reasons.

    ``made`` orders would stand for those that are split or merged. ``parcels`` of those that change have passed the audit and move with
    warehouse or carrier; ``reprints`` have their papers printed anew.
    """

    total: int
    looked_at: int
    changing: int
    same: int
    refused: int
    reasons: tuple[Reason, ...]
    parcels: int = 0
    reprints: int = 0
    made: int = 0


def preview(deed: Deed, params: Mapping[str, Any], orders: Sequence[Seen], *, actor_id: int) -> Preview:
    """Try the action out on the first orders, which the caller has narrowed to what the person may see. Nothing is kept."""
    tried = list(orders[:LOOKED_AT])
    result = ActionResult()
    for start in range(0, len(tried), deed.part):
        part = dict(tried[start : start + deed.part])
        with transaction.atomic():
            result += deed.run(list(part), actor_id, params, part)
            transaction.set_rollback(True)
    counts = Counter((refusal.code, refusal.sentence) for refusal in result.refused.values())
    reasons = [Reason(code, sentence, count) for (code, sentence), count in counts.most_common()]
    changing = len(result.changes)
    changes = result.changes.values()
    return Preview(
        len(orders),
        len(tried),
        changing,
        len(result.done) - changing,
        len(result.refused),
        tuple(reasons),
        sum(bool(changed.keys() & {"warehouse_id", "carrier_id"}) for changed in changes),
        sum(REPRINT in changed for changed in changes),
        len({one for changed in changes if MADE in changed for one in changed[MADE][1]}),
    )
