"""Two administrators who take the role from each other at the same moment: one of them is refused, or nobody could give it back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from oms.accounts import staff as staffing
from oms.accounts.models import Staff
from oms.accounts.roles import seed_roles
from oms.accounts.staff import UnableToSaveStaff, change_staff, membership_of
from tests.factories import make_staff
from tests.two import PATIENCE_S, Pause, Threads, waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def threads() -> Iterator[Threads]:
    running = Threads()
    yield running
    running.close()


def take_role(of: Staff, by: Staff) -> str:
    """Take the role from somebody; why it is refused, or nothing."""
    request = RequestFactory().post("/")
    request.user = by
    try:
        change_staff(of.pk, replace(membership_of(of), roles=()), by=request, actor=by)
    except UnableToSaveStaff as error:
        return error.code
    return ""


def managers() -> int:
    return Staff.objects.filter(groups__permissions__codename="manage_staff").count()


def race(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> tuple[Future[str], Future[str], Pause]:
    """The first stands between its check and its commit when the second begins."""
    seed_roles()
    first, second = make_staff("first", role="administrator"), make_staff("second", role="administrator")
    pause = Pause(monkeypatch, staffing, "check_somebody_manages")
    one = threads.run(lambda: take_role(second, first))
    pause.wait()
    return one, threads.run(lambda: take_role(first, second)), pause


def test_the_second_waits_and_is_refused(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, pause = race(threads, monkeypatch)
    assert waits(other)
    pause.release()
    assert (one.result(PATIENCE_S), other.result(PATIENCE_S)) == ("", "last_administrator")
    assert managers() == 1


def test_without_the_lock_nobody_is_left(threads: Threads, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: each sees the other's role still there, and both take it."""
    monkeypatch.setattr(staffing, "lock_staffing", lambda: Permission.objects.get(codename="manage_staff"))
    monkeypatch.setattr(staffing, "lock_member", lambda pk: Staff.objects.get(pk=pk))
    one, other, pause = race(threads, monkeypatch)
    assert other.result(PATIENCE_S) == ""
    pause.release()
    assert one.result(PATIENCE_S) == ""
    assert managers() == 0
