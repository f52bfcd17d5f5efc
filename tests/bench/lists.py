"""The lists and the search of a clerk on a full database: server time of the whole view, against its own statements sent bare."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.accounts.models import Staff
from oms.catalog.models import Shop
from orders.models import Order
from orders.queries import stage_counts
from tests.bench.archive import NOUNS, Archive, make_archive
from tests.bench.server import server_cpu_s
from warehouse.models import Carrier

RUNS = 40
"""Requests of each case, each with another key or place."""

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A question a clerk asks: by which page, with which parameters for the run ``n``."""

    name: str
    page: str
    params: Callable[[int], Params]
    limited: bool = False
    part: bool = False
    """Whether the list alone is asked for, as the page does after an action."""
    found: bool = True
    """Whether anything is to be found."""


def measure(orders: int, runs: int = RUNS) -> Iterator[dict[str, Any]]:
    """A line for the data, and one for each case. Raises AssertionError when a page does not show what it should."""
    began = time.perf_counter()
    archive = make_archive(orders)
    open_orders = Order.objects.filter(state__in=("exception", "presale", "cs_review", "finance_review", "approved"))
    yield {
        "part": "data",
        "orders": orders,
        "open": open_orders.count(),
        "skus": archive.skus,
        "seconds": round(time.perf_counter() - began, 1),
    }
    for case in cases(archive):
        yield {"orders": orders, **ask(case, archive.limited if case.limited else archive.clerk, runs)}
    yield {"orders": orders, **_counts(archive.clerk, runs)}


def cases(archive: Archive) -> list[Case]:
    """Everything that is measured but the counts alone."""
    shops = list(Shop.objects.order_by("id").values_list("id", flat=True))
    carriers = list(Carrier.objects.order_by("id").values_list("id", flat=True))
    workbench, search = "orders:workbench", "portal:search"

    def three(stage: str) -> Callable[[int], Params]:
        def params(n: int) -> Params:
            shop, carrier = archive.order_of(n, closed=stage == "completed")
            return {"stage": stage, "shop": shops[shop], "carrier": carriers[carrier], "paid": "100..500"}

        return params

    def key(text: Callable[[int], str]) -> Callable[[int], Params]:
        return lambda n: {"q": text(n)}

    step = max(archive.orders // RUNS, 1)
    return [
        Case("first page, to be audited", workbench, lambda n: {"stage": "cs_review"}),
        Case("first page, all open", workbench, lambda n: {"stage": "open"}),
        Case("first page, the list alone", workbench, lambda n: {"stage": "open"}, part=True),
        Case("first page, a third of the shops", workbench, lambda n: {"stage": "open"}, limited=True),
        Case("first page, completed", workbench, lambda n: {"stage": "completed"}),
        Case("first page, cancelled", workbench, lambda n: {"stage": "cancelled"}),
        Case("page 200, all open", workbench, lambda n: {"stage": "open", "page": 200}),
        Case("page 200, a third of the shops", workbench, lambda n: {"stage": "open", "page": 200}, limited=True),
        Case("page 200, completed", workbench, lambda n: {"stage": "completed", "page": 200}),
        Case("three fields, open", workbench, three("open")),
        Case("three fields, completed", workbench, three("completed")),
        Case("search: platform number", search, key(lambda n: str(7_000_000_000_000_000_000 + 1 + n * step))),
        Case("search: own number", search, key(lambda n: f"SO2611{1 + n * step:010d}")),
        Case("search: waybill", search, key(lambda n: f"YT{1 + n * step // 2:013d}")),
        Case("search: buyer", search, key(lambda n: f"buyer{n * step // 2}")),
        Case("search: phone", search, key(archive.phone)),
        Case("search: receiver", search, key(archive.name)),
        Case("search: SKU", search, key(lambda n: f"SKU{1 + n * 37 % archive.skus:06d}")),
        Case("search: part of a name", search, key(lambda n: archive.product(1 + n * 11))),
        Case("search: a word", search, key(lambda n: NOUNS[n % len(NOUNS)])),
        Case("search: nothing there", search, key(lambda n: f"查无此物{n}"), found=False),
    ]


def ask(case: Case, staff: Staff, runs: int = RUNS) -> dict[str, Any]:
    """The figures of a case."""
    client = Client(headers={"HX-Request": "true"} if case.part else None)
    client.force_login(staff)
    addresses = [f"{reverse(case.page)}?{urlencode(case.params(n))}" for n in range(runs)]
    for address in addresses[:2]:
        _get(client, address, found=case.found)
    times, work = [], []
    database = server_cpu_s()
    for address in addresses:
        began, worked = time.perf_counter(), time.process_time()
        _get(client, address, found=case.found)
        times.append(time.perf_counter() - began)
        work.append(time.process_time() - worked)
    database = (server_cpu_s() - database) / runs
    bare: list[float] = []
    queries = 0
    for address in addresses[: max(runs // 2, 1)]:
        with CaptureQueriesContext(connection) as captured:
            _get(client, address, found=case.found)
        statements = [query["sql"] for query in captured if query["sql"].startswith(("SELECT", "(SELECT"))]
        queries = max(queries, len(captured))
        bare.append(_send_bare(statements))
    return {"case": case.name, "queries": queries, **_figures(times, bare), **_work(work, database)}


def _counts(staff: Staff, runs: int) -> dict[str, Any]:
    """The counts of the stages alone, as every page asks for them."""
    times: list[float] = []
    for _run in range(runs):
        began = time.perf_counter()
        stage_counts(staff)
        times.append(time.perf_counter() - began)
    with CaptureQueriesContext(connection) as captured:
        stage_counts(staff)
    statements = [query["sql"] for query in captured]
    return {
        "case": "stage counts",
        "queries": len(statements),
        **_figures(times, [_send_bare(statements) for _run in range(max(runs // 2, 1))]),
    }


def _get(client: Client, address: str, *, found: bool) -> None:
    response = client.get(address)
    # The only thing that was found opens by itself.
    rows = 1 if response.status_code == 302 else response.content.count(b" data-id=")
    # A condition that is not understood narrows nothing, and would be measured as if it had.
    if response.status_code not in {200, 302} or bool(rows) != found or b"chip wrong" in response.content:
        raise AssertionError(f"{address} answered {response.status_code} with {rows} rows")


def _send_bare(statements: Sequence[str]) -> float:
    """Seconds of the same statements without anything round them."""
    connection.ensure_connection()
    began = time.perf_counter()
    with connection.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()
    return time.perf_counter() - began


def _figures(times: Sequence[float], bare: Sequence[float]) -> dict[str, Any]:
    server, sql = percentile(times, 50), percentile(bare, 50)
    return {
        "p50_ms": round(server * 1000, 1),
        "p95_ms": round(percentile(times, 95) * 1000, 1),
        "sql_p50_ms": round(sql * 1000, 1),
        "sql_p95_ms": round(percentile(bare, 95) * 1000, 1),
        "ratio_to_sql": round(server / sql, 1),
    }


def _work(process: Sequence[float], database: float) -> dict[str, Any]:
    """Processor time, which says something on a busy machine too: PostgreSQL's is told in hundredths of a second, hence on average."""
    return {
        "cpu_p50_ms": round(percentile(process, 50) * 1000, 1),
        "cpu_p95_ms": round(percentile(process, 95) * 1000, 1),
        "database_cpu_ms": round(database * 1000, 1),
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]
