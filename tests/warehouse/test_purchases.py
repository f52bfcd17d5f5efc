"""Purchase orders and what arrives of them: in transit, the ledger, the states, and who waits for the goods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import AuditEntry
from oms.core import outbox
from oms.core.errors import UnableTo
from oms.core.invariants import check_all
from oms.core.models import HistoryEntry
from orders import wake
from orders.models import Order
from orders.pipeline import process_due
from orders.queries import lines_with_stock
from tests.factories import Company, make_company, make_line, make_order, make_purchase, make_sku, make_staff
from tests.holding import assert_invariants_hold
from warehouse import purchasing
from warehouse.arrivals import take_in
from warehouse.in_transit import Coming, coming
from warehouse.models import Arrival, PurchaseOrder, StockBalance, StockMove
from warehouse.queries import stock_list

pytestmark = pytest.mark.django_db
SOON, LATER = dt.date(2099, 11, 28), dt.date(2099, 12, 5)


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company()
    assert_invariants_hold()


def in_transit(company: Company) -> Coming | None:
    return coming([company.sku.id]).get((company.warehouse.id, company.sku.id))


def line_ids(purchase: PurchaseOrder) -> list[int]:
    return list(purchase.lines.order_by("id").values_list("pk", flat=True))


def state_of(purchase: PurchaseOrder) -> str:
    purchase.refresh_from_db()
    return purchase.state


def test_what_is_ordered_is_in_transit_until_it_arrives_or_will_not(company: Company) -> None:
    sku = company.sku
    draft = make_purchase(company.warehouse, {sku: 40}, order=False, expected_on=SOON)
    assert in_transit(company) is None
    purchasing.place(draft.pk, actor_id=None)
    make_purchase(company.warehouse, {sku: 60}, expected_on=LATER)
    assert in_transit(company) == Coming(100, SOON)
    (line,) = line_ids(draft)
    take_in(draft.pk, "SH1", {line: 15}, by=None)
    assert (in_transit(company), state_of(draft)) == (Coming(85, SOON), "partly_arrived")
    purchasing.put_off(draft.pk, dt.date(2099, 12, 9), actor_id=None, reason="停工")
    assert in_transit(company) == Coming(85, LATER)
    purchasing.close_short(draft.pk, by=None, reason="剩余不做了")
    assert (in_transit(company), state_of(draft)) == (Coming(60, LATER), "closed")
    purchasing.cancel(PurchaseOrder.objects.get(expected_on=LATER).pk, by=None, reason="供应商停产")
    assert in_transit(company) is None
    entries = AuditEntry.objects.filter(kind="purchase").order_by("id")
    assert [(one.action, one.reason) for one in entries] == [
        ("close_purchase", "剩余不做了"),
        ("cancel_purchase", "供应商停产"),
    ]
    actions = HistoryEntry.objects.filter(kind="purchase", subject_id=draft.pk).order_by("at", "id")
    assert [one.action for one in actions] == ["enter", "order", "arrive", "put_off", "close"]


def test_what_arrives_is_one_move_of_the_ledger_a_line(company: Company) -> None:
    first, second = company.skus
    purchase = make_purchase(company.warehouse, {first: 10, second: 20})
    one, two = line_ids(purchase)
    done = take_in(purchase.pk, "SH1", {one: 4, two: 20}, by=None)
    assert state_of(purchase) == "partly_arrived"
    take_in(purchase.pk, "SH2", {one: 6, two: 0}, by=None)
    assert state_of(purchase) == "arrived"
    moves = StockMove.objects.filter(kind="inbound").order_by("id").values_list("sku", "quantity", "arrival_line_id")
    lines = list(done.arrival.lines.order_by("line_id").values_list("pk", flat=True))
    assert [(sku, units) for sku, units, _line in moves] == [(first.id, 4), (second.id, 20), (first.id, 6)]
    assert [line for *_more, line in moves][:2] == lines
    balances = StockBalance.objects.filter(warehouse=company.warehouse).order_by("sku_id")
    assert list(balances.values_list("on_hand", flat=True)) == [1_010, 1_020]


def test_a_delivery_note_counts_once(company: Company) -> None:
    purchase = make_purchase(company.warehouse, {company.sku: 10})
    (line,) = line_ids(purchase)
    first = take_in(purchase.pk, "SH1", {line: 10}, by=None)
    again = take_in(purchase.pk, " SH1 ", {line: 10}, by=None)
    assert (first.repeated, again.repeated, again.arrival) == (False, True, first.arrival)
    with pytest.raises(UnableTo) as refused:
        take_in(purchase.pk, "SH1", {line: 3}, by=None)
    assert refused.value.code == "note_used"
    assert StockBalance.objects.get(sku=company.sku).on_hand == 1_010
    # The same number of another supplier's order is another note.
    other = make_purchase(company.warehouse, {company.sku: 2})
    assert not take_in(other.pk, "SH1", {line_ids(other)[0]: 2}, by=None).repeated


def test_more_than_ordered_is_refused_unless_the_clerk_says_so(company: Company) -> None:
    staff = make_staff(role="warehouse")
    purchase = make_purchase(company.warehouse, {company.sku: 10})
    (line,) = line_ids(purchase)
    with pytest.raises(UnableTo) as refused:
        take_in(purchase.pk, "SH1", {line: 12}, by=staff)
    assert (refused.value.code, Arrival.objects.count()) == ("more_than_ordered", 0)
    take_in(purchase.pk, "SH1", {line: 12}, by=staff, more=True)
    assert (in_transit(company), state_of(purchase)) == (None, "arrived")
    entry = AuditEntry.objects.get(action="receive_more")
    assert (entry.staff, entry.details["units"]) == (staff, 2)


REFUSALS = {
    "no note": (" ", {0: 1}, "note_missing"),
    "nothing": ("SH1", {0: 0}, "nothing_came"),
    "less than nothing": ("SH1", {0: -1}, "bad_units"),
    "another order's line": ("SH1", {999_999: 1}, "unknown_line"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_received_is_refused(company: Company, name: str) -> None:
    note, units, code = REFUSALS[name]
    purchase = make_purchase(company.warehouse, {company.sku: 10})
    ids = line_ids(purchase)
    with pytest.raises(UnableTo) as refused:
        take_in(purchase.pk, note, {ids[key] if key == 0 else key: count for key, count in units.items()}, by=None)
    assert (refused.value.code, Arrival.objects.count()) == (code, 0)


def test_an_action_is_refused_in_a_state_that_it_does_not_fit(company: Company) -> None:
    draft = make_purchase(company.warehouse, {company.sku: 10}, order=False)
    came = make_purchase(company.warehouse, {company.sku: 10}, came={company.sku: 3})
    (line,) = line_ids(draft)
    wish = purchasing.PurchaseWish(company.warehouse.id, "某厂", SOON, (purchasing.LineWish(company.sku.id, 1),))
    acts: list[Callable[[], object]] = [
        lambda: take_in(draft.pk, "SH1", {line: 1}, by=None),
        lambda: purchasing.close_short(draft.pk, by=None, reason="x"),
        lambda: purchasing.put_off(draft.pk, SOON, actor_id=None),
        lambda: purchasing.cancel(came.pk, by=None, reason="x"),
        lambda: purchasing.place(came.pk, actor_id=None),
        lambda: purchasing.change_draft(came.pk, wish, actor_id=None),
    ]
    for act in acts:
        with pytest.raises(UnableTo) as refused:
            act()
        assert refused.value.code == "wrong_state"
    purchasing.change_draft(draft.pk, wish, actor_id=None)
    assert list(draft.lines.values_list("quantity", flat=True)) == [1]


def test_an_order_that_waits_for_the_goods_goes_on_and_says_until_then_what_is_coming(company: Company) -> None:
    order = make_order(company, [make_line(company.sku, 1_200, price="0.10")])
    assert order.exceptions == ["out_of_stock"]
    purchase = make_purchase(company.warehouse, {company.sku: 500}, expected_on=SOON)
    (shown,) = lines_with_stock(order)
    assert shown.coming == Coming(500, SOON)
    take_in(purchase.pk, "SH1", {line_ids(purchase)[0]: 500}, by=None)
    outbox.deliver_due(wake.TOPIC)
    process_due()
    assert Order.objects.get(pk=order.pk).exceptions == []
    assert lines_with_stock(order)[0].coming is None


def test_goods_that_never_lay_here_are_found_as_soon_as_they_are_on_their_way(company: Company) -> None:
    fresh = make_sku("NEW-1")
    make_purchase(company.warehouse, {fresh: 30}, expected_on=SOON)
    (balance,) = stock_list(make_staff(role="customer_service")).filter(sku=fresh)
    shown = vars(balance)
    assert (balance.on_hand, shown["in_transit"], shown["expected_on"]) == (0, 30, SOON)


def test_receiving_and_looking_cost_the_same_for_one_line_and_for_many(company: Company) -> None:
    few = make_purchase(company.warehouse, {company.sku: 5})
    goods = {make_sku(f"M{n}"): 5 for n in range(40)}
    many = make_purchase(company.warehouse, goods)
    staff, counts = make_staff(role="warehouse"), []
    for purchase in (few, many):
        with CaptureQueriesContext(connection) as queries:
            take_in(purchase.pk, "SH1", dict.fromkeys(line_ids(purchase), 2), by=staff)
        with CaptureQueriesContext(connection) as looks:
            coming(purchase.lines.values_list("sku_id", flat=True))
            list(stock_list(staff)[:50])
        counts.append((len(queries), len(looks)))
    assert counts[0] == counts[1]


def test_locks_are_taken_in_the_order_of_the_house(company: Company) -> None:
    purchase = make_purchase(company.warehouse, {company.sku: 5})
    with CaptureQueriesContext(connection) as queries:
        take_in(purchase.pk, "SH1", {line_ids(purchase)[0]: 5}, by=None)
    held = [one["sql"] for one in queries if "FOR UPDATE" in one["sql"]]
    assert "warehouse_purchaseorder" in held[0]
    assert "warehouse_stockbalance" in held[-1]


BREAKS = {
    "purchase.arrived_equals_arrivals": "UPDATE warehouse_purchaseorderline SET arrived = arrived + 1",
    "purchase.arrivals_equal_ledger": "UPDATE warehouse_stockmove SET arrival_line_id = NULL",
    "purchase.state_agrees_with_units": "UPDATE warehouse_purchaseorder SET state = 'arrived'",
}


@pytest.mark.parametrize("code", BREAKS)
def test_a_broken_truth_is_found(code: str) -> None:
    company = make_company()
    make_purchase(company.warehouse, {company.sku: 10}, came={company.sku: 3})
    assert_invariants_hold()
    with connection.cursor() as cursor:
        cursor.execute(BREAKS[code])
    assert code in [one.code for one in check_all()]


def test_external_numbers_are_taken_once(company: Company) -> None:
    make_purchase(company.warehouse, {company.sku: 1}, external_no="U8-1")
    with pytest.raises(UnableTo) as refused:
        make_purchase(company.warehouse, {company.sku: 1}, external_no="U8-1")
    assert refused.value.code == "external_no_taken"
