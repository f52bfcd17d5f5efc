"""Orders come back when what kept them has gone: figures of goods, carriers in use, days of coverage, stock elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction

from oms.catalog.events import SkusChanged
from oms.catalog.models import Sku
from oms.core import outbox
from oms.core.errors import UnableTo
from oms.core.events import publish
from oms.core.models import OutboxMessage
from oms.core.numbering import business_day
from orders import rules, wake
from orders.models import Order, RoutingRule
from orders.pipeline import process_due
from tests.factories import Company, make_company, make_order, make_warehouse, put_stock
from warehouse.models import StockingWarehouse
from warehouse.places import change_carrier, change_warehouse, stock_at

pytestmark = pytest.mark.django_db(transaction=True)


def deliver() -> None:
    outbox.deliver_due(wake.TOPIC)
    process_due()


def price(company: Company) -> None:
    rate = {"prefix": "", "first_price": "6.00", "added_price": "2.00"}
    rules.save_rule("freight", {"name": "t", "carrier": company.carrier.id, "rates": [rate]}, author_id=None)


def enter_weight(company: Company) -> None:
    with transaction.atomic():
        Sku.objects.filter(id=company.sku.id).update(weight_g=300)
        publish(SkusChanged((company.sku.id,)))


Step = Callable[[Company], object]


def no_weight(company: Company) -> None:
    Sku.objects.update(weight_g=0)
    price(company)


def cold(company: Company) -> None:
    Sku.objects.update(restrictions=["cold"])


@pytest.mark.parametrize(
    ("why", "before", "reason", "after"),
    [
        ("the weight is entered", no_weight, "zero_weight", enter_weight),
        (
            "the carrier takes such goods",
            cold,
            "restricted_goods",
            lambda company: change_carrier(company.carrier.id, {"carries": ["cold"]}, actor_id=None),
        ),
        (
            "the carrier takes heavier parcels",
            lambda company: change_carrier(company.carrier.id, {"max_weight_g": 10}, actor_id=None),
            "too_heavy",
            lambda company: change_carrier(company.carrier.id, {"max_weight_g": None}, actor_id=None),
        ),
        (
            "the warehouse is in use again",
            lambda company: change_warehouse(company.warehouse.id, {"enabled": False}, actor_id=None),
            "no_warehouse",
            lambda company: change_warehouse(company.warehouse.id, {"enabled": True}, actor_id=None),
        ),
        (
            "the goods are kept there",
            lambda company: stock_at(company.sku.id, [make_warehouse("W9").id], actor_id=None),
            "no_warehouse",
            lambda company: stock_at(company.sku.id, [company.warehouse.id], actor_id=None),
        ),
    ],
)
def test_order_goes_on(why: str, before: Step, reason: str, after: Step) -> None:
    company = make_company()
    before(company)
    order = make_order(company)
    assert order.exceptions == [reason], why
    after(company)
    deliver()
    order.refresh_from_db()
    assert (order.state, order.exceptions) == ("approved", []), why


def test_order_goes_to_the_warehouse_where_goods_arrived() -> None:
    company = make_company(stock=0)
    other = make_warehouse("W9")
    price(company)
    RoutingRule.objects.filter(kind="warehouse").update(choice="cheapest", warehouse=None)
    order = make_order(company)
    assert (order.exceptions, order.warehouse_id) == (["out_of_stock"], company.warehouse.id)
    put_stock(other, {company.sku: 5})
    deliver()
    order.refresh_from_db()
    assert (order.state, order.warehouse_id) == ("approved", other.id)


def test_goods_that_arrive_elsewhere_wake_nobody_where_rules_name_the_warehouse() -> None:
    company = make_company(stock=0)
    order = make_order(company)
    put_stock(make_warehouse("W9"), {company.sku: 5})
    outbox.deliver_due(wake.TOPIC)
    assert not Order.objects.filter(id=order.id, reprocess_at__isnull=False).exists()


def test_day_from_which_a_region_is_covered_is_told_once() -> None:
    company = make_company()
    today = business_day(dt.datetime.now(dt.UTC))
    tomorrow = today + dt.timedelta(days=1)
    rows = [{"prefix": "11"}, {"prefix": "33", "valid_from": tomorrow.isoformat()}]
    rules.save_rule("coverage", {"carrier": company.carrier.id, "rows": rows}, author_id=None)
    OutboxMessage.objects.all().delete()
    for day, told in ((today, 0), (tomorrow, 1), (tomorrow, 1)):
        with transaction.atomic():
            wake.tell_periods(day)
        assert OutboxMessage.objects.count() == told


def test_carrier_that_is_gone_or_wrong_values_are_refused() -> None:
    company = make_company()
    with pytest.raises(UnableTo):
        change_carrier(0, {"enabled": False}, actor_id=None)
    with pytest.raises(UnableTo):
        change_carrier(company.carrier.id, {"name": ""}, actor_id=None)
    with pytest.raises(KeyError):
        change_carrier(company.carrier.id, {"code": "X"}, actor_id=None)


def test_stocking_warehouses_are_replaced_as_a_whole() -> None:
    company = make_company()
    other = make_warehouse("W9")
    stock_at(company.sku.id, [company.warehouse.id], actor_id=None)
    stock_at(company.sku.id, [other.id], actor_id=None)
    assert list(StockingWarehouse.objects.values_list("warehouse_id", flat=True)) == [other.id]
    stock_at(company.sku.id, [], actor_id=None)
    assert not StockingWarehouse.objects.exists()
