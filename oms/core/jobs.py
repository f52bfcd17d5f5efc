"""Jobs: background work with progress, cancel, and resumption after a crash.

A job is a row; a Celery message only says "look now", and the sweep finds jobs whose message or worker was lost. A runner
is called with the job's parameters and a context; it reports progress (which renews its lease), may leave checkpoints, and must
be able to start again from its last checkpoint.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core import leases
from oms.core.errors import UnableTo
from oms.core.models import Job

LEASE = leases.LEASE
MAX_ATTEMPTS = 5
_REPORT_EVERY = dt.timedelta(milliseconds=300)

logger = logging.getLogger(__name__)

Runner = Callable[["JobContext"], Mapping[str, Any] | None]
_runners: dict[str, Runner] = {}


class JobCancelled(Exception):
    """Somebody asked for the job to stop; raised out of ``JobContext.progress``."""


class JobLost(Exception):
    """Another process holds the job now: this one must stop without a trace."""


class JobContext:
    """What a runner may know and say of its job."""

    def __init__(self, job: Job, held: leases.Claim) -> None:
        self.id = job.id
        self.params: Mapping[str, Any] = job.params
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.created_by_id = job.created_by_id
        self._held = held
        self._reported = timezone.now() - _REPORT_EVERY

    def progress(
        self, done: int, total: int, message: str = "", *, checkpoint: Mapping[str, Any] | None = None
    ) -> None:
        """Tell how far the job is; at most a few writes a second reach the database, checkpoints always do.

        Raises JobCancelled and JobLost.
        """
        now = timezone.now()
        if checkpoint is None and now - self._reported < _REPORT_EVERY and done < total:
            return
        self.record(done, total, message, checkpoint=checkpoint)
        self.stop_if_cancelled()

    def record(self, done: int, total: int, message: str = "", *, checkpoint: Mapping[str, Any] | None = None) -> None:
        """Write how far the job is where it is still ours, whatever was asked for meanwhile. Raises JobLost.

        As the last statement of a transaction it makes the work and the position one: who lost the job undoes both.
        """
        now = timezone.now()
        self._reported = now
        values: dict[str, Any] = {"done": done, "total": total, "message": message, "lease_until": now + LEASE}
        if checkpoint is not None:
            self.checkpoint = dict(checkpoint)
            values["checkpoint"] = self.checkpoint
        if not Job.objects.filter(id=self.id, fence=self._held.fence, state=Job.State.RUNNING).update(**values):
            raise JobLost(self.id)

    def stop_if_cancelled(self) -> None:
        """Raises JobCancelled when somebody asked for the job to stop."""
        if Job.objects.filter(id=self.id, cancel_requested=True).exists():
            raise JobCancelled(self.id)


def runs(kind: str) -> Callable[[Runner], Runner]:
    """Decorator: the function runs the jobs of this kind and returns their result (JSON) or None."""

    def register(runner: Runner) -> Runner:
        if kind in _runners:
            raise RuntimeError(f"two runners for jobs of kind {kind}")
        _runners[kind] = runner
        return runner

    return register


def start(kind: str, params: Mapping[str, Any], *, title: str = "", staff_id: int | None = None) -> Job:
    """Queue a job and ring the bell after the commit. Raises KeyError for a kind that nobody runs."""
    if kind not in _runners:
        raise KeyError(kind)
    job = Job.objects.create(kind=kind, params=dict(params), title=title, created_by_id=staff_id)
    from oms.core.tasks import ring  # the task module imports this one

    transaction.on_commit(lambda: ring("core.run_jobs"))
    return job


def cancel(job_id: int) -> bool:
    """Ask an open job to stop; a queued one stops at once. False when it is not open."""
    now = timezone.now()
    stopped = Job.objects.filter(id=job_id, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, cancel_requested=True, finished_at=now
    )
    asked = Job.objects.filter(id=job_id, state=Job.State.RUNNING).update(cancel_requested=True)
    return bool(stopped or asked)


def run_due(*, limit: int = 1, only: int | None = None) -> int:
    """Claim and run open jobs that nobody holds, one after another; returns how many were run."""
    where, params = "state IN ('queued', 'running')", []
    if only is not None:
        where, params = where + " AND id = %s", [only]
    claims = leases.claim(Job, where=where, params=params, order_by="id", limit=limit, lease=LEASE)
    for held in claims:
        _run(held)
    return len(claims)


def _run(held: leases.Claim) -> None:
    Job.objects.filter(id=held.id, fence=held.fence).update(state=Job.State.RUNNING)
    job = Job.objects.get(id=held.id)
    if held.attempt > MAX_ATTEMPTS:
        _finish(held, Job.State.FAILED, message=_("Given up after %(count)s attempts.") % {"count": MAX_ATTEMPTS})
        return
    runner = _runners[job.kind]
    try:
        with leases.kept(Job, [held], LEASE):
            result = runner(JobContext(job, held))
    except JobCancelled:
        _finish(held, Job.State.CANCELLED, message=_("Cancelled."))
    except JobLost:
        logger.warning("job %s is held by another process now", held.id)
    except UnableTo as error:
        _finish(held, Job.State.FAILED, message=str(error), result={"code": error.code})
    except Exception as error:  # a job must end visibly, whatever its runner raised; the trace goes to the log
        logger.exception("job %s failed", held.id)
        trace = traceback.extract_tb(error.__traceback__)[-1]
        _finish(
            held,
            Job.State.FAILED,
            message=_("The job stopped on an internal error (%(name)s). Tell the administrator the job's number.")
            % {"name": type(error).__name__},
            result={"error": type(error).__name__, "at": f"{trace.name}:{trace.lineno}"},
        )
        raise
    else:
        _finish(held, Job.State.DONE, result=result)


def _finish(
    held: leases.Claim, state: Job.State, *, message: str | None = None, result: Mapping[str, Any] | None = None
) -> None:
    values: dict[str, Any] = {"state": state, "finished_at": timezone.now(), "lease_until": None}
    if message is not None:
        values["message"] = message
    if result is not None:
        values["result"] = dict(result)
    Job.objects.filter(Q(id=held.id, fence=held.fence)).update(**values)
