"""Stored trades decided under the live rules and under a changed one, against the bare reading of the same rows."""

from __future__ import annotations

import datetime as dt
import resource
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection

from oms.core.bulk import array_text
from oms.core.versions import draft
from orders.models import RoutingRule, Trade
from orders.trades.intake import store_trades
from orders.what_if.replay import Replay
from orders.what_if.runs import drafts_of
from orders.what_if.window import READ, Sequence, Window
from tests.bench.server import server_cpu_s
from tests.bench.world import BEGIN, make_pages, make_world
from warehouse.models import Carrier, Warehouse


def measure(trades: int) -> Iterator[dict[str, Any]]:
    """A line for each of two changed rules. Raises AssertionError when the outcome is not right."""
    shop = make_world(trades)
    for page in make_pages(trades):
        store_trades(shop, page)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    window = Window(BEGIN, BEGIN + dt.timedelta(days=90), (shop.id,))
    bare = _read_bare(window)
    for name, rule_id, content, share in _drafts():
        version = draft(name, content, author_id=None, rule_id=rule_id)
        cpu, database_cpu, began = time.process_time(), server_cpu_s(), time.perf_counter()
        replay = Replay(window, drafts_of([version]))
        differing = sum(len(step.differences) for step in replay.steps())
        seconds = time.perf_counter() - began
        cpu, database_cpu = time.process_time() - cpu, server_cpu_s() - database_cpu
        assert replay.totals.trades == trades
        assert differing == replay.totals.changed == trades // share
        yield {
            "changed": name,
            "orders": trades,
            "differing": differing,
            "seconds": round(seconds, 2),
            "orders_per_second": round(trades / seconds),
            "cpu_seconds": round(cpu, 2),
            "database_cpu_seconds": round(database_cpu, 2),
            "read_seconds": round(bare, 2),
            "ratio_to_read": round(seconds / bare, 2),
            "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def _drafts() -> Iterator[tuple[str, int | None, dict[str, Any], int]]:
    """Kind, rule, content, and of how many trades one is to differ: all by carrier, every second by warehouse."""
    other = Carrier.objects.create(code="YTO", name="圆通速递")
    rule = RoutingRule.objects.get(kind="carrier")
    yield "routing", rule.id, {"name": "all", "kind": "carrier", "carrier": other.id}, 1
    south = Warehouse.objects.get(code="SOUTH")
    content = {"name": "all", "kind": "warehouse", "warehouse": south.id, "priority": 1, "in_stock": True}
    yield "routing", None, content, 2


def _read_bare(window: Window) -> float:
    """Seconds of reading the trades as the comparison reads them, and doing nothing with them."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        read = 0
        for batch in Sequence(window).batches(500, {}, 0):
            cursor.execute(READ, [array_text(batch.ids)])
            read += len(cursor.fetchall())
    assert read == Trade.objects.count()
    return time.perf_counter() - began
