"""P1: many real processes want the last units at the same time, and never is one promised twice.

Every process reserves and releases baskets of three lines in an order of its own, with duplicates and with sets that share a
component, and audits, un-audits, cancels and ships real orders of the same goods by the product's own functions, while others take in
trades. Each process keeps its own record of what it was told; afterwards the balances must say exactly that, and whatever is left
must be granted to the last unit and no further.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Any
from unittest import mock

from django.db import DatabaseError, connection, connections, transaction

from oms.catalog.models import Sku
from oms.core.again import is_deadlock
from oms.core.invariants import check_all
from orders import audit
from orders.models import ApprovalPolicy, Order, OrderLine
from orders.pipeline import process_batch
from orders.states import OPEN
from tests.factories import make_company, make_document, make_line, store
from tests.factories.company import Company
from warehouse import reservation
from warehouse.locks import StockKey
from warehouse.models import Shipment, StockBalance
from warehouse.reservation import Demand, StaleStock
from warehouse.shipping import ship

SKUS = 6
STOCK = 60
ORDERS = 30
DUE = 20
SETS = ((0, 1), (1, 2), (0, 5))
"""Bundles by the positions of their components: each shares one with another."""

RAW = 1_000_000_000
"""Demands from here on are nobody's orders."""

ACTOR = 1


@dataclass
class Record:
    """What one process was told: what it was granted by demand, which demands it gave back, and what went wrong."""

    granted: dict[int, Counter[StockKey]] = field(default_factory=dict)
    released: set[int] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    deadlocks: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass
class Verdict:
    """What became of it. ``wrong`` lists balances that differ from what the processes were told."""

    processes: int
    granted: int
    refused: int
    done: dict[str, int]
    oversold: int
    deadlocks: int
    wrong: list[str]
    broken: list[str]
    errors: list[str]
    seconds: float

    @property
    def violated(self) -> list[str]:
        """What does not hold, by name."""
        names = ("oversold", "deadlocks", "wrong", "broken", "errors")
        return [name for name in names if getattr(self, name)]

    @property
    def holds(self) -> bool:
        return not self.violated

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(vars(self), ensure_ascii=False)


def make_world() -> Company:
    """Few goods, orders of three lines that wait for the audit, and due trades that pass by policy."""
    company = make_company(skus=SKUS, stock=STOCK, numbers=100_000)
    ApprovalPolicy.objects.filter(audit="cs").update(max_amount=Decimal(50))
    ApprovalPolicy.objects.filter(audit="finance").update(max_amount=None)
    dice = random.Random(3)
    store(company.shop, *(make_document(_lines(dice, company, "40.00")) for _ in range(ORDERS)))
    process_batch()
    store(company.shop, *(make_document(_lines(dice, company, "5.00")) for _ in range(DUE)))
    return company


def _lines(dice: random.Random, company: Company, price: str) -> list[Any]:
    skus = dice.choices(company.skus, k=3)
    return [make_line(sku, dice.randint(1, 2), price=price) for sku in skus]


def storm(company: Company, processes: int, steps: int) -> Verdict:
    """Run the processes over the world, ``steps`` deeds each, and judge what is left."""
    orders = list(Order.objects.filter(state__in=OPEN).order_by("id").values_list("id", flat=True))
    began = time.perf_counter()
    records = _run(processes, lambda number: _work(number, company, orders, steps))
    seconds = time.perf_counter() - began
    return _judge(company, records, seconds)


