"""Two clerks at the same orders, over two connections; beside it the twin in which the lock is off and a clerk's words are lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from oms.core.actions import ActionResult
from orders import audit
from orders.batches import edit as editing
from orders.batches.edit import edit
from orders.batches.fields import FIELDS, Change
from orders.locks import LOCKED_ORDER
from orders.models import Order
from tests.factories import make_company
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads, waits

from .make import make_waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


def append(order: Order, text: str, versions: dict[int, int] | None = None) -> ActionResult:
    return edit([order.pk], FIELDS["note"], Change("append", text), actor_id=7, versions=versions)


def test_the_second_clerk_waits_and_both_notes_are_kept(monkeypatch: pytest.MonkeyPatch, threads: Threads) -> None:
    (order,) = make_waiting(make_company(), 1)
    pause = Pause(monkeypatch, editing, "_read")
    first = threads.run(lambda: append(order, "甲"))
    pause.wait()
    second = threads.run(lambda: append(order, "乙"))
    assert waits(second)
    pause.release()
    assert first.result(PATIENCE_S).done == second.result(PATIENCE_S).done == (order.pk,)
    order.refresh_from_db()
    assert order.internal_note == "甲\n乙"


def test_a_clerk_who_saw_the_older_version_is_told(monkeypatch: pytest.MonkeyPatch, threads: Threads) -> None:
    (order,) = make_waiting(make_company(), 1)
    seen = {order.pk: order.version}
    pause = Pause(monkeypatch, editing, "_read")
    first = threads.run(lambda: append(order, "甲", seen))
    pause.wait()
    second = threads.run(lambda: append(order, "乙", seen))
    assert waits(second)
    pause.release()
    assert first.result(PATIENCE_S).done == (order.pk,)
    assert [refusal.code for refusal in second.result(PATIENCE_S).refused.values()] == ["changed_meanwhile"]


def without_lock(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in Order.objects.filter(id__in=list(ids)).values(*LOCKED_ORDER)}


def test_twin_without_the_lock_loses_a_note(monkeypatch: pytest.MonkeyPatch, threads: Threads) -> None:
    (order,) = make_waiting(make_company(), 1)
    monkeypatch.setattr(editing, "lock_orders", without_lock)
    pause = Pause(monkeypatch, editing, "_read")
    first = threads.run(lambda: append(order, "甲"))
    pause.wait()
    threads.run(lambda: append(order, "乙")).result(PATIENCE_S)
    pause.release()
    first.result(PATIENCE_S)
    order.refresh_from_db()
    assert order.internal_note == "甲"


def test_two_clerks_who_audit_the_same_orders_reserve_once(monkeypatch: pytest.MonkeyPatch, threads: Threads) -> None:
    orders = [order.pk for order in make_waiting(make_company(stock=10), 5)]
    pause = Pause(monkeypatch, audit, "load_snapshot")
    first = threads.run(lambda: audit.audit(orders, actor_id=1))
    pause.wait()
    second = threads.run(lambda: audit.audit(list(reversed(orders)), actor_id=2))
    assert waits(second)
    pause.release()
    assert len(first.result(PATIENCE_S).done) == 5
    assert {refusal.code for refusal in second.result(PATIENCE_S).refused.values()} == {"wrong_state"}
    assert_invariants_hold()
