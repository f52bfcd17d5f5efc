"""The outbox: written with the business, delivered outside it, repeated until it is done or a person must look."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from oms.core import outbox
from oms.core.invariants import check_all
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


class Broken(Platform):
    """An error of ours on one message."""

    def call(self, message: outbox.Message) -> str:
        if message.key == "poison":
            raise KeyError("no such thing")
        return super().call(message)


def test_an_unexpected_error_counts_for_its_message_and_the_others_are_delivered(
    topic: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Broken()
    monkeypatch.setitem(outbox._handlers, topic, handler)
    outbox.put_many(topic, [("poison", {}), ("1", {}), ("2", {})])
    assert outbox.deliver_due(topic) == outbox.Delivered(done=2, retried=1)
    row = OutboxMessage.objects.get(key="poison")
    assert (row.state, row.attempt, row.error_code, "KeyError" in row.error) == ("due", 1, "internal_error", True)
    assert row.due_at > timezone.now()
    assert [record.exc_info is not None for record in caplog.records if record.levelname == "ERROR"] == [True]
    assert [one.code for one in check_all()] == ["outbox.no_internal_error"]
    for _ in range(outbox.MAX_ATTEMPTS):
        due_now()
        outbox.deliver_due(topic)
    assert OutboxMessage.objects.get(key="poison").state == "dead"
    assert handler.failed_finally == [False] * (outbox.MAX_ATTEMPTS - 1) + [True]


def test_what_cannot_be_written_down_is_rolled_back_and_counts_too(
    topic: str, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(_message: outbox.Message, answer: str) -> None:
        OutboxMessage.objects.create(topic=topic, key="half")
        raise ValueError(answer)

    def failed(*_args: object, **_options: object) -> None:
        raise ValueError("nor can that")

    monkeypatch.setattr(platform, "record", record)
    outbox.put_many(topic, [("1", {}), ("2", {})])
    assert outbox.deliver_due(topic) == outbox.Delivered(retried=2)
    assert not OutboxMessage.objects.filter(key="half").exists()
    monkeypatch.setattr(platform, "failed", failed)
    for _ in range(outbox.MAX_ATTEMPTS + 2):
        due_now()
        outbox.deliver_due(topic)
    # Whom it concerns could not be told: it is not given up.
    assert set(OutboxMessage.objects.values_list("state", "error_code")) == {("due", "internal_error")}


def test_news_for_ourselves_is_never_given_up(topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(outbox._handlers, topic, Broken())
    monkeypatch.setattr(outbox, "_never_given_up", {topic})
    outbox.put(topic, "poison", {})
    for _ in range(outbox.MAX_ATTEMPTS + 2):
        due_now()
        outbox.deliver_due(topic)
    assert OutboxMessage.objects.get().state == "due"
    assert "orders.wake" in outbox.topics()


@pytest.mark.parametrize("error", [OperationalError("away"), SoftTimeLimitExceeded()])
def test_an_error_about_no_message_ends_the_round(
    topic: str, platform: Platform, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def call(_message: outbox.Message) -> str:
        raise error

    monkeypatch.setattr(platform, "call", call)
    outbox.put(topic, "1", {})
    with pytest.raises(type(error)):
        outbox.deliver_due(topic)
    assert OutboxMessage.objects.get().error_code == ""
