"""A batch is done part after part: each once, whoever dies, loses a permission or presses Stop meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.errors import UnableTo
from oms.core.models import HistoryEntry, Job
from orders.batches import deeds
from orders.batches.deeds import DEEDS
from orders.batches.results import Outcome, ids_with, reasons_of, rows_of
from orders.batches.start import start_batch
from orders.models import Order, OrderBatch, OrderBatchPart
from tests.factories import Company, make_shop, make_staff

from .make import begin, make_waiting, work

pytestmark = pytest.mark.django_db


def states(orders: list[Order]) -> Counter[str]:
    return Counter(Order.objects.filter(id__in=[order.pk for order in orders]).values_list("state", flat=True))


def test_audits_all_and_tells_of_each_that_was_refused(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 5)
    Order.objects.filter(pk=orders[1].pk).update(held=True)
    Order.objects.filter(pk=orders[3].pk).update(version=9)
    batch = work(begin(clerk, "audit", orders, part=2))
    assert (batch.job.state, batch.done, batch.refused, batch.job.done, batch.job.total) == ("done", 3, 2, 5, 5)
    assert states(orders) == {"finance_review": 3, "cs_review": 2}
    rows = {row.order_id: row for row in rows_of(batch, clerk)}
    assert [rows[order.pk].outcome for order in orders] == ["done", "refused", "done", "refused", "done"]
    assert (rows[orders[1].pk].no, rows[orders[1].pk].code) == (orders[1].no, "held")
    assert {reason.code: reason.count for reason in reasons_of(batch)} == {"held": 1, "changed_meanwhile": 1}
    assert ids_with(batch, Outcome.REFUSED) == [orders[1].pk, orders[3].pk]
    assert set(HistoryEntry.objects.filter(action="cs_audit").values_list("actor_id", flat=True)) == {clerk.pk}


def test_the_set_is_frozen_when_the_batch_is_made(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 2)
    batch = begin(clerk, "hold", orders, reason="等货")
    (later,) = make_waiting(company, 1)
    work(batch)
    assert set(Order.objects.filter(held=True)) == set(orders)
    assert not Order.objects.get(pk=later.pk).held


def test_orders_of_others_are_refused_as_unknown(company: Company) -> None:
    (mine,) = make_waiting(company, 1)
    stranger = make_staff(role="customer_service", shops=[make_shop("S2")])
    batch = work(begin(stranger, "cancel", [mine], reason="x"))
    assert (batch.done, batch.refused) == (0, 1)
    (row,) = rows_of(batch, stranger)
    assert (row.no, row.code) == ("", "unknown")
    assert states([mine]) == {"cs_review": 1}


def test_a_permission_is_asked_for_at_the_start_and_again_by_the_worker(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 4)
    with pytest.raises(PermissionDenied):
        begin(make_staff(role="operations"), "audit", orders)
    batch = begin(clerk, "audit", orders, part=2)
    clerk.groups.get().permissions.remove(Permission.objects.get(codename="audit_order"))
    batch = work(batch)
    assert (batch.job.state, batch.job.result) == ("failed", {"code": "not_allowed_any_more"})
    assert states(orders) == {"cs_review": 4}
    assert ids_with(batch, Outcome.LEFT) == [order.pk for order in orders]


def test_a_permission_lost_in_the_middle_stops_the_rest(
    company: Company, clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = make_waiting(company, 4)
    after_each(monkeypatch, "hold", lambda: Staff.objects.filter(pk=clerk.pk).update(is_active=False))
    batch = work(begin(clerk, "hold", orders, part=2, reason="x"))
    assert (batch.job.state, batch.done) == ("failed", 2)
    assert [order.held for order in Order.objects.order_by("id")] == [True, True, False, False]


def after_each(monkeypatch: pytest.MonkeyPatch, name: str, what: Callable[[], Any]) -> None:
    """Do something after each part of the deed, within its transaction."""
    deed = DEEDS[name]

    def running(*arguments: Any) -> Any:
        answer = deed.run(*arguments)
        what()
        return answer

    monkeypatch.setitem(deeds.DEEDS, name, replace(deed, run=running))


def test_stop_keeps_what_is_done_and_leaves_the_rest(
    company: Company, clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = make_waiting(company, 6)
    batch = begin(clerk, "hold", orders, part=2, reason="x")
    after_each(monkeypatch, "hold", lambda: jobs.cancel(batch.job_id))
    batch = work(batch)
    assert (batch.job.state, batch.done, batch.job.done) == ("cancelled", 2, 2)
    assert [order.held for order in Order.objects.order_by("id")] == [True, True, False, False, False, False]
    assert ids_with(batch, Outcome.LEFT) == [order.pk for order in orders[2:]]
    assert jobs.run_due(only=batch.job_id) == 0


class Killed(BaseException):
    """As kill -9: nothing of the process runs any more."""


@pytest.mark.parametrize("reached", [1, 2, 3])
def test_a_killed_worker_is_replaced_and_nothing_is_done_twice(
    company: Company, clerk: Staff, monkeypatch: pytest.MonkeyPatch, reached: int
) -> None:
    """Killed within the first, second or third part, after the deed and before its record."""
    orders = make_waiting(company, 6)
    batch = begin(clerk, "remind", orders, part=2)
    count = iter(range(1, 100))

    def die() -> None:
        if next(count) == reached:
            raise Killed

    with monkeypatch.context() as patched:
        after_each(patched, "remind", die)
        with pytest.raises(Killed):
            jobs.run_due(only=batch.job_id)
    assert Order.objects.filter(reminders=1).count() == (reached - 1) * 2
    assert jobs.run_due(only=batch.job_id) == 0  # its lease still runs
    Job.objects.update(lease_until=timezone.now() - jobs.LEASE)
    batch = work(batch)
    assert (batch.job.state, batch.done, batch.refused) == ("done", 6, 0)
    assert set(Order.objects.values_list("reminders", flat=True)) == {1}
    assert HistoryEntry.objects.filter(action="remind").count() == 6


def test_a_worker_that_lost_the_job_undoes_its_part(
    company: Company, clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It slept past its lease and another one took over: its own work must leave no trace."""
    orders = make_waiting(company, 2)
    batch = begin(clerk, "remind", orders)
    with monkeypatch.context() as patched:
        after_each(patched, "remind", lambda: Job.objects.filter(pk=batch.job_id).update(fence=99))
        batch = work(batch)
    assert (batch.job.state, batch.done) == ("running", 0)
    assert set(Order.objects.values_list("reminders", flat=True)) == {0}
    assert not OrderBatchPart.objects.filter(finished=True).exists()


