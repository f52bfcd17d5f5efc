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
from oms.core import invariants, outbox, watch
from oms.core.invariants import Invariant, Stops
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


ONE_MORE = {"goods_amount": F("goods_amount") + 1, "paid_amount": F("paid_amount") + 1}
FULLY = dt.timedelta(minutes=30)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive in which full checks take long."""
    monkeypatch.setattr(watch, "full_pause", lambda _took: FULLY)


def full_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes of the invariants that are checked in full from now on."""
    codes: list[str] = []
    examine = invariants.examine

    def noted(one: invariants.Invariant, *, since: dt.datetime | None, limit_s: int) -> invariants.Examined:
        codes.extend([one.code] if since is None else [])
        return examine(one, since=since, limit_s=limit_s)

    monkeypatch.setattr(watch, "examine", noted)
    return codes


def test_full_checks_are_made_every_time_while_they_are_cheap_and_cost_a_twentieth_after_that() -> None:
    assert watch.full_pause([]) == dt.timedelta()
    assert watch.full_pause([1000, 1900]) == dt.timedelta()
    assert watch.full_pause([1000, 9000]) == dt.timedelta(seconds=200)
    assert watch.full_pause([9_000_000]) == dt.timedelta(hours=1)


@pytest.mark.django_db
def test_in_a_large_archive_what_happened_lately_is_checked_every_minute(
    large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = make_company()
    old, young = make_order(company), make_order(company)
    watch.watch()
    codes = full_checks(monkeypatch)
    assert watch.watch() == []
    assert codes == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_historyentry SET at = at - interval '1 day' WHERE subject_id = %s", [old.id])
    # Nothing happened to the old one: what somebody did to it by SQL is found by the next full check.
    Order.objects.filter(id=old.id).update(**ONE_MORE)
    assert watch.watch() == []
    Order.objects.filter(id=young.id).update(**ONE_MORE)
    assert [(one.code, one.count) for one in watch.watch() or ()] == [("order.amounts_add_up", 2)]
    assert codes == ["order.amounts_add_up"], "in full at once, and nothing else"
    assert set(Stop.objects.values_list("first", flat=True)) == {old.id, young.id}
    Order.objects.update(goods_amount=F("goods_amount") - 1, paid_amount=F("paid_amount") - 1)
    assert watch.watch() == []
    assert Stop.objects.count() == 2, "that a part holds again lets nothing go"
    Check.objects.update(full_at=timezone.now() - FULLY)
    assert watch.watch() == []
    assert not Stop.objects.exists()


@pytest.mark.django_db
def test_what_can_be_narrowed_finds_the_same_among_what_happened_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    company = make_company()
    order = make_order(company)
    ship(list(Shipment.objects.values_list("id", flat=True)), actor_id=1)
    make_order(company)
    yesterday = timezone.now() - dt.timedelta(days=1)
    narrowed = [one for one in invariants.registered() if one.can_look_back]
    assert len(narrowed) >= 10
    for one in narrowed:
        assert invariants.examine(one, since=yesterday).violation is None, one.code
    Order.objects.filter(id=order.id).update(shipped_at=None, state="approved", **ONE_MORE)
    Shipment.objects.update(quantity=7)
    for one in narrowed:
        assert invariants.examine(one, since=yesterday).violation == invariants.examine(one).violation, one.code
        assert invariants.examine(one, since=timezone.now() + FULLY).violation is None, one.code


@pytest.mark.django_db
def test_a_check_that_cannot_be_made_does_not_hold_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    company = make_company()
    tamper(company, 5)
    watch.watch()
    broken = Invariant("stock.ledger_equals_balance", "x", "SELECT id FROM no_such_table", watch_stops())
    monkeypatch.setitem(invariants._registered, broken.code, broken)
    slow = Invariant("a.slow", "x", "SELECT pg_sleep(5)")
    monkeypatch.setitem(invariants._registered, slow.code, slow)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '60s'")
    monkeypatch.setattr(watch, "LIMIT_S", 1)
    assert {one.code for one in watch.watch() or ()} == {broken.code, slow.code}
    checks = {check.code: check for check in Check.objects.all()}
    assert len(checks) == len(invariants.registered())
    assert "QueryCanceled" in str(checks[slow.code].examples)
    assert "UndefinedTable" in str(checks[broken.code].examples)
    assert Stop.objects.filter(code=broken.code).exists(), "what was stopped stays so"
    assert sum(record.exc_info is not None for record in caplog.records) >= 2


def watch_stops() -> Stops:
    return Stops(watch.STOCK, "1", "2")
