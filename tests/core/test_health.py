"""Signs of life, and what is told of them."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from oms.core import heartbeat
from oms.core.models import Heart
from oms.core.web import health

pytestmark = pytest.mark.django_db
Heartbeat = heartbeat.Heartbeat


def silent_for(seconds: int) -> None:
    Heart.objects.update(beat_at=timezone.now() - dt.timedelta(seconds=seconds))


def test_a_process_has_one_row_that_each_beat_renews() -> None:
    heart = Heartbeat(Heart.Kind.WORKER)
    heart.beat()
    silent_for(heartbeat.SILENT_AFTER + 1)
    assert not heartbeat.is_alive(Heart.objects.get())
    heart.beat()
    assert heartbeat.is_alive(Heart.objects.get())


def test_a_process_that_ends_in_order_is_gone_at_once() -> None:
    heart = Heartbeat(Heart.Kind.BEAT)
    heart.beat()
    heart.beat(last=True)
    assert not heartbeat.is_alive(Heart.objects.get())


def test_rows_of_processes_that_are_long_gone_are_removed() -> None:
    Heartbeat(Heart.Kind.WORKER).beat()
    Heart.objects.update(name="worker@elsewhere:1")
    silent_for(heartbeat.FORGOTTEN_AFTER + 1)
    Heartbeat(Heart.Kind.WORKER).beat()
    assert [heart.name for heart in Heart.objects.all()] == [Heartbeat(Heart.Kind.WORKER).name]


@pytest.mark.parametrize(
    ("broker", "kinds", "status"),
    [
        (True, ["worker", "beat"], "ok"),
        (False, ["worker", "beat"], "degraded"),
        (True, ["worker"], "degraded"),
        (True, [], "degraded"),
    ],
)
def test_health_names_what_is_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch, broker: bool, kinds: list[str], status: str
) -> None:
    monkeypatch.setattr(health, "_look_at_broker", lambda: broker)
    for kind in kinds:
        Heartbeat(Heart.Kind(kind)).beat()
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {
        "status": status,
        "database": "ok",
        "broker": "ok" if broker else "away",
        "processes": {"worker": int("worker" in kinds), "beat": int("beat" in kinds)},
    }


def test_health_is_down_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise DatabaseError("gone")

    monkeypatch.setattr(Heart.objects, "all", away)
    # The connection is the test's own.
    monkeypatch.setattr("oms.core.web.health.connection.close", lambda: None)
    response = client.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (503, "down")
    assert "gone" not in response.content.decode()


def test_the_command_fails_when_a_kind_is_missing() -> None:
    Heartbeat(Heart.Kind.WORKER).beat()
    out = StringIO()
    call_command("workers", "--need", "worker", "--here", stdout=out)
    assert out.getvalue().startswith("worker@")
    with pytest.raises(CommandError):
        call_command("workers", "--need", "worker", "--need", "beat", stdout=out)
    silent_for(heartbeat.SILENT_AFTER + 1)
    with pytest.raises(CommandError):
        call_command("workers", "--need", "worker", stdout=out)
