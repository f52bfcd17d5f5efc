"""Two workers and one order that both could merge with; each race beside its twin in which the lock is off and the race is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import pytest
from django.db import connection

from oms.catalog import bundles
from oms.catalog.models import Bundle, Sku
from oms.core.errors import UnableTo
from orders import merging, pipeline
from orders.locks import MERGEABLE
from orders.models import MergeRule, Order, OrderLine
from orders.pipeline import process_batch, process_due
from orders.processing import line_rules
from tests.factories import Company, make_company, make_document, make_line, make_sku, store
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads, waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


@pytest.fixture
def company() -> Company:
    """A company with an approved order that others of its buyer may join."""
    made = make_company()
    MergeRule.objects.create(name="并", window_minutes=60)
    store(made.shop, make_document([make_line(made.sku)], "T1"))
    process_due()
    return made


def order_of(number: str) -> Order:
    ids = OrderLine.objects.filter(trade__trade_no=number).values("order_id")
    return Order.objects.exclude(state="superseded").get(id__in=ids)


def test_only_one_of_two_batches_merges_an_order_and_the_sweep_finds_the_rest(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, company: Company
) -> None:
    pause = Pause(monkeypatch, pipeline, "load_snapshot")
    store(company.shop, make_document([make_line(company.sku)], "T2"))
    first = threads.run(process_batch)
    pause.wait()
    store(company.shop, make_document([make_line(company.sku)], "T3"))
    # Nothing is waited for: the order that the other batch holds is left out.
    assert threads.run(process_batch).result(PATIENCE_S).trades == 1
    pause.release()
    first.result(PATIENCE_S)
    assert order_of("T1").id == order_of("T2").id != order_of("T3").id
    assert merging.merge_due() == 1
    assert order_of("T1").id == order_of("T2").id == order_of("T3").id
    assert_invariants_hold()


def without_lock(keys: Iterable[bytes], besides: Collection[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM orders_order WHERE merge_key = ANY(%s) AND id <> ALL(%s) " + MERGEABLE + " ORDER BY id",
            [list(keys), list(besides)],
        )
        return [row[0] for row in cursor.fetchall()]


def test_twin_without_the_lock_merges_it_twice(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, company: Company
) -> None:
    # Nor is the batch done once more, which would come out right.
    monkeypatch.setattr(pipeline, "is_of_one", lambda _error: False)
    monkeypatch.setattr(line_rules, "claim_merge_candidates", without_lock)
    pause = Pause(monkeypatch, pipeline, "load_snapshot")
    store(company.shop, make_document([make_line(company.sku)], "T2"))
    first = threads.run(process_batch)
    pause.wait()
    store(company.shop, make_document([make_line(company.sku)], "T3"))
    threads.run(process_batch).result(PATIENCE_S)
    assert order_of("T1").id == order_of("T3").id
    pause.release()
    # The second merge of the same order is only stopped by the state it expected.
    with pytest.raises(AssertionError, match="left their state"):
        first.result(PATIENCE_S)


@pytest.fixture
def pair() -> tuple[Sku, Sku]:
    return make_sku("X"), make_sku("Y")


def test_two_bills_cannot_make_a_nested_bundle_together(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, pair: tuple[Sku, Sku]
) -> None:
    one, two = pair
    part = make_sku("Z")
    pause = Pause(monkeypatch, bundles, "check_bill")
    first = threads.run(lambda: bundles.save_bundle(one.id, {two.id: 1}, actor_id=None))
    pause.wait()
    second = threads.run(lambda: bundles.save_bundle(two.id, {part.id: 1}, actor_id=None))
    assert waits(second)
    pause.release()
    first.result(PATIENCE_S)
    with pytest.raises(UnableTo):
        second.result(PATIENCE_S)
    assert Bundle.objects.count() == 1


def test_twin_without_the_lock_nests_them(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, pair: tuple[Sku, Sku]
) -> None:
    one, two = pair
    part = make_sku("Z")
    monkeypatch.setattr(bundles, "lock_skus", lambda ids: Sku.objects.in_bulk(list(ids)))
    pause = Pause(monkeypatch, bundles, "check_bill")
    first = threads.run(lambda: bundles.save_bundle(one.id, {two.id: 1}, actor_id=None))
    pause.wait()
    threads.run(lambda: bundles.save_bundle(two.id, {part.id: 1}, actor_id=None)).result(PATIENCE_S)
    pause.release()
    first.result(PATIENCE_S)
    assert Bundle.objects.count() == 2
