"""Stored raw trades to approved and reserved orders, against the bare COPY of the rows that this writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection
from django.db.models import F, Sum

from oms.core import invariants
from orders.models import Order, OrderLine, OrderLink, Trade
from orders.trades.intake import store_trades
from tests.bench import rules
from tests.bench.rules import SKUS, make_pages, make_world
from warehouse.models import Reservation, Shipment, StockBalance

WRITTEN = {
    "orders_order": "id",
    "orders_orderline": "order_id",
    "orders_orderdecision": "order_id",
    "core_historyentry": "id",
    "warehouse_shipment": "order_id",
    "warehouse_shipmentline": "(SELECT s.order_id FROM warehouse_shipment s WHERE s.id = shipment_id)",
    "warehouse_reservation": "demand_id",
}
"""The tables that the pipeline adds rows to, in the order of their foreign keys, and what tells whose share a row is."""


def measure(
    folder: Path, trades: int, workers: int, *, campaigns: bool, profile: Path | None
) -> Iterator[dict[str, Any]]:
    """Two lines: taking the trades in, and the pipeline. Raises AssertionError when the outcome is not right."""
    shops = make_world(trades, campaigns=campaigns)
    began = time.perf_counter()
    for number, page in enumerate(make_pages(trades)):
        store_trades(shops[number % len(shops)], page)
    seconds = time.perf_counter() - began
    yield {
        "part": "intake",
        "trades": trades,
        "seconds": round(seconds, 2),
        "trades_per_second": round(trades / seconds),
    }
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    seconds, figures = run_workers(workers, profile)
    outcome = _check(trades)
    copied = _copy_bare(folder, workers)
    # The last batch of a worker may hold fewer trades, and none may follow a changed trade: the number is the same.
    queries = sum((Counter({int(n): c for n, c in f["queries"].items()}) for f in figures), Counter[int]())
    yield {
        "part": "approve and reserve",
        "trades": trades,
        "skus": SKUS,
        "campaigns": campaigns,
        **outcome,
        "workers": workers,
        "cores": len(os.sched_getaffinity(0)),
        "seconds": round(seconds, 2),
        "orders_per_second": round(trades / seconds),
        "worker_cpu_seconds": round(sum(f["cpu_seconds"] for f in figures), 2),
        "queries_per_batch": {str(n): count for n, count in sorted(queries.items())},
        "peak_rss_mib": round(max(f["peak_rss_mib"] for f in figures)),
        "copy_seconds": round(copied, 2),
        "ratio_to_copy": round(seconds / copied, 2),
    }


def run_workers(count: int, profile: Path | None = None) -> tuple[float, list[dict[str, Any]]]:
    """Seconds from the word to the last worker's end, and what each tells."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.worker"]
    processes = [
        subprocess.Popen(
            [*command, f"{profile}.{number}"] if profile else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate()[0]) for process in processes]
    seconds = time.perf_counter() - began
    assert [process.returncode for process in processes] == [0] * count
    return seconds, answers


def _check(trades: int) -> dict[str, int]:
    """Every trade is in approved orders alone with its goods reserved, and the figures of the stock say the same."""
    assert not Trade.objects.exclude(state=Trade.State.SETTLED).exists()
    live = Order.objects.exclude(state="superseded")
    assert not live.exclude(state="approved").exists()
    lines = OrderLine.objects.filter(order__state="approved")
    assert lines.filter(trade__isnull=False).values("trade").distinct().count() == trades
    assert Shipment.objects.filter(state="released").count() == live.count()
    units = lines.aggregate(units=Sum("quantity"))["units"]
    assert Reservation.objects.filter(state="active").aggregate(units=Sum("quantity"))["units"] == units
    assert StockBalance.objects.aggregate(units=Sum("reserved"))["units"] == units
    assert not StockBalance.objects.filter(reserved__gt=F("on_hand")).exists()
    broken = [violation.code for violation in invariants.check_all()]
    assert not broken, broken
    split = OrderLink.objects.filter(kind="split").values("parent").distinct().count()
    merged = OrderLink.objects.filter(kind="merge").values("child").distinct().count()
    assert split >= sum(map(rules.is_heavy, range(trades)))
    # Two workers may take the two trades of a buyer at once; the sweep for those is no part of the measurement.
    assert merged >= sum(map(rules.joins, range(trades))) * 9 // 10
    bundles = lines.filter(bundle_sku__isnull=False).values("trade", "oid").distinct().count()
    gifts = lines.filter(is_gift=True).aggregate(units=Sum("quantity"))["units"] or 0
    return {"orders": live.count(), "split": split, "merged": merged, "bundles": bundles, "gift_units": gifts}


def _copy_bare(folder: Path, connections: int) -> float:
    """Seconds of writing the same rows into the same tables with their indexes by COPY, on as many connections."""
    shares, orders = range(connections), Order.objects.count()
    with connection.cursor() as cursor:
        for table, owner in WRITTEN.items():
            for share in shares:
                with _file(folder, table, share).open("wb") as file:
                    query = f"SELECT * FROM {table} WHERE {owner} % {connections} = {share}"
                    cursor.copy_expert(f"COPY ({query}) TO STDOUT", file)
        cursor.execute(f"TRUNCATE {', '.join(WRITTEN)} CASCADE")
        cursor.execute("CHECKPOINT")
    dsn = os.environ["DATABASE_URL"]
    threads = [threading.Thread(target=_copy_share, args=(dsn, folder, share)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    assert Order.objects.count() == orders
    return seconds


def _copy_share(dsn: str, folder: Path, share: int) -> None:
    with psycopg2.connect(dsn) as own, own.cursor() as cursor:
        for table in WRITTEN:
            with _file(folder, table, share).open("rb") as file:
                cursor.copy_expert(f"COPY {table} FROM STDIN", file)


def _file(folder: Path, table: str, share: int) -> Path:
    return folder / f"{table}.{share}.copy"
