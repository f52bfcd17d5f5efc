"""What people decide about orders: each row done or answered, stock and parcels following."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.core.invariants import check_all
from orders import audit
from orders.models import Order
from tests.factories import Company, make_company, make_line, make_order, make_orders
from tests.holding import assert_invariants_hold
from warehouse.models import Shipment, StockBalance

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


def state(order: Order) -> str:
    return Order.objects.get(id=order.id).state


def test_a_person_passes_what_no_policy_lets_pass_and_finance_has_its_word(company: Company) -> None:
    order = make_order(company, [make_line(company.sku, price="400.00")], buyer_message="周五前到")
    assert order.state == "cs_review"
    assert audit.audit([order.id], actor_id=1).done == (order.id,)
    assert state(order) == "finance_review"
    assert not Shipment.objects.exists()
    assert audit.finance_audit([order.id], actor_id=2).done == (order.id,)
    assert state(order) == "approved"
    assert Shipment.objects.get().state == "released"


def test_an_audit_changes_each_order_once(company: Company) -> None:
    """State, result and version are one change: every further one is written into all the indexes of the orders again."""
    order = make_order(company, buyer_message="周五前到")
    with CaptureQueriesContext(connection) as queries:
        assert audit.audit([order.id], actor_id=1).done == (order.id,)
    assert len([one for one in queries if 'UPDATE "orders_order" t SET' in one["sql"]]) == 1
    assert not [one for one in queries if one["sql"].startswith('UPDATE "orders_order"')]
    assert Order.objects.get(id=order.id).version == order.version + 1


def test_refusals_of_the_audit_name_their_cause(company: Company) -> None:
    unmatched = make_order(company, [make_line("UNKNOWN")])
    approved = make_order(company)
    held = make_order(company, buyer_message="周五前到")
    audit.hold([held.id], actor_id=1, reason="等买家")
    stale = make_order(company, buyer_message="送礼")
    ids = [unmatched.id, approved.id, held.id, stale.id, 0]
    refused = audit.audit(ids, actor_id=1, versions={stale.id: stale.version - 1}).refused
    assert [refused[id_].code for id_ in ids] == [
        "unmatched_listing",
        "wrong_state",
        "held",
        "changed_meanwhile",
        "not_found",
    ]


def test_unaudit_and_cancel_give_the_stock_back(company: Company) -> None:
    first, second = make_orders(company, 2)
    audit.unaudit([first.id], actor_id=1, reason="误审")
    audit.cancel([second.id], actor_id=1, reason="不要了")
    assert (state(first), state(second)) == ("cs_review", "cancelled")
    assert StockBalance.objects.get(sku=company.sku).reserved == 0
    assert set(Shipment.objects.values_list("state", flat=True)) == {"cancelled"}


def test_the_command_ships_what_is_free_to_leave(company: Company) -> None:
    held, *_others = make_orders(company, 3)
    audit.hold([held.id], actor_id=1, reason="等买家")
    out = StringIO()
    call_command("ship", "--warehouse", company.warehouse.code, "--all", stdout=out, stderr=StringIO())
    assert "Shipped 2 of 2 parcels." in out.getvalue()
    assert state(held) == "approved"


BREAKS = {
    "stock.ledger_equals_balance": "UPDATE warehouse_stockbalance SET on_hand = on_hand + 1",
    "stock.reserved_equals_reservations": "UPDATE warehouse_stockbalance SET reserved = reserved + 1",
    "order.holds_its_stock": "UPDATE warehouse_reservation SET quantity = quantity + 1",
    "order.has_its_parcel": "UPDATE orders_order SET state = 'cs_review'",
    "trade.accounted_for": "UPDATE orders_orderline SET trade_id = NULL",
    "shipment.units_equal_lines": "UPDATE warehouse_shipment SET quantity = quantity + 1",
    "order.amounts_add_up": "UPDATE orders_order SET paid_amount = paid_amount + 1, goods_amount = goods_amount + 1",
    "voucher.every_shipped_order": "UPDATE orders_order SET posted = TRUE",
}


@pytest.mark.parametrize("code", BREAKS)
def test_a_broken_truth_is_found(code: str) -> None:
    make_order(make_company())
    assert_invariants_hold()
    with connection.cursor() as cursor:
        cursor.execute(BREAKS[code])
    assert code in [one.code for one in check_all()]
