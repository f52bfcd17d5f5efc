"""A batch that changes warehouse or carrier, and a packer or another batch at the same moment; each race beside its lockless twin."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError

from oms.core.actions import ActionResult
from orders import rerouting
from orders.batches import edit as batch_edit
from orders.batches.edit import edit
from orders.batches.fields import FIELDS, Change
from orders.models import Order
from tests.factories import Company, make_company, make_orders, make_warehouse, put_stock
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads, waits
from tests.warehouse.test_ship_races import read_without_lock
from warehouse import reservation, shipping
from warehouse.locks import change_balances
from warehouse.models import Shipment, StockBalance, Warehouse

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class World:
    company: Company
    far: Warehouse
    orders: list[Order]
    threads: Threads

    def moves(self, order: Order) -> Future[ActionResult]:
        change = Change("set", self.far.pk)
        return self.threads.run(lambda: edit([order.pk], FIELDS["warehouse"], change, actor_id=7))

    def ships(self, order: Order) -> Future[ActionResult]:
        shipment = Shipment.objects.get(order_id=order.pk)
        return self.threads.run(lambda: shipping.ship([shipment.pk], actor_id=1))

    def balance(self, warehouse: Warehouse) -> tuple[int, int]:
        found = StockBalance.objects.get(warehouse=warehouse, sku=self.company.sku)
        return found.on_hand, found.reserved


@pytest.fixture
def world() -> Iterator[World]:
    company, threads = make_company(), Threads()
    far = make_warehouse("W2")
    put_stock(far, {company.sku: 1})
    yield World(company, far, make_orders(company, 2), threads)
    threads.close()
    assert_invariants_hold()


def only_code(result: ActionResult) -> str:
    (refusal,) = result.refused.values()
    return refusal.code


def test_what_is_leaving_is_not_moved(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    pause = Pause(monkeypatch, shipping, "lock_shipments")
    leaving = world.ships(world.orders[0])
    pause.wait()
    moving = world.moves(world.orders[0])
    assert waits(moving)
    pause.release()
    assert leaving.result(PATIENCE_S).done
    assert only_code(moving.result(PATIENCE_S)) == "wrong_state"
    assert (world.balance(world.company.warehouse), world.balance(world.far)) == ((999, 1), (1, 0))


@pytest.mark.parametrize("printed", [False, True])
def test_what_is_being_moved_leaves_from_the_new_warehouse_or_waits_for_its_papers(
    monkeypatch: pytest.MonkeyPatch, world: World, printed: bool
) -> None:
    if printed:
        Shipment.objects.update(state="printed")
    pause = Pause(monkeypatch, batch_edit, "lock_with_parcels")
    moving = world.moves(world.orders[0])
    pause.wait()
    leaving = world.ships(world.orders[0])
    assert waits(leaving)
    pause.release()
    assert moving.result(PATIENCE_S).done
    if printed:
        assert only_code(leaving.result(PATIENCE_S)) == "reprint_due"
    else:
        assert leaving.result(PATIENCE_S).done
    assert world.balance(world.company.warehouse) == (1_000, 1)
    assert world.balance(world.far) == ((1, 1) if printed else (0, 0))


def test_twin_without_the_lock_ships_from_where_nothing_is_held_any_more(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    monkeypatch.setattr(shipping, "lock_shipments", read_without_lock)
    pause = Pause(monkeypatch, shipping, "lock_shipments")
    leaving = world.ships(world.orders[0])
    pause.wait()
    assert world.moves(world.orders[0]).result(PATIENCE_S).done
    pause.release()
    # Only the check of what the order holds keeps the wrong units here.
    with pytest.raises(AssertionError, match="not what their orders reserved"):
        leaving.result(PATIENCE_S)


def test_of_two_batches_one_takes_the_last_unit(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    pause = Pause(monkeypatch, rerouting, "load_snapshot")
    first = world.moves(world.orders[0])
    pause.wait()
    assert world.moves(world.orders[1]).result(PATIENCE_S).done
    pause.release()
    # What it had read is stale; planned anew with the stock locked, it is refused.
    assert only_code(first.result(PATIENCE_S)) == "out_of_stock"
    assert (world.balance(world.company.warehouse), world.balance(world.far)) == ((1_000, 1), (1, 1))


def test_twin_without_the_guard_is_stopped_by_the_database_alone(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    def unguarded(on_hand: Any, reserved: Any, *, guard: bool) -> Any:
        return change_balances(on_hand, reserved, guard=False)

    monkeypatch.setattr(reservation, "change_balances", unguarded)
    pause = Pause(monkeypatch, rerouting, "load_snapshot")
    first = world.moves(world.orders[0])
    pause.wait()
    assert world.moves(world.orders[1]).result(PATIENCE_S).done
    pause.release()
    with pytest.raises(IntegrityError):
        first.result(PATIENCE_S)


def test_two_batches_over_the_same_rows_in_opposite_order_both_end(world: World) -> None:
    put_stock(world.far, {world.company.sku: 9})
    ids = [order.pk for order in world.orders]
    change = Change("set", world.far.pk)
    one = world.threads.run(lambda: edit(ids, FIELDS["warehouse"], change, actor_id=7))
    other = world.threads.run(lambda: edit(ids[::-1], FIELDS["warehouse"], change, actor_id=7))
    assert not one.result(PATIENCE_S).refused
    assert not other.result(PATIENCE_S).refused
    assert world.balance(world.far) == (10, 2)
