"""Every limit is longer than the one inside it: calls, leases, tasks, messages; and the database ends what takes too long."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from integrations.platforms import http
from oms.config import ROOT, Config
from oms.core import leases

PROGRAM = """
import oms.wsgi
from django.db import connection
with connection.cursor() as cursor:
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SHOW {name}")
        print(cursor.fetchone()[0])
"""


def test_a_task_ends_before_its_message_comes_again() -> None:
    visible_again = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert http.WHOLE_SECONDS < settings.CELERY_TASK_SOFT_TIME_LIMIT
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < visible_again
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1


def test_a_lease_is_kept_for_as_long_as_a_task_may_last_and_not_for_ever() -> None:
    assert leases.LONGEST_S == settings.CELERY_TASK_TIME_LIMIT
    assert leases.LEASE.total_seconds() < 30, "a killed worker is to be replaced within half a minute"


def test_web_and_workers_have_limits_of_their_own() -> None:
    web, worker = (Config(process=kind, mode="test") for kind in ("web", "worker"))  # type: ignore[call-arg]
    assert all(web.database_limits[name] < seconds for name, seconds in worker.database_limits.items())
    for limits in (web.database_limits, worker.database_limits):
        assert limits["lock_timeout"] < limits["statement_timeout"]


def test_the_web_process_asks_for_its_limits() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"OMS_MODE": "test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["20s", "10s", "30s"], done.stderr


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_is_ended() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("30s",)
        cursor.execute("SET LOCAL statement_timeout = 50")
        with pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SELECT pg_sleep(5)")
        transaction.set_rollback(True)
