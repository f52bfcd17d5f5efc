"""Leases let one process at a time work; jobs end visibly whatever their runner does."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import timezone

from oms.core import jobs, leases
from oms.core.errors import UnableTo
from oms.core.models import Job
from oms.core.tasks import run_jobs

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def take(limit: int = 10) -> list[leases.Claim]:
    return leases.claim(Job, where="state = 'queued'", order_by="id", limit=limit, lease=MINUTE)


def expire() -> None:
    Job.objects.update(lease_until=timezone.now() - MINUTE)


def test_what_is_held_is_not_given_to_another_until_the_lease_ends() -> None:
    Job.objects.bulk_create([Job(kind="x"), Job(kind="x")])
    (first,) = take(1)
    (second,) = take()
    assert first.id != second.id
    assert take() == []
    expire()
    again = take()
    assert [(c.id, c.attempt) for c in again] == [(first.id, 2), (second.id, 2)]


def test_the_fence_tells_who_holds_the_row_now() -> None:
    Job.objects.create(kind="x")
    (old,) = take()
    expire()
    (new,) = take()
    assert leases.still_held(Job, [old]) == set()
    assert leases.still_held(Job, [new]) == {new.id}
    assert not leases.renew(Job, old, MINUTE)
    assert leases.renew(Job, new, MINUTE)


@pytest.fixture
def kind() -> str:
    return f"test.{uuid.uuid4()}"


def run(kind: str, monkeypatch: pytest.MonkeyPatch, runner: jobs.Runner) -> Job:
    monkeypatch.setitem(jobs._runners, kind, runner)
    job = jobs.start(kind, {"n": 3})
    jobs.run_due(only=job.id)
    job.refresh_from_db()
    return job


def test_a_job_reports_and_returns(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def runner(context: jobs.JobContext) -> Mapping[str, Any]:
        context.progress(3, context.params["n"], "done", checkpoint={"at": 3})
        return {"made": 3}

    job = run(kind, monkeypatch, runner)
    assert (job.state, job.done, job.total, job.checkpoint, job.result) == ("done", 3, 3, {"at": 3}, {"made": 3})
    assert job.lease_until is None


def test_an_expected_failure_is_told_in_its_words(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def runner(_context: jobs.JobContext) -> None:
        raise UnableTo("文件为空", code="empty")

    job = run(kind, monkeypatch, runner)
    assert (job.state, job.message, job.result) == ("failed", "文件为空", {"code": "empty"})


def test_a_cancelled_job_stops_at_its_next_report(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def runner(context: jobs.JobContext) -> None:
        assert jobs.cancel(context.id)
        context.progress(1, 2, checkpoint={})
        raise AssertionError("it went on")

    assert run(kind, monkeypatch, runner).state == "cancelled"


def test_a_job_that_was_taken_over_writes_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def runner(context: jobs.JobContext) -> None:
        Job.objects.filter(id=context.id).update(fence=99)
        context.progress(1, 2, checkpoint={"mine": True})

    job = run(kind, monkeypatch, runner)
    assert (job.state, job.checkpoint) == ("running", {})


def test_a_queued_job_is_cancelled_at_once_and_a_finished_one_never(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs._runners, kind, lambda _context: None)
    job = jobs.start(kind, {})
    assert jobs.cancel(job.id)
    assert not jobs.cancel(job.id)
    assert jobs.run_due(only=job.id) == 0
    with pytest.raises(KeyError):
        jobs.start("nobody runs this", {})


def test_a_job_whose_workers_keep_dying_is_given_up(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs._runners, kind, lambda _context: None)
    job = jobs.start(kind, {})
    Job.objects.filter(id=job.id).update(attempt=jobs.MAX_ATTEMPTS)
    jobs.run_due(only=job.id)
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_job_on_which_an_error_of_ours_stops_ends_visibly_and_the_others_are_run(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def runner(context: jobs.JobContext) -> None:
        if context.params["n"] == 1:
            raise KeyError("poison")

    monkeypatch.setitem(jobs._runners, kind, runner)
    rows = [jobs.start(kind, {"n": number}) for number in (1, 2, 3)]
    with pytest.raises(KeyError):
        run_jobs()
    # The log has it; the beat calls again three seconds later.
    assert run_jobs() == 2
    states = dict(Job.objects.values_list("id", "state"))
    assert [states[row.id] for row in rows] == ["failed", "done", "done"]
