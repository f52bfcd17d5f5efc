"""The one place between due work and due work where an exception that nobody expected is caught (docs/decisions/one-stops-no-other.md).

Inside a piece of work it is never caught: its transaction is rolled back whole. Between two pieces it must be, or a single message, trade
or shop that meets an error of ours would be claimed first again and again, and nothing behind it would ever be done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from oms.core.errors import StalePlan

MOST_APART = 10
"""So many pieces of one batch may be poisoned; beyond that it is not they that are wrong, and the error goes up."""

_OF_ALL = (OperationalError, InterfaceError, SoftTimeLimitExceeded, MemoryError, StalePlan)

logger = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")


def is_of_one(error: Exception) -> bool:
    """Whether the error says something about the piece of work, and not about the database, the process or the time that is left."""
    return not isinstance(error, _OF_ALL)


def work_apart(
    things: Sequence[T], work: Callable[[Sequence[T]], R], *, most: int = MOST_APART
) -> tuple[list[R], list[tuple[T, Exception]]]:
    """Do the work on all things, where that raises on halves of them, down to those that raise alone: the results, and the poisoned.

    ``work`` is one transaction each time. Raises the error when more than ``most`` are poisoned, or when it is not about one of them.
    """
    results: list[R] = []
    poisoned: list[tuple[T, Exception]] = []
    waiting = [things] if things else []
    while waiting:
        part = waiting.pop()
        try:
            results.append(work(part))
        except Exception as error:
            if not is_of_one(error) or (len(part) == 1 and len(poisoned) == most):
                raise
            if len(part) > 1:
                half = len(part) // 2
                waiting += [part[half:], part[:half]]
            else:
                logger.exception("set aside: %s", part[0])
                poisoned.append((part[0], error))
    return results, poisoned
