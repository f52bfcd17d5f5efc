"""The invariants in operation: what a contradiction touches is stopped, everything else goes on, and it ends by itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from oms.accounts.roles import seed_roles
from oms.core import outbox, watch
from oms.core.models import Check, Stop
from oms.core.tasks import check_invariants
from orders import audit
from orders.models import ApprovalPolicy, Order
from orders.pipeline import process_due
from tests.factories import make_company, make_line, make_order, make_staff
from tests.factories.company import Company
from tests.holding import assert_invariants_hold
from tests.two import Threads
from warehouse.models import Shipment, StockBalance
from warehouse.shipping import ship


def tamper(company: Company, units: int) -> None:
    """Somebody changes the balance of the first SKU by SQL."""
    StockBalance.objects.filter(sku=company.sku).update(on_hand=1000 + units)


@pytest.mark.django_db
def test_a_false_balance_stops_its_goods_and_nothing_else_until_it_is_right_again() -> None:
    company = make_company()
    false, right = company.skus
    parcels = {sku: Shipment.objects.get(order_id=make_order(company, [make_line(sku)]).id) for sku in company.skus}
    tamper(company, 5)
    assert [one.code for one in watch.watch() or ()] == ["stock.ledger_equals_balance"]
    check = Check.objects.get(code="stock.ledger_equals_balance")
    assert (check.count, check.broken_since) == (1, check.checked_at)
    assert check.examples == [[company.warehouse.id, false.id, 1005, 1000]]
    assert list(Stop.objects.values_list("kind", "first", "second")) == [("stock", company.warehouse.id, false.id)]

    stopped, passing = make_order(company, [make_line(false)]), make_order(company, [make_line(right)])
    assert (stopped.state, stopped.exceptions) == ("exception", ["under_check"])
    assert passing.state == "approved"
    by_hand = audit.audit([stopped.id], actor_id=1).refused[stopped.id]
    assert by_hand.code == "under_check"
    shipped = ship([parcel.id for parcel in parcels.values()], actor_id=1)
    assert shipped.done == (parcels[right].id,)
    assert shipped.refused[parcels[false].id].code == "under_check"

    watch.watch()
    assert Check.objects.get(code=check.code).broken_since == check.broken_since
    tamper(company, 0)
    assert watch.watch() == []
    assert not Stop.objects.exists()
    assert Check.objects.get(code=check.code).broken_since is None
    outbox.deliver_due("orders.wake")
    process_due()
    stopped.refresh_from_db()
    assert (stopped.state, stopped.exceptions) == ("approved", [])
    assert ship([parcels[false].id], actor_id=1).done == (parcels[false].id,)
    assert_invariants_hold()


@pytest.mark.django_db
def test_a_contradiction_of_one_order_stops_that_order() -> None:
    company = make_company()
    ApprovalPolicy.objects.filter(audit="cs").update(max_amount=Decimal(15))
    waiting, other = make_order(company, [make_line(company.sku, 2)]), make_order(company)
    approved = make_order(company)
    false = Order.objects.filter(id__in=[waiting.id, approved.id])
    false.update(goods_amount=F("goods_amount") + 1, paid_amount=F("paid_amount") + 1)
    watch.watch()
    assert set(Stop.objects.values_list("kind", "first", "code")) == {
        ("order", order.id, "order.amounts_add_up") for order in (waiting, approved)
    }
    assert audit.audit([waiting.id], actor_id=1).refused[waiting.id].code == "under_check"
    parcels = {s.order_id: s.id for s in Shipment.objects.all()}
    shipped = ship(list(parcels.values()), actor_id=1)
    assert shipped.done == (parcels[other.id],)
    assert shipped.refused[parcels[approved.id]].code == "under_check"


@pytest.mark.django_db
def test_a_parcel_whose_units_are_not_its_lines_does_not_leave() -> None:
    company = make_company()
    parcel = Shipment.objects.get(order_id=make_order(company).id)
    Shipment.objects.filter(id=parcel.id).update(quantity=7)
    watch.watch()
    assert ship([parcel.id], actor_id=1).refused[parcel.id].code == "under_check"


@pytest.mark.django_db
def test_the_task_checks_and_writes_down_when_all_is_well() -> None:
    make_order(make_company())
    assert check_invariants() == 0
    assert Check.objects.filter(broken_since=None).count() == Check.objects.count() > 10


@pytest.mark.django_db(transaction=True)
def test_one_process_checks_at_a_time() -> None:
    threads = Threads()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('core.watch'))")
            assert threads.run(watch.watch).result() is None
            cursor.execute("SELECT pg_advisory_unlock(hashtext('core.watch'))")
        assert threads.run(watch.watch).result() == []
    finally:
        threads.close()


@pytest.mark.django_db
def test_operations_see_it_on_the_home_page_and_others_do_not() -> None:
    seed_roles()
    company = make_company()
    tamper(company, 5)
    watch.watch()
    client = Client()
    client.force_login(make_staff(role="operations"))
    assert "核对不符" in client.get("/").content.decode()
    page = client.get("/checks/").content.decode()
    assert page.index("不成立") < page.index("成立</span>")
    assert "已暂停的商品：1" in page
    Check.objects.update(checked_at=timezone.now() - dt.timedelta(minutes=9))
    assert "已 9 分钟未核对" in client.get("/").content.decode()
    client.force_login(make_staff(role="warehouse"))
    assert "核对不符" not in client.get("/").content.decode()
    assert client.get("/checks/").status_code == 403


@pytest.mark.django_db
def test_stops_of_a_batch_cost_no_query_more() -> None:
    company = make_company()
    ids = [Shipment.objects.get(order_id=make_order(company).id).id for _ in range(3)]
    tamper(company, 1)
    watch.watch()
    assert len(ship(ids, actor_id=1).refused) == 3
    assert Order.objects.filter(state="approved").count() == 3
