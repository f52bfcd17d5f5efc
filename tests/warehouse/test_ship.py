"""Shipping: what leaves, what is refused, and that it costs the same whatever the number of parcels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.core.models import HistoryEntry, OutboxMessage
from orders import audit, uploads
from orders.models import Order, WaybillUpload
from tests.factories import Company, make_company, make_line, make_order, make_orders
from tests.holding import assert_invariants_hold
from warehouse.models import Reservation, Shipment, StockBalance, StockMove, WaybillRange
from warehouse.shipping import ship

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


def shipment_of(order: Order) -> Shipment:
    return Shipment.objects.exclude(state="cancelled").get(order_id=order.id)


def test_a_parcel_leaves_with_all_that_follows(company: Company) -> None:
    a, b = company.skus
    order = make_order(company, [make_line(a, 2), make_line(b, 1), make_line(a, 1)], post_fee="6.00")
    shipment = shipment_of(order)
    result = ship([shipment.id], actor_id=7)
    assert result.done == (shipment.id,)
    assert not result.refused
    shipment.refresh_from_db()
    assert (shipment.state, shipment.waybill_no) == ("shipped", "YTO00000001")
    order.refresh_from_db()
    assert (order.state, order.shipped_at) == ("shipped", shipment.shipped_at)
    balance = StockBalance.objects.get(sku=a)
    assert (balance.on_hand, balance.reserved) == (997, 0)
    assert set(Reservation.objects.values_list("state", flat=True)) == {"consumed"}
    moves = StockMove.objects.filter(kind="shipped", shipment_id=shipment.id).order_by("sku_id")
    assert [(move.sku_id, move.quantity) for move in moves] == [(a.id, -3), (b.id, -1)]
    upload = WaybillUpload.objects.get(order=order)
    assert (upload.state, upload.waybill_no, upload.part_oids) == ("due", "YTO00000001", None)
    message = OutboxMessage.objects.get(topic=uploads.TOPIC)
    assert (message.key, message.payload) == (str(upload.id), {"upload": upload.id})
    entry = HistoryEntry.objects.get(kind="shipment", subject_id=shipment.id, action="ship")
    assert entry.changes == {"waybill_no": ["", "YTO00000001"]}


def test_every_refusal_has_its_sentence(company: Company) -> None:
    orders = make_orders(company, 6)
    held, cancelled, gone, twin, bad, good = (shipment_of(order).id for order in orders)
    audit.hold([orders[0].id], actor_id=1, reason="买家要改地址")
    audit.cancel([orders[1].id], actor_id=1, reason="不要了")
    ship([gone], actor_id=1, waybills={gone: "SF100"})
    typed = {twin: "SF100", bad: "not a number", good: " SF101 "}
    result = ship([held, cancelled, gone, twin, bad, good, 0], actor_id=1, waybills=typed)
    assert result.done == (good,)
    assert {id_: refusal.code for id_, refusal in result.refused.items()} == {
        held: "intercepted",
        cancelled: "cancelled",
        gone: "shipped",
        twin: "waybill_used",
        bad: "bad_waybill",
        0: "not_found",
    }
    assert "买家要改地址" in result.refused[held].sentence
    assert Shipment.objects.get(id=good).waybill_no == "SF101"


def test_the_same_number_twice_in_one_call_is_given_once(company: Company) -> None:
    first, second = (shipment_of(order).id for order in make_orders(company, 2))
    result = ship([first, second], actor_id=1, waybills={first: "SF7", second: "SF7"})
    assert (result.done, result.refused[second].code) == ((first,), "waybill_used")


def test_numbers_come_from_range_after_range_and_pass_over_what_is_used() -> None:
    company = make_company(numbers=2)
    WaybillRange.objects.create(carrier=company.carrier, prefix="YTO", width=8, next=50, last=51)
    ids = [shipment_of(order).id for order in make_orders(company, 5)]
    ship(ids[:1], actor_id=1, waybills={ids[0]: "YTO00000002"})
    result = ship(ids[1:], actor_id=1)
    assert list(Shipment.objects.filter(id__in=ids[1:4]).order_by("id").values_list("waybill_no", flat=True)) == [
        "YTO00000001",
        "YTO00000050",
        "YTO00000051",
    ]
    assert result.refused[ids[4]].code == "no_waybill_left"
    assert company.carrier.name in result.refused[ids[4]].sentence
    assert list(WaybillRange.objects.order_by("id").values_list("next", flat=True)) == [3, 52]
    assert Shipment.objects.get(id=ids[4]).state == "released"


def test_a_typed_number_is_not_given_out_again_in_the_same_call(company: Company) -> None:
    first, second = (shipment_of(order).id for order in make_orders(company, 2))
    ship([first, second], actor_id=1, waybills={second: "YTO00000001"})
    assert Shipment.objects.get(id=first).waybill_no == "YTO00000002"


def test_number_of_queries_does_not_depend_on_the_number_of_parcels(company: Company) -> None:
    counts = []
    for count in (1, 100):
        ids = [shipment_of(order).id for order in make_orders(company, count, lines=company.skus)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(ship(ids, actor_id=1).done) == count
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 35
