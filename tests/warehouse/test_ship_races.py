"""A packer and a clerk at the same moment: either the parcel leaves or it is stopped, never both.

Each race stands beside its twin in which the lock is off and the race is lost, so that it is known to be one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from django.db import connection

from orders import audit
from orders.models import Order
from tests.factories import make_company, make_order
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads, waits
from warehouse import shipping
from warehouse.locks import LockedShipment
from warehouse.models import Shipment, StockBalance

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


@pytest.fixture
def shipment() -> Iterator[Shipment]:
    company = make_company()
    yield Shipment.objects.get(order_id=make_order(company).id)
    assert_invariants_hold()


def read_without_lock(ids: Iterable[int]) -> dict[int, LockedShipment]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, no, order_id, state, warehouse_id, carrier_id, waybill_no, intercepted, intercept_reason, "
            "reprint_due FROM warehouse_shipment WHERE id = ANY(%s)",
            [list(ids)],
        )
        return {row[0]: LockedShipment._make(row) for row in cursor.fetchall()}


def test_hold_waits_for_the_shipping_and_then_finds_the_order_gone(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, shipment: Shipment
) -> None:
    pause = Pause(monkeypatch, shipping, "lock_shipments")
    leaving = threads.run(lambda: shipping.ship([shipment.id], actor_id=1))
    pause.wait()
    holding = threads.run(lambda: audit.hold([shipment.order_id], actor_id=2, reason="买家不要了"))
    assert waits(holding)
    pause.release()
    assert leaving.result(PATIENCE_S).done == (shipment.id,)
    assert holding.result(PATIENCE_S).refused[shipment.order_id].code == "wrong_state"
    shipment.refresh_from_db()
    assert (shipment.state, shipment.intercepted) == ("shipped", False)


def test_twin_without_the_lock_ships_what_was_held(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, shipment: Shipment
) -> None:
    monkeypatch.setattr(shipping, "lock_shipments", read_without_lock)
    pause = Pause(monkeypatch, shipping, "lock_shipments")
    leaving = threads.run(lambda: shipping.ship([shipment.id], actor_id=1))
    pause.wait()
    holding = threads.run(lambda: audit.hold([shipment.order_id], actor_id=2, reason="买家不要了"))
    assert holding.result(PATIENCE_S).done == (shipment.order_id,)
    pause.release()
    assert leaving.result(PATIENCE_S).done == (shipment.id,)
    shipment.refresh_from_db()
    assert (shipment.state, shipment.intercepted) == ("shipped", True)


@pytest.mark.parametrize("act", ["cancel", "unaudit"])
def test_what_stops_the_order_first_keeps_the_parcel_here(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, shipment: Shipment, act: str
) -> None:
    pause = Pause(monkeypatch, audit, "lock_with_parcels")
    stopping = threads.run(lambda: getattr(audit, act)([shipment.order_id], actor_id=2, reason="买家不要了"))
    pause.wait()
    leaving = threads.run(lambda: shipping.ship([shipment.id], actor_id=1))
    assert waits(leaving)
    pause.release()
    assert stopping.result(PATIENCE_S).done == (shipment.order_id,)
    assert leaving.result(PATIENCE_S).refused[shipment.id].code == "cancelled"
    balance = StockBalance.objects.get(warehouse_id=shipment.warehouse_id, sku__code="A1")
    assert (balance.on_hand, balance.reserved) == (1_000, 0)
    assert Order.objects.get(id=shipment.order_id).state == {"cancel": "cancelled", "unaudit": "cs_review"}[act]


def test_two_packers_ship_one_parcel_once(
    monkeypatch: pytest.MonkeyPatch, threads: Threads, shipment: Shipment
) -> None:
    pause = Pause(monkeypatch, shipping, "lock_shipments")
    first = threads.run(lambda: shipping.ship([shipment.id], actor_id=1))
    pause.wait()
    second = threads.run(lambda: shipping.ship([shipment.id], actor_id=2))
    assert waits(second)
    pause.release()
    assert first.result(PATIENCE_S).done == (shipment.id,)
    assert second.result(PATIENCE_S).refused[shipment.id].code == "shipped"
    assert StockBalance.objects.get(warehouse_id=shipment.warehouse_id, sku__code="A1").on_hand == 999