def _run(processes: int, work: Callable[[int], Record]) -> list[Record]:
    """The records of so many forked processes, which begin together."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start = context.Barrier(processes)
    running = []
    for number in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(theirs, start, work, number), daemon=True)
        process.start()
        theirs.close()
        running.append((process, ours))
    records = []
    for process, ours in running:
        records.append(ours.recv())
        process.join()
    return records


def _child(pipe: Connection, start: Any, work: Callable[[int], Record], number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET deadlock_timeout = '100ms'; SET lock_timeout = '60s'")
    start.wait(120)
    pipe.send(work(number))
    connections.close_all()


def _work(number: int, company: Company, orders: list[int], steps: int) -> Record:
    dice, record = random.Random(number), Record()
    deeds: list[Callable[[], None]] = [
        lambda: _take(dice, company, number, record),
        lambda: _give_back(dice, record),
        lambda: _act(dice, orders, record),
    ]
    for _step in range(steps):
        try:
            with _counted_deadlocks(record):
                dice.choices(deeds, weights=(5, 3, 4))[0]()
        except StaleStock:
            record.refused += 1
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", "") == "40P01":
                record.deadlocks += 1
            else:
                record.errors.append(f"{type(error).__name__}: {error}".splitlines()[0])
        except AssertionError as error:
            record.errors.append(f"AssertionError: {error}")
    return record


@contextmanager
def _counted_deadlocks(record: Record) -> Iterator[None]:
    """Deadlocks after which the product does its work anew count too: what is mended in silence has happened all the same."""

    def counted(error: BaseException) -> bool:
        found = is_deadlock(error)
        record.deadlocks += found
        return found

    with mock.patch("oms.core.again.is_deadlock", counted):
        yield


def _basket(dice: random.Random, company: Company) -> list[int]:
    """Three lines in any order: single goods, the same twice, or a set that opens into its components."""
    sku_ids = [sku.id for sku in company.skus]
    lines: list[int] = []
    for _line in range(3):
        parts = dice.choice(SETS) if dice.random() < 0.3 else (dice.randrange(SKUS),)
        lines += [sku_ids[part] for part in parts]
    if dice.random() < 0.3:
        lines.append(lines[0])
    dice.shuffle(lines)
    return lines


def _take(dice: random.Random, company: Company, number: int, record: Record) -> None:
    """Reserve one to three baskets in one transaction; all of it or nothing."""
    baskets: dict[int, list[int]] = {}
    for _basket_number in range(dice.randint(1, 3)):
        demand = RAW + number * 100_000 + len(record.granted) + len(baskets)
        baskets[demand] = _basket(dice, company)
    house = company.warehouse.id
    demands = [Demand(demand, house, sku, dice.randint(1, 2)) for demand, lines in baskets.items() for sku in lines]
    with transaction.atomic():
        reservation.reserve(demands)
    for one in demands:
        record.granted.setdefault(one.demand_id, Counter())[house, one.sku_id] += one.quantity


def _give_back(dice: random.Random, record: Record) -> None:
    """Release a few demands, now and then one that was given back before: that must give nothing."""
    if not record.granted:
        return
    chosen = dice.sample(sorted(record.granted), min(3, len(record.granted)))
    with transaction.atomic():
        reservation.release(chosen)
    record.released.update(chosen)


def _act(dice: random.Random, orders: list[int], record: Record) -> None:
    """A person's deed on a few orders that everybody works on, or a batch of the pipeline."""
    chosen = dice.sample(orders, 3)
    name = dice.choices(("audit", "unaudit", "cancel", "ship", "pipeline"), weights=(9, 6, 1, 1, 3))[0]
    if name == "audit":
        done = len(audit.audit(chosen, actor_id=ACTOR).done)
    elif name == "unaudit":
        done = len(audit.unaudit(chosen, actor_id=ACTOR, reason="买家改主意").done)
    elif name == "cancel":
        done = len(audit.cancel(chosen[:1], actor_id=ACTOR, reason="买家不要了").done)
    elif name == "ship":
        parcels = Shipment.objects.filter(order_id__in=chosen[:1]).values_list("id", flat=True)
        done = len(ship(list(parcels), actor_id=ACTOR).done)
    else:
        done = process_batch(4).total
    record.done[name] += done


def _judge(company: Company, records: list[Record], seconds: float) -> Verdict:
    granted: Counter[StockKey] = Counter()
    for record in records:
        for demand, units in record.granted.items():
            if demand not in record.released:
                granted += units
    told = granted + _held_by_orders()
    shipped = _shipped()
    wrong: list[str] = []
    oversold = 0
    for balance in StockBalance.objects.order_by("id"):
        key = (balance.warehouse_id, balance.sku_id)
        oversold += max(0, told[key] + shipped[key] - STOCK)
        if (balance.on_hand, balance.reserved) != (STOCK - shipped[key], told[key]):
            wrong.append(f"{key}: {balance.on_hand} on hand, {balance.reserved} reserved, {told[key]} told")
    last, too_many = _fill(company, told, shipped)
    wrong += last
    broken = [one.code for one in check_all(lambda one: one.code.startswith("stock."))]
    if not wrong:
        _clear(records)
        broken += [one.code for one in check_all()]
    return Verdict(
        processes=len(records),
        granted=sum(sum(units.values()) for record in records for units in record.granted.values()),
        refused=sum(record.refused for record in records),
        done=dict(sorted(sum((record.done for record in records), Counter[str]()).items())),
        oversold=oversold + too_many,
        deadlocks=sum(record.deadlocks for record in records),
        wrong=wrong,
        broken=sorted(set(broken)),
        errors=sorted({error for record in records for error in record.errors})[:5],
        seconds=round(seconds, 2),
    )


def _held_by_orders() -> Counter[StockKey]:
    rows = OrderLine.objects.filter(order__state__in=("finance_review", "approved"))
    return _sum(rows.values_list("order__warehouse_id", "sku_id", "quantity"))


def _shipped() -> Counter[StockKey]:
    rows = OrderLine.objects.filter(order__state="shipped")
    return _sum(rows.values_list("order__warehouse_id", "sku_id", "quantity"))


def _sum(rows: Iterable[tuple[Any, Any, int]]) -> Counter[StockKey]:
    units: Counter[StockKey] = Counter()
    for warehouse, sku, quantity in rows:
        units[warehouse, sku] += quantity
    return units


def _fill(company: Company, told: Counter[StockKey], shipped: Counter[StockKey]) -> tuple[list[str], int]:
    """Take what is left unit by unit: exactly the stock is granted, no unit less (a leak), none more (units granted too many)."""
    wrong: list[str] = []
    too_many, house = 0, company.warehouse.id
    for sku in company.skus:
        left = STOCK - told[house, sku.id] - shipped[house, sku.id]
        units = _take_all(house, sku, limit=max(left, 0) + 20)
        if units != left:
            wrong.append(f"{sku.code}: {units} granted where {left} were left")
            too_many += max(0, units - left)
    return wrong, too_many


def _take_all(house: int, sku: Sku, limit: int) -> int:
    with transaction.atomic():
        for unit in range(limit):
            try:
                with transaction.atomic():
                    reservation.reserve([Demand(2 * RAW + unit, house, sku.id, 1)])
            except (StaleStock, DatabaseError):
                break
        else:
            unit = limit
        transaction.set_rollback(True)
    return unit


def _clear(records: list[Record]) -> None:
    """Give back what nobody's order holds, so that every other invariant can be asked too."""
    with transaction.atomic():
        reservation.release([demand for record in records for demand in record.granted])
