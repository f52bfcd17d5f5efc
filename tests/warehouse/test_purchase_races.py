"""Two handhelds receive at the same moment: a note counts once, and no more comes in than is to come.

Beside each race its twin without the lock: the note is still guarded by the database's own constraint, the units are not.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection

from oms.core.errors import UnableTo
from tests.factories import make_company, make_purchase
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads, waits
from warehouse import arrivals
from warehouse.locks import LockedPurchase
from warehouse.models import Arrival, PurchaseOrder, StockBalance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


@pytest.fixture
def purchase() -> PurchaseOrder:
    company = make_company()
    return make_purchase(company.warehouse, {company.sku: 10})


def read_without_lock(purchase_id: int) -> LockedPurchase | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, no, state, warehouse_id, external_no FROM warehouse_purchaseorder WHERE id = %s", [purchase_id]
        )
        return LockedPurchase._make(cursor.fetchone())


def on_hand() -> int:
    return StockBalance.objects.get(sku__code="A1").on_hand


def test_the_same_note_of_two_handhelds_counts_once(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, purchase: PurchaseOrder
) -> None:
    (line,) = purchase.lines.values_list("pk", flat=True)
    pause = Pause(monkeypatch, arrivals, "lock_purchase")
    first = threads.run(lambda: arrivals.take_in(purchase.pk, "SH1", {line: 4}, by=None))
    pause.wait()
    second = threads.run(lambda: arrivals.take_in(purchase.pk, "SH1", {line: 4}, by=None))
    assert waits(second)
    pause.release()
    assert not first.result(PATIENCE_S).repeated
    assert second.result(PATIENCE_S).repeated
    assert (on_hand(), Arrival.objects.count()) == (1_004, 1)
    assert_invariants_hold()


def test_twin_without_the_lock_is_stopped_by_the_constraint(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, purchase: PurchaseOrder
) -> None:
    (line,) = purchase.lines.values_list("pk", flat=True)
    monkeypatch.setattr(arrivals, "lock_purchase", read_without_lock)
    # The first has seen that the note is new when the second books it.
    pause = Pause(monkeypatch, arrivals, "_surplus")
    first = threads.run(lambda: arrivals.take_in(purchase.pk, "SH1", {line: 4}, by=None))
    pause.wait()
    arrivals.take_in(purchase.pk, "SH1", {line: 4}, by=None)
    pause.release()
    with pytest.raises(IntegrityError, match="arrival_note_once"):
        first.result(PATIENCE_S)
    assert on_hand() == 1_004
    assert_invariants_hold()


def test_two_notes_bring_no_more_than_is_to_come(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, purchase: PurchaseOrder
) -> None:
    (line,) = purchase.lines.values_list("pk", flat=True)
    pause = Pause(monkeypatch, arrivals, "lock_purchase")
    first = threads.run(lambda: arrivals.take_in(purchase.pk, "SH1", {line: 7}, by=None))
    pause.wait()
    second = threads.run(lambda: arrivals.take_in(purchase.pk, "SH2", {line: 7}, by=None))
    assert waits(second)
    pause.release()
    first.result(PATIENCE_S)
    with pytest.raises(UnableTo) as refused:
        second.result(PATIENCE_S)
    assert (refused.value.code, on_hand()) == ("more_than_ordered", 1_007)
    assert_invariants_hold()


def test_twin_without_the_lock_lets_too_much_in(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, purchase: PurchaseOrder
) -> None:
    (line,) = purchase.lines.values_list("pk", flat=True)
    monkeypatch.setattr(arrivals, "lock_purchase", read_without_lock)
    pause = Pause(monkeypatch, arrivals, "_surplus")
    first = threads.run(lambda: arrivals.take_in(purchase.pk, "SH1", {line: 7}, by=None))
    pause.wait()
    arrivals.take_in(purchase.pk, "SH2", {line: 7}, by=None)
    pause.release()
    first.result(PATIENCE_S)
    assert on_hand() == 1_014
    assert_invariants_hold(but="purchase.arrived_equals_arrivals")
