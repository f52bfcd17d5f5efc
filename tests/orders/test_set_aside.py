"""One poisoned trade, order or receiver stops nobody else: what an error of ours meets is set aside, listed, and tried again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from oms.core.boundary import MOST_APART, work_apart
from oms.core.models import HistoryEntry
from orders import merging, pipeline
from orders.engine.merge import plan_merge as plan_merge_orders
from orders.models import MergeRule, Order, Trade
from orders.processing.existing import load_existing as load_existing_orders
from orders.tasks import merge_due, process_due, try_again
from tests.factories import Company, make_company, make_document, make_line, make_order, make_trade, store
from tests.holding import assert_invariants_hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert all(record.exc_info for record in caplog.records if record.levelno >= logging.ERROR), "with its trace"


def make_trades(company: Company, count: int) -> list[Trade]:
    return [make_trade(company.shop, [make_line(company.sku)]) for _ in range(count)]


def spoil(*trades: Trade) -> None:
    """Take from the stored documents what every reader counts on, as no code of ours does."""
    with connection.cursor() as cursor:
        ids = [trade.id for trade in trades]
        cursor.execute("UPDATE orders_trade SET document = document - 'lines' WHERE id = ANY(%s)", [ids])


def mend(trade: Trade) -> None:
    Trade.objects.filter(id=trade.id).update(document=trade.document)


def test_a_poisoned_trade_is_listed_and_the_others_become_orders(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    trades = make_trades(company, 9)
    spoil(trades[4])
    assert process_due() == 9
    assert Order.objects.filter(state="approved").count() == 8
    poisoned = Trade.objects.get(id=trades[4].id)
    assert (poisoned.state, poisoned.reason_code) == ("rejected", "internal_error")
    assert "KeyError" in poisoned.reason
    assert any("KeyError" in str(record.exc_info) for record in caplog.records)
    assert process_due() == 0, "it is not claimed again and again"
    assert_invariants_hold()
    # An hour later it is tried again: now the program is mended.
    mend(trades[4])
    assert try_again() == 1
    process_due()
    assert Order.objects.filter(state="approved").count() == 9
    assert Trade.objects.get(id=trades[4].id).reason == ""
    assert_invariants_hold()


def test_a_poisoned_change_gets_its_order_the_attention_of_a_person(company: Company) -> None:
    document, other = (make_document([make_line(company.sku)], no) for no in ("T1", "T2"))
    store(company.shop, document, other)
    process_due()
    later = document.modified + dt.timedelta(minutes=1)
    store(company.shop, replace(document, modified=later), replace(other, modified=later, buyer_message="急"))
    spoil(Trade.objects.get(trade_no="T1"))
    process_due()
    orders = {order.trade_no: order for order in Order.objects.all()}
    assert orders["T1"].attention == ["trade_unreadable"]
    assert orders["T2"].buyer_message == "急"
    assert set(Trade.objects.values_list("trade_no", "state")) == {("T1", "settled"), ("T2", "settled")}
    assert_invariants_hold()


def test_a_poisoned_order_waits_an_hour_and_the_others_go_on(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [make_order(company, [make_line("NOBODYS")]) for _ in range(3)]
    Order.objects.update(reprocess_at=timezone.now() - dt.timedelta(hours=1))
    load = load_existing_orders

    def load_existing(ids: Sequence[int], *, first_key: int) -> Any:
        if orders[1].id in ids:
            raise RuntimeError("poison")
        return load(ids, first_key=first_key)

    monkeypatch.setattr(pipeline, "load_existing", load_existing)
    process_due()
    waiting = Order.objects.get(reprocess_at__isnull=False)
    assert waiting.id == orders[1].id
    assert waiting.reprocess_at is not None
    assert waiting.reprocess_at > timezone.now() + dt.timedelta(minutes=50)
    assert "RuntimeError" in HistoryEntry.objects.get(action="set_aside", subject_id=waiting.id).reason
    assert process_due() == 0


def test_when_nearly_everything_is_poisoned_it_is_not_the_trades(company: Company) -> None:
    trades = make_trades(company, MOST_APART + 1)
    spoil(*trades)
    with pytest.raises(KeyError):
        process_due()
    assert Trade.objects.filter(state="due").count() == len(trades)


def test_a_receiver_whose_orders_cannot_be_merged_stops_no_other(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = []
    for street in ("一号", "二号"):
        document = make_document([make_line(company.sku)])
        receiver = replace(document.receiver, address=street)
        both = [replace(make_document([make_line(company.sku)]), receiver=receiver) for _ in range(2)]
        store(company.shop, *both)
        pairs.append([one.trade_no for one in both])
    process_due()
    MergeRule.objects.create(name="并", window_minutes=60)
    plan = plan_merge_orders

    def plan_merge(todo: Any, snapshot: Any) -> Any:
        if any(order.draft.trade_no in pairs[0] for order in todo.orders):
            raise RuntimeError("poison")
        return plan(todo, snapshot)

    monkeypatch.setattr(merging, "plan_merge", plan_merge)
    assert merge_due() == 1
    merged = Order.objects.filter(state="superseded").values_list("trade_no", flat=True)
    assert set(merged) == set(pairs[1])
    assert_invariants_hold()


def test_an_error_of_the_database_is_about_nobody_and_goes_up() -> None:
    def work(_part: Sequence[int]) -> int:
        raise OperationalError("away")

    with pytest.raises(OperationalError):
        work_apart([1, 2], work)


def test_halves_are_tried_and_nothing_is_done_twice() -> None:
    done: list[int] = []
    calls = 0

    def work(part: Sequence[int]) -> int:
        nonlocal calls
        calls += 1
        if 37 in part:
            raise ValueError(37)
        done.extend(part)
        return len(part)

    results, poisoned = work_apart(range(500), work)
    assert (sum(results), [thing for thing, _error in poisoned]) == (499, [37])
    assert sorted(done) == [number for number in range(500) if number != 37]
    assert calls < 22
