"""Parcels are locked before their orders, also one that was made while its order was waited for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from orders import audit, locks
from orders.models import ApprovalPolicy, Order
from tests.factories import make_company, make_order
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads, waits
from warehouse.locks import lock_live_shipments

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


@pytest.mark.parametrize("attempts", [locks.LATE_PARCELS, 1], ids=["as_it_is", "twin_that_does_not_look_again"])
def test_an_order_approved_while_it_is_waited_for_has_its_parcel_locked_first(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, attempts: int
) -> None:
    company = make_company()
    ApprovalPolicy.objects.filter(audit="cs").update(max_amount=Decimal(1))
    order = make_order(company)
    assert order.state == "cs_review"
    ApprovalPolicy.objects.filter(audit="cs").update(max_amount=Decimal(500))
    locked: list[str] = []
    original = lock_live_shipments

    def noted(ids: Iterable[int]) -> Any:
        found = original(ids)
        locked.append("with its parcel" if found else "without a parcel")
        return found

    monkeypatch.setattr(locks, "lock_live_shipments", noted)
    monkeypatch.setattr(locks, "LATE_PARCELS", attempts)
    pause = Pause(monkeypatch, audit, "apply_plan")
    passing = threads.run(lambda: audit.audit([order.id], actor_id=1))
    pause.wait()
    taking_back = threads.run(lambda: audit.unaudit([order.id], actor_id=2))
    assert waits(taking_back)
    pause.release()
    assert passing.result(PATIENCE_S).done == taking_back.result(PATIENCE_S).done == (order.id,)
    assert locked == (["without a parcel"] if attempts == 1 else ["without a parcel", "with its parcel"])
    assert Order.objects.get().state == "cs_review"
    assert_invariants_hold()
