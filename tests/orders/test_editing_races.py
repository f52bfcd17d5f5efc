"""Two clerks who save at the same moment, over two real connections; beside it the twin in which the lock is off and an edit is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from oms.catalog.receivers import ReceiverData
from orders.editing import save as saving
from orders.editing.load import load_editable
from orders.editing.values import EditWish, LineWish, line_keys
from orders.engine.values import ZERO
from orders.entering import Entry, NumberTaken, enter_one
from orders.models import Order
from orders.pipeline import process_due
from tests.factories import Company, make_company, make_document, make_line, make_staff, store
from tests.holding import assert_invariants_hold
from tests.two import PATIENCE_S, Pause, Threads, waits

pytestmark = pytest.mark.django_db(transaction=True)

RECEIVER = ReceiverData("李雷", "13900001111", "体育西路 8 号", "广东省", "广州市", "天河区")


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


@pytest.fixture
def company() -> Company:
    return make_company()


def wish(order: Order, units: int) -> EditWish:
    found = load_editable(order)
    lines = tuple(
        LineWish(key, found.codes[line.sku_id or 0], units, line.price, ZERO)
        for key, line in zip(line_keys(found.lines), found.lines, strict=True)
    )
    return EditWish(lines, order.post_fee, reason=f"{units} 件")


def two_savers(company: Company, threads: Threads, monkeypatch: pytest.MonkeyPatch) -> tuple[Order, bool, list[Any]]:
    """Both have the form open as it stands; the first is half way through when the second saves."""
    store(company.shop, make_document([make_line(company.sku, price="400.00")], buyer_message="周五前到"))
    process_due()
    order = Order.objects.get()
    base = load_editable(order).fields
    clerks = [make_staff().pk, make_staff().pk]
    wishes = [wish(order, 2), wish(order, 3)]
    pause = Pause(monkeypatch, saving, "load_editable")
    first = threads.run(lambda: saving.save(order.pk, wishes[0], base=base, actor_id=clerks[0]))
    pause.wait()
    second = threads.run(lambda: saving.save(order.pk, wishes[1], base=base, actor_id=clerks[1]))
    waited = waits(second)
    pause.release()
    results: list[Any] = [first.result(PATIENCE_S), second.result(PATIENCE_S)]
    order.refresh_from_db()
    return order, waited, results


def test_the_second_waits_and_is_told(company: Company, threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    order, waited, (first, second) = two_savers(company, threads, monkeypatch)
    assert waited
    assert first.changed
    assert second.meanwhile
    assert (order.quantity, second.changed) == (2, ())
    assert_invariants_hold()


def test_without_the_lock_an_edit_would_be_lost(
    company: Company, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        return {row["id"]: dict(row) for row in Order.objects.filter(id__in=list(ids)).values("id", "state", "version")}

    monkeypatch.setattr(saving, "lock_orders", unlocked)
    _order, waited, (first, second) = two_savers(company, threads, monkeypatch)
    assert not waited
    assert first.changed
    assert second.changed, "both believe that they saved"


def test_an_external_number_is_taken_once_by_two_at_a_time(company: Company, threads: Threads) -> None:
    clerk = make_staff().pk
    entry = Entry(
        company.shop.pk,
        (LineWish("new0", company.sku.code, 1, Decimal("10.00"), ZERO),),
        RECEIVER,
        external_no="TEL-1",
    )
    futures = [threads.run(lambda: enter_one(entry, actor_id=clerk)) for _ in range(4)]
    taken = [isinstance(future.exception(PATIENCE_S), NumberTaken) for future in futures]
    assert sorted(taken) == [False, True, True, True]
    assert Order.objects.filter(trade_no="TEL-1").count() == 1
    assert_invariants_hold()