def test_the_number_of_queries_of_a_part_does_not_depend_on_its_size(company: Company, clerk: Staff) -> None:
    counts: dict[str, list[int]] = {}
    for size in (1, 40):
        for name in ("audit", "hold", "remind", "cancel"):
            batch = begin(clerk, name, make_waiting(company, size), reason="x")
            with CaptureQueriesContext(connection) as queries:
                work(batch)
            counts.setdefault(name, []).append(len(queries))
    assert {name: low for name, (low, _high) in counts.items()} == {name: high for name, (_low, high) in counts.items()}
    assert max(high for _low, high in counts.values()) < 75


def test_nothing_and_too_much_are_refused_with_a_sentence(clerk: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.batches.start.MOST", 3)
    for count, code in ((0, "nothing_chosen"), (4, "too_many_orders")):
        with pytest.raises(UnableTo) as refused:
            start_batch(clerk, DEEDS["audit"], {}, [(n, 1) for n in range(count)])
        assert refused.value.code == code
    assert not OrderBatch.objects.exists()


def test_a_deed_that_is_gone_fails_with_a_sentence(company: Company, clerk: Staff) -> None:
    batch = begin(clerk, "hold", make_waiting(company, 1), reason="x")
    OrderBatch.objects.update(action="nobody_knows")
    assert work(batch).job.result == {"code": "unknown_action"}
