"""Celery tasks of the core, and the bell that wakes workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import redis
from celery import current_app, shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from oms.core import jobs, outbox, partitions, retention, watch

logger = logging.getLogger(__name__)

QUIET_S = 5.0
"""Seconds in which nobody rings after a bell that could not be heard."""

TURN_S = 3.0
"""Seconds after which a task that still finds work stands in line again, behind the other work of its workers."""

DELIVER_TASK = "core.deliver_outbox"

_quiet_until = 0.0


def ring(task: str) -> None:
    """Tell the workers to look now. A lost bell is no loss: the sweep finds the work."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except (OperationalError, redis.RedisError, OSError) as error:
        # A broker that swallows every call would hold up every request.
        _quiet_until = time.monotonic() + QUIET_S
        logger.warning("the broker cannot be reached, the sweep will find the work: %s", type(error).__name__)


def take_turn(task: str, work: Callable[[], int]) -> int:
    """Call ``work`` until it finds nothing, or the turn is over and ``task`` is rung anew; returns what was done.

    On a day of many parcels the outbox is never empty for hours, and downloads share its workers.
    """
    began, count = time.monotonic(), 0
    while done := work():
        count += done
        if time.monotonic() - began > TURN_S:
            ring(task)
            break
    return count


@shared_task(name="core.run_jobs", ignore_result=True)
def run_jobs() -> int:
    """Run open jobs until none is left."""
    count = 0
    while jobs.run_due():
        count += 1
    return count


@shared_task(name=DELIVER_TASK, ignore_result=True)
def deliver_outbox() -> int:
    """Deliver what is due on every topic, round by round."""
    return take_turn(DELIVER_TASK, lambda: sum(outbox.deliver_due(topic).total for topic in outbox.topics()))


@shared_task(name="core.ensure_partitions", ignore_result=True)
def ensure_partitions() -> int:
    """Keep the coming months' partitions ready."""
    return len(partitions.ensure_partitions(timezone.now().date()))


@shared_task(name="core.sweep", ignore_result=True)
def sweep() -> int:
    """Remove what was kept long enough."""
    return sum(retention.sweep().values())


@shared_task(name="core.check_invariants", ignore_result=True)
def check_invariants() -> int:
    """Check what must always be true; how much is not."""
    return len(watch.watch() or ())
