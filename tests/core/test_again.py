"""Actions that fell to a deadlock are done anew; other errors go up, and a deadlock that does not end does too."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected, LockNotAvailable

from oms.catalog.models import Region
from oms.core import again as module
from oms.core.actions import CHUNK, ActionResult
from oms.core.again import ATTEMPTS, PLANS, again, fresh, in_chunks
from oms.core.errors import StalePlan


def failing(times: int, cause: Exception) -> list[Exception | None]:
    errors: list[Exception | None] = []
    for _ in range(times):
        error = OperationalError("deadlock detected")
        error.__cause__ = cause
        errors.append(error)
    return [*errors, None]


def act(outcomes: list[Exception | None]) -> str:
    error = outcomes.pop(0)
    if error is not None:
        raise error
    return "done"


def test_a_deadlock_is_tried_again() -> None:
    outcomes = failing(ATTEMPTS - 1, DeadlockDetected())
    assert again(lambda: act(outcomes)) == "done"
    assert outcomes == []


def test_a_deadlock_that_does_not_end_goes_up() -> None:
    outcomes = failing(ATTEMPTS, DeadlockDetected())
    with pytest.raises(OperationalError):
        again(lambda: act(outcomes))
    assert len(outcomes) == 1


def test_other_errors_go_up_at_once() -> None:
    outcomes = failing(2, LockNotAvailable())
    with pytest.raises(OperationalError):
        again(lambda: act(outcomes))
    assert len(outcomes) == 2


@pytest.mark.django_db
def test_a_stale_plan_is_rolled_back_and_made_anew_with_the_stock_locked() -> None:
    locks: list[bool] = []

    def plan(lock_stock: bool) -> str:
        locks.append(lock_stock)
        assert not Region.objects.filter(code="000000").exists()
        Region.objects.create(code="000000", name="nowhere", level=1)
        if not lock_stock:
            raise StalePlan
        return "done"

    assert fresh(plan) == "done"
    assert locks == [False, True]
    assert Region.objects.filter(code="000000").exists()


@pytest.mark.django_db
def test_a_plan_that_stays_stale_goes_up() -> None:
    locks: list[bool] = []

    def plan(lock_stock: bool) -> None:
        locks.append(lock_stock)
        raise StalePlan

    with pytest.raises(StalePlan):
        fresh(plan)
    assert locks == [False, *[True] * (PLANS - 1)]


def test_only_the_chunk_that_fell_is_done_anew() -> None:
    done: list[int] = []
    outcomes = [None, *failing(1, DeadlockDetected())]

    @in_chunks
    def action(ids: Sequence[int]) -> ActionResult:
        act(outcomes)
        done.append(len(ids))
        return ActionResult(tuple(ids))

    result = action([*range(CHUNK + 3), 0])
    assert result.done == tuple(range(CHUNK + 3))
    assert done == [CHUNK, 3]
    assert module.is_deadlock(failing(1, DeadlockDetected())[0] or ValueError())
