"""What it costs to check that everything that must be true is: all of it, and what the last minutes touched."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection

from finance.posting import post_all
from oms.core import invariants
from orders.models import Order
from orders.pipeline import process_due
from orders.trades.intake import store_trades
from tests.bench.world import make_pages, make_world
from warehouse.models import Carrier, Shipment, WaybillRange
from warehouse.shipping import ship

BATCH = 500
LATELY = 3000
"""Orders to which something happened since the last check."""


def measure(trades: int) -> Iterator[dict[str, Any]]:
    """A line for each invariant, and one for all: nine of ten orders shipped and posted, as in an archive."""
    shop = make_world(trades)
    WaybillRange.objects.create(carrier=Carrier.objects.get(), prefix="ZT", width=13, next=1, last=trades)
    for page in make_pages(trades):
        store_trades(shop, page)
    process_due()
    ready = list(Shipment.objects.order_by("id").values_list("id", flat=True)[: trades * 9 // 10])
    shipped = sum(len(ship(ready[start : start + BATCH], actor_id=1).done) for start in range(0, len(ready), BATCH))
    assert shipped == post_all().posted == len(ready)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    began = time.perf_counter()
    examined = invariants.examine_all()
    seconds = time.perf_counter() - began
    assert not [one.violation for one in examined if one.violation is not None]
    for one in sorted(examined, key=lambda one: -one.seconds):
        yield {"part": one.invariant.code, "ms": round(one.seconds * 1000)}
    yield {"part": "all", "orders": Order.objects.count(), "seconds": round(seconds, 2)}
    since, touched = _only_some_happened_lately()
    began = time.perf_counter()
    lately = [invariants.examine(one, since=since) for one in invariants.registered() if one.can_look_back]
    seconds = time.perf_counter() - began
    assert not [one.violation for one in lately if one.violation is not None]
    yield {"part": "lately", "invariants": len(lately), "orders": touched, "seconds": round(seconds, 2)}


def _only_some_happened_lately() -> tuple[dt.datetime, int]:
    """Since when something happened to as many orders as come in a busy minute, and to how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(at) + interval '1 second' FROM core_historyentry")
        since: dt.datetime = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE core_historyentry SET at = at + interval '1 hour' WHERE kind = 'order' AND subject_id IN "
            "(SELECT id FROM orders_order ORDER BY id DESC LIMIT %s)",
            [LATELY],
        )
        cursor.execute("VACUUM ANALYZE core_historyentry")
    return since, LATELY
