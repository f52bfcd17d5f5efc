"""Warehouse or carrier changed on audited orders: stock, parcel and papers follow, or all stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import Staff
from oms.core.actions import ActionResult
from oms.core.models import HistoryEntry
from orders import audit
from orders.batches.deeds import DEEDS
from orders.batches.edit import edit
from orders.batches.fields import FIELDS, Change
from orders.batches.preview import preview
from orders.batches.results import rows_of
from orders.batches.start import start_undo
from orders.explain import why
from orders.models import Order, RoutingRule
from orders.words.edits import Names, changes_of
from tests.factories import (
    Company,
    make_carrier,
    make_company,
    make_line,
    make_order,
    make_orders,
    make_staff,
    make_warehouse,
    put_stock,
)
from tests.holding import assert_invariants_hold
from tests.orders.batches.make import begin, work
from warehouse.models import Carrier, Coverage, CoverageRow, Reservation, Shipment, StockBalance, VoidWaybill, Warehouse
from warehouse.rerouting import printed_anew
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class World:
    company: Company
    far: Warehouse
    other: Carrier

    def balance(self, warehouse: Warehouse) -> tuple[int, int]:
        found = StockBalance.objects.get(warehouse=warehouse, sku=self.company.sku)
        return found.on_hand, found.reserved


@pytest.fixture
def world() -> Iterator[World]:
    company = make_company()
    far = make_warehouse("W2")
    put_stock(far, {company.sku: 3})
    yield World(company, far, make_carrier("SF"))
    assert_invariants_hold()


@pytest.fixture
def clerk() -> Staff:
    return make_staff(role="customer_service")


def change(name: str, value: int | None, *orders: Order) -> ActionResult:
    return edit([order.pk for order in orders], FIELDS[name], Change("set", value), actor_id=7)


def parcel_of(order: Order) -> Shipment:
    return Shipment.objects.exclude(state="cancelled").get(order_id=order.pk)


def codes(result: ActionResult) -> list[str]:
    return [refusal.code for refusal in result.refused.values()]


def test_stock_and_parcel_move_to_the_other_warehouse(world: World) -> None:
    order = make_order(world.company, [make_line(world.company.sku, 2)])
    parcel = parcel_of(order)
    assert change("warehouse", world.far.pk, order).done == (order.pk,)
    assert (world.balance(world.company.warehouse), world.balance(world.far)) == ((1_000, 0), (3, 2))
    order.refresh_from_db()
    assert (order.state, order.warehouse, order.wished_warehouse) == ("approved", world.far, world.far)
    moved = parcel_of(order)
    # Nothing was printed or numbered yet: nothing is due anew.
    assert (moved.pk, moved.no, moved.warehouse, moved.reprint_due) == (parcel.pk, parcel.no, world.far, False)
    entry = HistoryEntry.objects.get(kind="order", subject_id=order.pk, action="edit_warehouse")
    assert (entry.actor_id, entry.reason) == (7, world.far.name)
    told = changes_of(entry.changes, Names([entry.changes or {}]))
    assert [(one.label, one.before, one.after) for one in told] == [
        ("仓库", world.company.warehouse.name, world.far.name)
    ]
    assert HistoryEntry.objects.filter(kind="shipment", subject_id=parcel.pk, action="reroute").exists()
    assert ship([parcel.pk], actor_id=1).done == (parcel.pk,)
    assert (world.balance(world.company.warehouse), world.balance(world.far)) == ((1_000, 0), (1, 0))


def test_what_is_not_free_there_is_refused_whole_and_stays_as_it_was(world: World) -> None:
    orders = make_orders(world.company, 5)
    before = list(Order.objects.order_by("id").values())
    result = change("warehouse", world.far.pk, *orders)
    assert (result.done, codes(result)) == (tuple(order.pk for order in orders[:3]), ["out_of_stock"] * 2)
    assert world.company.sku.code in result.refused[orders[4].pk].sentence
    assert list(Order.objects.order_by("id").values())[3:] == before[3:]
    assert (world.balance(world.company.warehouse), world.balance(world.far)) == ((1_000, 2), (3, 3))
    # An order of two SKUs, one of which lies only here: all or nothing.
    audit.unaudit([orders[0].pk], actor_id=1)
    both = make_order(world.company, [make_line(sku) for sku in world.company.skus])
    assert codes(change("warehouse", world.far.pk, both)) == ["out_of_stock"]
    assert set(Reservation.objects.filter(demand_id=both.pk, state="active").values_list("warehouse", flat=True)) == {
        world.company.warehouse.pk
    }


def test_what_one_gives_back_another_of_the_batch_takes(world: World) -> None:
    there = make_orders(world.company, 3)
    here = make_order(world.company, payment_kind="cod")
    assert change("warehouse", world.far.pk, *there).done
    RoutingRule.objects.create(name="货到付款远仓", kind="warehouse", priority=1, payment="cod", warehouse=world.far)
    # By the rules: all at the far warehouse is held, until the first leaves it.
    assert codes(change("warehouse", world.far.pk, here)) == ["out_of_stock"]
    Order.objects.filter(pk=here.pk).update(wished_warehouse=world.company.warehouse)
    assert change("warehouse", None, there[0], here).done == (there[0].pk, here.pk)
    assert (world.balance(world.company.warehouse), world.balance(world.far)) == ((1_000, 1), (3, 3))


def test_the_rules_of_routing_say_who_may_drive(world: World) -> None:
    order = make_order(world.company)
    Coverage.objects.create(carrier=world.other)
    result = change("carrier", world.other.pk, order)
    assert codes(result) == ["wish_not_met"]
    sentence = result.refused[order.pk].sentence
    assert world.other.name in sentence
    assert "配送范围" in sentence
    order.refresh_from_db()
    assert order.carrier == world.company.carrier
    CoverageRow.objects.create(coverage=Coverage.objects.get(), prefix="33")
    assert change("carrier", world.other.pk, order).done


def test_another_carrier_voids_the_number_and_has_the_papers_printed_anew(world: World) -> None:
    order = make_order(world.company)
    parcel = parcel_of(order)
    Shipment.objects.filter(pk=parcel.pk).update(state="verified", waybill_no="YTO00000001")
    assert change("carrier", world.other.pk, order).done
    parcel.refresh_from_db()
    assert (parcel.carrier, parcel.waybill_no, parcel.state, parcel.reprint_due) == (world.other, "", "verified", True)
    assert list(VoidWaybill.objects.values_list("waybill_no", "carrier")) == [("YTO00000001", world.company.carrier.pk)]
    assert world.balance(world.company.warehouse) == (1_000, 1)
    assert codes(ship([parcel.pk], actor_id=1)) == ["reprint_due"]
    assert printed_anew([parcel.pk], actor_id=1).done == (parcel.pk,)
    assert codes(printed_anew([parcel.pk], actor_id=1)) == ["nothing_to_reprint"]
    # The old label, scanned by habit.
    assert codes(ship([parcel.pk], actor_id=1, waybills={parcel.pk: "YTO00000001"})) == ["waybill_void"]
    # Nor does another parcel of that carrier get the number, by hand or from the range.
    twin, last = (parcel_of(one) for one in make_orders(world.company, 2))
    assert codes(ship([twin.pk], actor_id=1, waybills={twin.pk: "YTO00000001"})) == ["waybill_void"]
    assert ship([last.pk, parcel.pk], actor_id=1).done == (last.pk, parcel.pk)
    last.refresh_from_db()
    parcel.refresh_from_db()
    assert (last.waybill_no, parcel.waybill_no) == ("YTO00000002", "SF00000001")


@pytest.mark.parametrize(
    ("state", "name", "code"),
    [
        ("printed", "warehouse", ""),
        ("picking", "warehouse", "in_the_warehouse"),
        ("picking", "carrier", ""),
        ("weighed", "carrier", ""),
    ],
)
def test_another_warehouse_only_while_nobody_has_touched_the_goods(
    world: World, state: str, name: str, code: str
) -> None:
    order = make_order(world.company)
    Shipment.objects.update(state=state)
    result = change(name, world.far.pk if name == "warehouse" else world.other.pk, order)
    assert codes(result) == ([code] if code else [])
    assert parcel_of(order).reprint_due is (not code)


def test_orders_of_every_stage_in_one_batch(world: World) -> None:
    waiting = make_order(world.company, buyer_message="请核对")
    finance = make_order(world.company, [make_line(world.company.sku, price="400.00")])
    approved, gone = make_orders(world.company, 2)
    ship([parcel_of(gone).pk], actor_id=1)
    assert (waiting.state, finance.state) == ("cs_review", "finance_review")
    result = change("warehouse", world.far.pk, waiting, finance, approved, gone)
    assert (result.done, codes(result)) == ((waiting.pk, finance.pk, approved.pk), ["wrong_state"])
    assert world.balance(world.far) == (3, 2)
    waiting.refresh_from_db()
    assert (waiting.wished_warehouse, waiting.reprocess_at is not None) == (world.far, True)
    assert audit.finance_audit([finance.pk], actor_id=1).done
    assert parcel_of(finance).warehouse == world.far


def test_the_way_back(world: World, clerk: Staff) -> None:
    orders = make_orders(world.company, 3)
    Shipment.objects.filter(order_id=orders[0].pk).update(state="printed")
    batch = work(begin(clerk, "edit_warehouse", orders, mode="set", value=world.far.pk))
    assert (batch.done, world.balance(world.far)) == (3, (3, 3))
    # One was changed again by hand, one was un-audited meanwhile.
    assert change("carrier", world.other.pk, orders[1]).done
    audit.unaudit([orders[2].pk], actor_id=1)
    back = work(start_undo(clerk, batch))
    assert [row.code for row in rows_of(back, clerk)] == ["", "", ""]
    for order in orders:
        order.refresh_from_db()
    assert [order.wished_warehouse for order in orders] == [None, None, None]
    assert [order.warehouse for order in orders[:2]] == [world.company.warehouse] * 2
    assert orders[1].carrier == world.other
    assert world.balance(world.far) == (3, 0)
    assert parcel_of(orders[0]).reprint_due
    assert work(begin(clerk, "edit_warehouse", orders[:1], mode="set", value=world.far.pk)).done == 1


def test_the_preview_counts_parcels_and_papers_and_leaves_nothing(world: World, clerk: Staff) -> None:
    orders = [*make_orders(world.company, 4), make_order(world.company, buyer_message="请核对")]
    Shipment.objects.filter(order_id=orders[0].pk).update(state="printed")
    before = list(Shipment.objects.order_by("id").values())
    seen = [(order.pk, order.version) for order in orders]
    shown = preview(DEEDS["edit_warehouse"], {"mode": "set", "value": world.far.pk}, seen, actor_id=clerk.pk)
    assert (shown.changing, shown.parcels, shown.reprints, shown.refused) == (4, 3, 1, 1)
    assert list(Shipment.objects.order_by("id").values()) == before
    assert world.balance(world.far) == (3, 0)


def test_the_decisions_tell_who_chose_and_keep_the_others(world: World) -> None:
    order = make_order(world.company)
    before = [one.stage for one in why(order.pk)]
    assert change("warehouse", world.far.pk, order).done
    told = why(order.pk)
    assert [one.stage for one in told] == before
    assert world.far.name in next(one.sentence for one in told if one.stage == "仓库")


def test_the_freight_and_the_rules_decide_the_carrier_of_the_new_warehouse(world: World) -> None:
    RoutingRule.objects.create(
        name="远仓顺丰", kind="carrier", priority=1, from_warehouse=world.far, carrier=world.other
    )
    order = make_order(world.company)
    assert change("warehouse", world.far.pk, order).done
    order.refresh_from_db()
    assert (order.carrier, parcel_of(order).carrier) == (world.other, world.other)
    assert change("carrier", world.company.carrier.pk, order).done
    assert parcel_of(order).warehouse == world.far


def test_the_number_of_queries_does_not_depend_on_the_size(world: World) -> None:
    put_stock(make_warehouse("W3"), {world.company.sku: 500})
    target = Warehouse.objects.get(code="W3")
    counts = []
    for size in (1, 30):
        orders = make_orders(world.company, size)
        Shipment.objects.filter(order_id__in=[order.pk for order in orders]).update(state="printed")
        with CaptureQueriesContext(connection) as queries:
            assert len(change("warehouse", target.pk, *orders).done) == size
        counts.append(len(queries))
    assert counts[0] == counts[1]
