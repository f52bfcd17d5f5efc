"""The outbox: written with the business, delivered outside it, repeated until it is done or a person must look."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from oms.core import outbox
from oms.core.models import OutboxMessage

pytestmark = pytest.mark.django_db


class Platform:
    """A handler that fails as it is told to."""

    def __init__(self) -> None:
        self.failures: list[outbox.DeliveryFailure] = []
        self.called: list[str] = []
        self.recorded: list[str] = []
        self.failed_finally: list[bool] = []

    def call(self, message: outbox.Message) -> str:
        self.called.append(message.key)
        if self.failures:
            raise self.failures.pop(0)
        return message.key

    def record(self, _message: outbox.Message, answer: str) -> None:
        self.recorded.append(answer)

    def failed(self, _message: outbox.Message, _failure: outbox.DeliveryFailure, *, final: bool) -> None:
        self.failed_finally.append(final)


@pytest.fixture
def topic() -> str:
    return f"test.{uuid.uuid4()}"


@pytest.fixture
def platform(topic: str, monkeypatch: pytest.MonkeyPatch) -> Platform:
    handler = Platform()
    monkeypatch.setitem(outbox._handlers, topic, handler)
    return handler


def due_now() -> None:
    OutboxMessage.objects.update(due_at=timezone.now() - dt.timedelta(seconds=1))


def test_the_same_key_again_changes_nothing(topic: str, platform: Platform) -> None:
    outbox.put(topic, "1", {"a": 1})
    outbox.put(topic, "1", {"a": 2})
    assert outbox.deliver_due(topic) == outbox.Delivered(done=1)
    assert outbox.deliver_due(topic).total == 0
    assert platform.recorded == ["1"]
    assert OutboxMessage.objects.get().payload == {"a": 1}


def test_a_temporary_failure_waits_and_is_tried_again(topic: str, platform: Platform) -> None:
    platform.failures = [outbox.TemporaryFailure("busy", code="limit", retry_after=dt.timedelta(minutes=5))]
    outbox.put(topic, "1", {})
    assert outbox.deliver_due(topic) == outbox.Delivered(retried=1)
    row = OutboxMessage.objects.get()
    assert (row.state, row.error_code, row.error) == ("due", "limit", "busy")
    assert row.due_at > timezone.now() + dt.timedelta(minutes=4)
    assert outbox.deliver_due(topic).total == 0
    due_now()
    assert outbox.deliver_due(topic) == outbox.Delivered(done=1)
    assert platform.failed_finally == [False]


def test_a_permanent_failure_waits_for_a_person_who_revives_it(topic: str, platform: Platform) -> None:
    platform.failures = [outbox.PermanentFailure("no such order")]
    outbox.put(topic, "1", {})
    assert outbox.deliver_due(topic) == outbox.Delivered(dead=1)
    due_now()
    assert outbox.deliver_due(topic).total == 0
    assert outbox.revive(OutboxMessage.objects.values_list("id", flat=True)) == 1
    due_now()
    assert outbox.deliver_due(topic) == outbox.Delivered(done=1)


def test_attempts_end(topic: str, platform: Platform) -> None:
    platform.failures = [outbox.TemporaryFailure("down") for _ in range(outbox.MAX_ATTEMPTS)]
    outbox.put(topic, "1", {})
    for _ in range(outbox.MAX_ATTEMPTS):
        due_now()
        outbox.deliver_due(topic)
    assert platform.failed_finally == [False] * (outbox.MAX_ATTEMPTS - 1) + [True]
    assert OutboxMessage.objects.get().state == "dead"


def test_hurry_brings_what_waits_forward_and_settle_ends_it(topic: str, platform: Platform) -> None:
    outbox.put_many(topic, [("1", {}), ("2", {})])
    OutboxMessage.objects.update(due_at=timezone.now() + dt.timedelta(hours=1))
    ids = list(OutboxMessage.objects.order_by("id").values_list("id", flat=True))
    assert outbox.settle(ids[:1]) == 1
    assert outbox.hurry(ids) == 1
    due_now()
    outbox.deliver_due(topic)
    assert platform.called == ["2"]


def test_one_that_lost_its_lease_writes_nothing(topic: str, platform: Platform) -> None:
    class Slow(Platform):
        def call(self, message: outbox.Message) -> str:
            # Another process takes the message over while this one waits for the answer.
            OutboxMessage.objects.filter(id=message.id).update(fence=99)
            return "late"

    slow: Any = Slow()
    outbox._handlers[topic] = slow
    outbox.put(topic, "1", {})
    assert outbox.deliver_due(topic).total == 0
    assert slow.recorded == []
    assert OutboxMessage.objects.get().state == "due"


@pytest.mark.django_db(transaction=True)
def test_it_is_written_inside_a_transaction_alone_and_gone_with_it(topic: str) -> None:
    with pytest.raises(RuntimeError):
        outbox.put(topic, "1", {})
    with transaction.atomic():
        outbox.put(topic, "1", {})
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert not connection.in_atomic_block
