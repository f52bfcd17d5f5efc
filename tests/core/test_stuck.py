"""A worker that hangs: it is seen, somebody else takes over what it held, and it changes nothing when it wakes up."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from oms.config import ROOT
from oms.core import heartbeat, leases, outbox
from oms.core.models import Heart, OutboxMessage
from oms.demo import stuck as demo
from oms.demo.stuck import stuck

TOPIC = "tests.stuck"
WORKER = """
import datetime as dt, sys, time
import django
django.setup()
from oms.core import heartbeat, outbox
from oms.core.models import Heart
heartbeat.EVERY = 0.1
outbox.LEASE = dt.timedelta(seconds=float(sys.argv[1]))

@outbox.handles("tests.stuck")
class Slow:
    def call(self, message):
        print("calling", flush=True)
        time.sleep(float(sys.argv[2]))
        return "slow"
    def record(self, message, answer):
        print("recorded", flush=True)
    def failed(self, message, failure, *, final):
        raise AssertionError

heartbeat.start(Heart.Kind.WORKER)
time.sleep(0.3)
print(outbox.deliver_due("tests.stuck").done, flush=True)
"""


def url() -> str:
    database = connection.settings_dict
    return f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[[float, float], subprocess.Popen[str]]]:
    """Starts a worker with a lease and a call of so many seconds, and waits until it calls."""
    started: list[subprocess.Popen[str]] = []

    def _start(lease: float, call: float) -> subprocess.Popen[str]:
        environment = os.environ | {
            "DATABASE_URL": url(),
            "OMS_MODE": "test",
            "DJANGO_SETTINGS_MODULE": "oms.settings",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(lease), str(call)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "calling\n"
        return process

    yield _start
    for process in started:
        process.kill()
        process.communicate()


class Quick:
    """Takes over."""

    recorded = 0

    def call(self, message: outbox.Message) -> str:
        return "quick"

    def record(self, message: outbox.Message, answer: Any) -> None:
        self.recorded += 1

    def failed(self, message: outbox.Message, failure: outbox.DeliveryFailure, *, final: bool) -> None:
        raise AssertionError


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Quick:
    handler = Quick()
    monkeypatch.setitem(outbox._handlers, TOPIC, handler)
    with transaction.atomic():
        outbox.put(TOPIC, "1", {})
    return handler


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_a_stopped_worker_is_seen_and_replaced_and_writes_nothing_when_it_wakes(
    transactional_db: None,
    quick: Quick,
    start: Callable[[float, float], subprocess.Popen[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "SILENT_AFTER", 1.0)
    monkeypatch.setattr(demo, "SILENT_AFTER", 1.0)
    worker = start(1.0, 1.0)
    assert heartbeat.stuck_here() == []
    assert outbox.deliver_due(TOPIC).done == 0
    worker.send_signal(signal.SIGSTOP)
    wait_for(heartbeat.stuck_here)
    assert [heart.pid for heart in heartbeat.stuck_here()] == [worker.pid]
    assert stuck(url()) == {worker.pid}
    with pytest.raises(CommandError):
        call_command("workers", "--stuck")
    wait_for(lambda: outbox.deliver_due(TOPIC).done)
    assert quick.recorded == 1
    worker.send_signal(signal.SIGCONT)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "0\n"
    assert OutboxMessage.objects.get().attempt == 2


def test_a_long_call_keeps_its_lease(
    transactional_db: None, quick: Quick, start: Callable[[float, float], subprocess.Popen[str]]
) -> None:
    worker = start(1.0, 3.0)
    time.sleep(2.0)
    assert outbox.deliver_due(TOPIC).done == 0
    assert worker.stdout is not None
    assert worker.stdout.readline() == "recorded\n"
    assert worker.stdout.readline() == "1\n"
    assert OutboxMessage.objects.get().attempt == 1


def test_without_being_kept_the_lease_would_have_run_out(
    transactional_db: None, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above."""
    lease = dt.timedelta(seconds=0.3)
    (held,) = leases.claim(OutboxMessage, where="true", order_by="id", limit=1, lease=lease)
    time.sleep(0.5)
    assert outbox.deliver_due(TOPIC).done == 1
    assert not leases.renew(OutboxMessage, held, lease)


def test_one_that_was_killed_is_not_stuck(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    beat = heartbeat.Heartbeat(Heart.Kind.WORKER)
    beat.beat()
    monkeypatch.setattr(heartbeat, "SILENT_AFTER", 0.0)
    Heart.objects.update(pid=process.pid)
    assert heartbeat.stuck_here() == []


def test_both_know_the_same_silence() -> None:
    assert heartbeat.SILENT_AFTER == demo.SILENT_AFTER


def test_nobody_is_stuck_while_the_database_is_away() -> None:
    assert stuck("postgresql://nobody@127.0.0.1:1/none") == set()
