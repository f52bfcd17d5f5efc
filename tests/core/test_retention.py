"""What is only a means to an end is removed after its time, and nothing else is; one table that cannot be swept stops no other."""

from __future__ import annotations

import datetime as dt
import logging
import os

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import connection, models
from django.utils import timezone

from oms.accounts.models import IdempotentCall
from oms.core import partitions, retention
from oms.core.models import Job, OutboxMessage
from oms.core.tasks import sweep
from tests.factories import make_staff
from tests.two import Threads

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def ago(days: float) -> dt.datetime:
    return timezone.now() - days * DAY


def states(model: type[models.Model]) -> set[str]:
    return set(model._default_manager.values_list("state", flat=True))


def test_idempotency_keys_are_forgotten_after_their_time() -> None:
    staff = make_staff()
    for key, days in (("old", 8), ("young", 6)):
        IdempotentCall.objects.create(staff=staff, key=key, digest=b"", created_at=ago(days))
    assert sweep() == 1
    assert IdempotentCall.objects.get().key == "young"


def test_delivered_messages_go_and_those_that_are_due_or_need_a_person_stay() -> None:
    for state, finished in (("done", ago(31)), ("dead", ago(31)), ("due", None)):
        OutboxMessage.objects.create(topic="t", key=state, state=state, finished_at=finished, created_at=ago(40))
    OutboxMessage.objects.create(topic="t", key="lately", state="done", finished_at=ago(29))
    assert retention.sweep() == {"delivered messages": 1}
    assert set(OutboxMessage.objects.values_list("key", flat=True)) == {"dead", "due", "lately"}


def test_finished_jobs_go_and_open_ones_stay() -> None:
    for state, finished in (("done", ago(91)), ("failed", ago(91)), ("running", None), ("cancelled", ago(89))):
        Job.objects.create(kind="x", state=state, finished_at=finished, created_at=ago(100))
    assert retention.sweep() == {"finished jobs": 2}
    assert states(Job) == {"running", "cancelled"}


def test_files_of_jobs_go_with_them(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FileSystemStorage(location=str(tmp_path))
    monkeypatch.setattr(retention, "default_storage", storage)
    for name, days in (("imports/old", 92), ("what_if/old", 92), ("imports/young", 90), ("other/old", 92)):
        path = storage.path(storage.save(name, ContentFile(b"x")))
        os.utime(path, (ago(days).timestamp(),) * 2)
    assert retention.sweep() == {"files of jobs": 2}
    assert [storage.exists(name) for name in ("imports/old", "imports/young", "other/old")] == [False, True, True]


def test_sign_ins_and_sessions_go_when_they_count_no_more() -> None:
    for days in (0.2, 0.3):
        attempt = AccessAttempt.objects.create(username=str(days), failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=ago(days))
    for days in (179, 181):
        entry = AccessLog.objects.create(username=str(days))
        AccessLog.objects.filter(pk=entry.pk).update(attempt_time=ago(days))
    for days in (-1, 1):
        Session.objects.create(session_key=str(days), session_data="", expire_date=ago(days))
    assert retention.sweep() == {"failed sign-ins": 1, "list of sign-ins": 1, "ended sessions": 1}
    assert (AccessAttempt.objects.get().username, AccessLog.objects.get().username) == ("0.2", "179")
    assert Session.objects.get().session_key == "-1"


def test_whole_months_of_raw_trades_are_dropped_and_no_other_table_loses_any() -> None:
    today = timezone.now().date()
    old = partitions.month_of(today, -26)
    partitions.ensure_partitions(old, back=0, ahead=0)
    assert retention.sweep() == {"partitions": 1}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regclass(%s), to_regclass(%s)",
            [f"{table}_{old:%Y_%m}" for table in ("orders_rawtrade", "core_historyentry")],
        )
        raw, history = cursor.fetchone()
        assert (raw, history is not None) == (None, True)
        cursor.execute("SELECT to_regclass('orders_rawtrade_default') IS NOT NULL")
        assert cursor.fetchone() == (True,)


def test_0_days_keep_every_month(settings: object) -> None:
    settings.KEEP_PARTITIONS_DAYS = {"orders_rawtrade": 0}  # type: ignore[attr-defined]  # pytest-django's
    partitions.ensure_partitions(dt.date(2019, 1, 1), back=0, ahead=0)
    assert retention.sweep() == {}


def test_what_cannot_be_swept_stops_no_other(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_now: dt.datetime) -> int:
        raise KeyError("poison")

    monkeypatch.setitem(retention._removers, "a first one", broken)
    Session.objects.create(session_key="x", session_data="", expire_date=ago(1))
    assert retention.sweep() == {"ended sessions": 1}
    assert [record.exc_info is not None for record in caplog.records if record.levelno == logging.ERROR] == [True]


def test_more_than_a_portion_is_removed_portion_by_portion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PORTION", 10)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(topic="t", key=str(n), state="done", finished_at=ago(31)) for n in range(65)
    )
    assert retention.sweep() == {"delivered messages": 65}


@pytest.mark.django_db(transaction=True)
def test_one_process_sweeps_at_a_time() -> None:
    threads = Threads()
    Session.objects.create(session_key="x", session_data="", expire_date=ago(1))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('core.sweep'))")
            assert threads.run(retention.sweep).result() == {}
            cursor.execute("SELECT pg_advisory_unlock(hashtext('core.sweep'))")
        assert threads.run(retention.sweep).result() == {"ended sessions": 1}
    finally:
        threads.close()
