"""What is begun anew: because PostgreSQL ended it to dissolve a deadlock, or because others took what its plan counted on.

Locks have one order (docs/locking.md), and one exception: a batch that follows changed trades gives stock and gifts back before it plans
(docs/decisions/follow-deadlock-is-retried.md). Whoever meets such a batch may be the one whom PostgreSQL ends; nothing of it was written,
and nobody should have to press the button again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from django.db import OperationalError, transaction
from psycopg2.errors import DeadlockDetected

from oms.core.actions import ActionResult, chunks
from oms.core.errors import StalePlan

ATTEMPTS = 4
PLANS = 3

P = ParamSpec("P")
T = TypeVar("T")


def is_deadlock(error: BaseException) -> bool:
    """Whether PostgreSQL ended the statement because two transactions waited for each other."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, DeadlockDetected)


def again(act: Callable[[], T]) -> T:
    """What ``act`` gives; it opens its own transaction, and is called anew when that fell to a deadlock. Raises what ``act`` raises."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return act()
        except OperationalError as error:
            if attempt == ATTEMPTS or not is_deadlock(error):
                raise
    raise AssertionError("unreachable")


def fresh(act: Callable[[bool], T]) -> T:
    """What ``act`` gives in a transaction; anew, told to lock the stock first, when others took what its plan counted on.

    Raises StalePlan when even that does not help.
    """
    for attempt in range(1, PLANS + 1):
        try:
            with transaction.atomic():
                return act(attempt > 1)
        except StalePlan:
            if attempt == PLANS:
                raise
    raise AssertionError("unreachable")


def in_chunks(
    action: Callable[Concatenate[Sequence[int], P], ActionResult],
) -> Callable[Concatenate[Sequence[int], P], ActionResult]:
    """Decorator of an action on many rows, each chunk of which is one transaction: a chunk that fell to a deadlock is done anew."""

    @functools.wraps(action)
    def every_chunk(ids: Sequence[int], /, *args: P.args, **kwargs: P.kwargs) -> ActionResult:
        results = [again(functools.partial(action, chunk, *args, **kwargs)) for chunk in chunks(ids)]
        return sum(results, ActionResult())

    return every_chunk
