"""A clerk's one action audits many orders: the batch as a job runs it, beside the bare UPDATE of the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import Staff
from oms.core import jobs
from orders.batches.deeds import DEEDS
from orders.batches.start import start_batch
from orders.models import ApprovalPolicy, Order, OrderBatch
from orders.pipeline import process_due
from orders.trades.intake import store_trades
from tests.bench.server import server_cpu_s
from tests.bench.world import make_pages, make_world


def measure(orders: int) -> Iterator[dict[str, Any]]:
    """Take the trades in with no policy for the first audit, then audit what waits in one batch."""
    shop = make_world(orders)
    ApprovalPolicy.objects.filter(audit="cs").delete()
    for page in make_pages(orders):
        store_trades(shop, page)
    process_due()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    clerk = Staff.objects.create_superuser("clerk", password=None)
    waiting = list(Order.objects.filter(state="cs_review").order_by("id").values_list("id", "version"))
    begun = time.perf_counter()
    batch = start_batch(clerk, DEEDS["audit"], {}, waiting)
    frozen_s = time.perf_counter() - begun
    cpu, database_cpu, begun = time.process_time(), server_cpu_s(), time.perf_counter()
    jobs.run_due(only=batch.job_id)
    seconds = time.perf_counter() - begun
    cpu, database_cpu = time.process_time() - cpu, server_cpu_s() - database_cpu
    batch = OrderBatch.objects.get(pk=batch.pk)
    if batch.done != orders or Order.objects.filter(state="approved").count() != orders:
        raise AssertionError(f"{batch.done} of {orders} orders were audited, {batch.refused} refused")
    bare_s = _bare([order_id for order_id, _version in waiting])
    yield {
        "orders": orders,
        "orders_per_second": round(orders / seconds),
        "orders_per_cpu_second": round(orders / cpu),
        "worker_cpu_seconds": round(cpu, 2),
        "database_cpu_seconds": round(database_cpu, 2),
        "freezing_s": round(frozen_s, 3),
        "queries_per_thousand": _queries(clerk, shop, orders),
        "ratio_to_bare_update": round(seconds / bare_s, 1),
    }


def _bare(ids: list[int]) -> float:
    """Seconds that the state and the version of the same rows take to change, in the same portions and nothing else."""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for start in range(0, len(ids), 500):
            with transaction.atomic():
                cursor.execute(
                    "UPDATE orders_order SET state = 'finance_review', version = version + 1 WHERE id = ANY(%s)",
                    [ids[start : start + 500]],
                )
    return time.perf_counter() - begun


def _queries(clerk: Staff, shop: Any, offset: int) -> int:
    """Statements of a thousand orders, which are two parts; the job's own few are in it."""
    pages = list(make_pages(offset + 1000))[-1:]
    for page in pages:
        store_trades(shop, page)
    process_due()
    waiting = list(Order.objects.filter(state="cs_review").order_by("id").values_list("id", "version")[:1000])
    batch = start_batch(clerk, DEEDS["audit"], {}, waiting)
    with CaptureQueriesContext(connection) as queries:
        jobs.run_due(only=batch.job_id)
    return len(queries)
