"""What is kept for a time and then removed, so that no table grows for ever that nobody reads (docs/operations.md, What is kept how long).

Each room says what of its own is removed after how long. A portion is one short statement; a sweep removes portion after portion until
nothing is too old or its time is over, and one table that cannot be swept stops no other.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models
from django.utils import timezone

from oms.core import partitions
from oms.core.boundary import is_of_one
from oms.core.locks import try_to_be_the_only
from oms.core.models import Job, OutboxMessage

PORTION = 2_000
"""Rows removed by one statement."""
BUDGET_S = 120.0
"""Seconds of one sweep; what is left waits for the next."""

logger = logging.getLogger(__name__)
Remove = Callable[[dt.datetime], int]
"""Removes a portion of what is too old at a moment, and says how much that was; 0 when nothing is too old."""

_removers: dict[str, Remove] = {}


def removes(what: str) -> Callable[[Remove], Remove]:
    """Decorator: the function removes what is too old of something."""

    def register(remove: Remove) -> Remove:
        _removers[what] = remove
        return remove

    return register


def days(name: str) -> dt.timedelta:
    """How long something is kept; ``name`` as in ``settings.KEEP_DAYS``."""
    return dt.timedelta(days=settings.KEEP_DAYS[name])


def sweep(now: dt.datetime | None = None) -> dict[str, int]:
    """Remove what is too old; how much of what. Nothing when another process sweeps."""
    moment, deadline = now or timezone.now(), time.monotonic() + BUDGET_S
    removed: dict[str, int] = {}
    with try_to_be_the_only("core.sweep") as alone:
        for what, remove in sorted(_removers.items()) if alone else ():
            try:
                while time.monotonic() < deadline and (count := remove(moment)):
                    removed[what] = removed.get(what, 0) + count
            except Exception as error:
                if not is_of_one(error):
                    raise
                logger.exception("what is too old of %s could not be removed", what)
    return removed


def remove_oldest(model: type[models.Model], condition: str, params: list[Any]) -> int:
    """Remove, of the rows with the lowest ids, those that meet the SQL condition. No index is needed: the oldest come first."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH oldest AS MATERIALIZED (SELECT * FROM {table} ORDER BY id LIMIT %s) "
            f"DELETE FROM {table} t USING oldest WHERE t.id = oldest.id AND ({condition})",
            [2 * PORTION, *params],
        )
        return int(cursor.rowcount)


@removes("delivered messages")
def _messages(now: dt.datetime) -> int:
    return remove_oldest(OutboxMessage, "oldest.state = 'done' AND oldest.finished_at < %s", [now - days("messages")])


@removes("finished jobs")
def _jobs(now: dt.datetime) -> int:
    open_states = [str(state) for state in Job.OPEN]
    return remove_oldest(Job, "oldest.state <> ALL(%s) AND oldest.finished_at < %s", [open_states, now - days("jobs")])


@removes("files of jobs")
def _files(now: dt.datetime) -> int:
    """Uploads and results: no older than the jobs that name them."""
    count = 0
    for folder in settings.JOB_FOLDERS:
        if not default_storage.exists(folder):
            continue
        for name in default_storage.listdir(folder)[1][:PORTION]:
            path = f"{folder}/{name}"
            # A job may have begun long after its file was made, and its result long after that.
            if default_storage.get_modified_time(path) < now - days("jobs") - dt.timedelta(days=1):
                default_storage.delete(path)
                count += 1
    return count


@removes("partitions")
def _partitions(now: dt.datetime) -> int:
    return sum(
        len(partitions.drop_before(table, (now - dt.timedelta(days=kept)).date()))
        for table, kept in settings.KEEP_PARTITIONS_DAYS.items()
        if kept
    )
