"""Lifecycles, sealed values, pauses, partitions, numbers."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from oms.core import crypto, partitions
from oms.core.backoff import pause
from oms.core.lifecycle import Lifecycle, move, move_each, transition
from oms.core.models import HistoryEntry, Job
from oms.core.numbering import business_day, number, reserve_ids

NASTY = "tab\t back\\slash 'quote' \"double\" {brace,comma} NULL 中文"
LIFE = Lifecycle("job", ("queued", "running", "done"), {"run": transition("running", "queued")})


@pytest.mark.django_db
def test_move_takes_who_fits_and_tells_who_was_missed() -> None:
    first, second, gone = (Job.objects.create(kind="x", state=s) for s in ("queued", "done", "queued"))
    moved = move(LIFE, Job, [gone.id, second.id, first.id], "run", actor_id=5, reason="why")
    assert (moved.moved, moved.missed) == ((first.id, gone.id), (second.id,))
    entry = HistoryEntry.objects.get(subject_id=first.id)
    assert (entry.kind, entry.action, entry.from_state, entry.to_state) == ("job", "run", "queued", "running")
    assert (entry.actor_id, entry.reason) == (5, "why")
    assert move(LIFE, Job, [first.id], "run").missed == (first.id,)


@pytest.mark.django_db
def test_move_each_gives_every_object_its_own_action_and_values_in_one_statement() -> None:
    life = Lifecycle(
        "job",
        ("queued", "running", "done"),
        {"run": transition("running", "queued"), "end": transition("done", "running")},
    )
    queued, running, early = (Job.objects.create(kind="x", state=s) for s in ("queued", "running", "queued"))
    actions = {early.id: "end", running.id: "end", queued.id: "run"}
    values = {job_id: (NASTY, job_id) for job_id in actions}
    with CaptureQueriesContext(connection) as queries:
        moved = move_each(
            life, Job, actions, ("message", "done"), values, reason="why", assignments="total = t.total + 1"
        )
    assert len(queries) == 2  # the COPY of the history is the other
    assert (moved.moved, moved.missed) == ((queued.id, running.id), (early.id,))
    assert moved.left == {queued.id: "queued", running.id: "running"}
    stored = {job.id: (job.state, job.message, job.done, job.total) for job in Job.objects.all()}
    assert stored == {
        queued.id: ("running", NASTY, queued.id, 1),
        running.id: ("done", NASTY, running.id, 1),
        early.id: ("queued", "", 0, 0),
    }
    told = HistoryEntry.objects.order_by("subject_id").values_list(
        "subject_id", "action", "from_state", "to_state", "reason"
    )
    assert list(told) == [
        (queued.id, "run", "queued", "running", "why"),
        (running.id, "end", "running", "done", "why"),
    ]


def test_a_table_that_names_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown states"):
        Lifecycle("x", ("a",), {"go": transition("b", "a")})


@given(st.text())
def test_sealed_values_come_back_for_their_purpose_alone(text: str) -> None:
    sealed = crypto.seal(text, "one")
    assert crypto.open_sealed(sealed, "one") == text
    with pytest.raises(crypto.UnableToOpen):
        crypto.open_sealed(sealed, "other")


def test_an_altered_value_is_not_opened() -> None:
    sealed = bytearray(crypto.seal("张小明", "one"))
    sealed[-1] ^= 1
    with pytest.raises(crypto.UnableToOpen):
        crypto.open_sealed(bytes(sealed), "one")


def test_keys_rotate_and_old_values_are_still_opened(settings: Settings) -> None:
    settings.FIELD_KEYS = (("k1", b"1" * 32),)
    old = crypto.seal("张小明", "one")
    settings.FIELD_KEYS = (("k2", b"2" * 32), ("k1", b"1" * 32))
    assert crypto.open_sealed(old, "one") == "张小明"
    assert not crypto.is_under_primary_key(old)
    assert crypto.is_under_primary_key(crypto.seal("张小明", "one"))
    settings.FIELD_KEYS = (("k2", b"2" * 32),)
    with pytest.raises(crypto.UnableToOpen, match="k1"):
        crypto.open_sealed(old, "one")


def test_a_blind_index_finds_the_same_phone_however_it_is_written() -> None:
    plain = crypto.blind_index("13812345678", "phone")
    assert crypto.blind_index("+86 138-1234-5678", "phone") == plain
    assert crypto.blind_index("１３８１２３４５６７８", "phone") == plain
    assert crypto.blind_index("13812345678", "name") != plain
    assert crypto.blind_index(" ", "phone") is None


@given(st.integers(min_value=0, max_value=10_000), st.integers())
def test_pauses_grow_but_not_for_ever(attempt: int, seed: int) -> None:
    seconds = pause(attempt, rng=random.Random(seed)).total_seconds()
    assert 0.5 <= seconds <= min(900, max(0.5, 2.0 * 2 ** min(max(attempt, 1) - 1, 20)))


@pytest.mark.parametrize(
    ("day", "offset", "month"),
    [("2026-01-31", 1, "2026-02-01"), ("2026-12-05", 1, "2027-01-01"), ("2026-01-01", -1, "2025-12-01")],
)
def test_months(day: str, offset: int, month: str) -> None:
    assert partitions.month_of(dt.date.fromisoformat(day), offset) == dt.date.fromisoformat(month)


@pytest.mark.django_db
def test_partitions_are_made_once_and_take_their_month() -> None:
    made = partitions.ensure_partitions(dt.date(2031, 5, 17), back=0, ahead=1)
    assert "core_historyentry_2031_05" in made
    assert "core_historyentry_2031_06" in made
    assert partitions.ensure_partitions(dt.date(2031, 5, 17), back=0, ahead=1) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_historyentry (at, kind, subject_id, action, from_state, to_state, reason) "
            "VALUES ('2031-05-31 23:59:59+00', 'x', 1, 'a', '', '', '') RETURNING tableoid::regclass::text"
        )
        assert cursor.fetchone()[0] == "core_historyentry_2031_05"


@pytest.mark.django_db
def test_numbers_carry_the_day_in_china() -> None:
    late = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
    assert business_day(late) == dt.date(2026, 11, 24)
    assert number("SO", business_day(late), 10_000_841) == "SO2611240000841"
    ids = reserve_ids(Job, 3)
    assert ids == sorted(set(ids))
    assert Job.objects.create(kind="x").id > ids[-1]
