"""Where people are signed in, and what the audit log tells of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.accounts.models import AuditEntry, Staff
from oms.accounts.sessions import sessions_of
from tests.factories import make_company, make_order, make_shop, make_staff
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db

AUDIT = "/staff/audit/"


@pytest.fixture
def boss() -> Staff:
    return make_staff("boss", role="administrator", display_name="管理员甲")


def signed_in(staff: Staff, **seen: Any) -> Client:
    """Signed in by the form, as people are."""
    client = Client(**seen)
    client.post("/accounts/sign-in/", {"username": staff.username, "password": PASSWORD})
    return client


def member(staff: Staff) -> str:
    return reverse("staff:member", args=[staff.pk])


def end(staff: Staff) -> str:
    return reverse("staff:end_sessions", args=[staff.pk])


def test_the_sessions_of_somebody_are_told_without_their_keys(boss: Staff) -> None:
    clerk = make_staff("linxiao")
    desk = signed_in(clerk, REMOTE_ADDR="10.0.0.7", HTTP_USER_AGENT="Firefox at the desk")
    signed_in(clerk, REMOTE_ADDR="10.0.0.8", HTTP_USER_AGENT="<b>Chrome</b>" + "x" * 500)
    signed_in(make_staff("other"), REMOTE_ADDR="10.0.0.9")
    page = signed_in(boss).get(member(clerk)).content.decode()
    assert "10.0.0.7" in page
    assert "Firefox at the desk" in page
    assert "&lt;b&gt;Chrome" in page
    assert "10.0.0.9" not in page
    assert str(desk.session.session_key) not in page
    assert len(sessions_of(clerk)) == 2


def test_one_session_is_ended_and_the_others_stay(boss: Staff) -> None:
    clerk = make_staff("linxiao")
    desk = signed_in(clerk, REMOTE_ADDR="10.0.0.7")
    home = signed_in(clerk, REMOTE_ADDR="10.0.0.8")
    token = next(one.token for one in sessions_of(clerk) if one.address == "10.0.0.8")
    client = signed_in(boss)
    # A name of a session of somebody else ends nothing.
    client.post(end(boss), {"token": token})
    assert home.get("/").status_code == 200
    assert client.post(end(clerk), {"token": token}).headers["Location"] == member(clerk)
    assert home.get("/").status_code == 302
    assert desk.get("/").status_code == 200
    entry = AuditEntry.objects.get(action="end_session")
    assert (entry.staff, entry.subject_id, entry.details) == (boss, clerk.pk, {"sessions": 1})


def test_all_are_ended_but_the_one_that_asks(boss: Staff) -> None:
    mine, forgotten = signed_in(boss), signed_in(boss)
    mine.post(end(boss))
    assert mine.get("/").status_code == 200
    assert forgotten.get("/").status_code == 302
    mine.post(end(boss))
    assert AuditEntry.objects.filter(action="end_session").count() == 1


def test_only_who_manages_staff_ends_sessions(boss: Staff) -> None:
    clerk = signed_in(make_staff(role="operations"))
    assert clerk.post(end(boss)).status_code == 403
    assert signed_in(boss).post(end(Staff(pk=999999))).status_code == 404


def test_sessions_that_a_new_password_made_void_are_not_listed(boss: Staff) -> None:
    clerk = make_staff("linxiao")
    signed_in(clerk)
    clerk.set_password("another secret 8")
    clerk.save()
    assert sessions_of(clerk) == []


def test_only_who_may_sees_the_log(boss: Staff) -> None:
    assert signed_in(make_staff(role="operations")).get(AUDIT).status_code == 403
    assert signed_in(boss).get(AUDIT).status_code == 200


def test_the_log_tells_in_words_who_did_what(boss: Staff) -> None:
    clerk = make_staff("linxiao", display_name="林晓", role="customer_service", shops=[make_shop("S1")])
    client = signed_in(boss)
    client.post(
        member(clerk),
        {"display_name": "林小晓", "roles": ["finance"], "is_active": "on", "password": "another secret 8"},
    )
    page = client.get(AUDIT, {"action": "change_staff"}).content.decode()
    for text in ("管理员甲", "修改了员工", "林小晓", "林晓 → 林小晓", "客服 → 财务", "新密码", "127.0.0.1"):
        assert text in page, text
    assert "another secret" not in page
    Client().post("/accounts/sign-in/", {"username": "<i>x</i>", "password": "wrong"})
    failed = client.get(AUDIT, {"action": "sign_in_failed"}).content.decode()
    assert "&lt;i&gt;x&lt;/i&gt;" in failed


def test_the_log_is_narrowed_by_person_action_kind_and_day(boss: Staff) -> None:
    clerk = make_staff("linxiao")
    late = dt.datetime(2026, 11, 20, 15, 59, tzinfo=dt.UTC)
    rows = [
        AuditEntry(staff=clerk, action="view_receiver", kind="order", subject_id=1, at=late, reason="eins"),
        AuditEntry(staff=boss, action="sign_out", kind="staff", subject_id=boss.pk, at=late, reason="zwei"),
        AuditEntry(
            staff=clerk, action="sign_out", kind="staff", subject_id=1, at=late + dt.timedelta(minutes=2), reason="drei"
        ),
    ]
    AuditEntry.objects.bulk_create(rows)
    client = signed_in(boss)
    table: dict[str, tuple[dict[str, Any], set[str]]] = {
        "person": ({"staff": clerk.pk}, {"eins", "drei"}),
        "action": ({"action": "sign_out"}, {"zwei", "drei"}),
        "kind": ({"kind": "order"}, {"eins"}),
        "until the day": ({"until": "2026-11-20"}, {"eins", "zwei"}),
        "from the day": ({"since": "2026-11-21"}, {"drei"}),
        "together": ({"staff": boss.pk, "until": "2026-11-20"}, {"zwei"}),
        "nonsense filters nothing": ({"since": "yesterday", "staff": "x"}, {"eins", "zwei", "drei"}),
        "the last of all days": ({"until": "9999-12-31"}, {"eins", "zwei", "drei"}),
    }
    for name, (asked, expected) in table.items():
        answer = client.get(AUDIT, asked)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert {word for word in ("eins", "zwei", "drei") if word in page} == expected, name


def test_a_page_of_the_log_costs_the_same_for_one_and_for_many_orders(boss: Staff) -> None:
    company = make_company()
    client = signed_in(boss)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(AUDIT).status_code == 200
        return len(caught)

    order = make_order(company)
    AuditEntry.objects.create(staff=boss, action="view_receiver", kind="order", subject_id=order.pk)
    assert order.no in client.get(AUDIT).content.decode()
    few = queries()
    for _number in range(5):
        other = make_order(company)
        AuditEntry.objects.create(staff=boss, action="view_receiver", kind="order", subject_id=other.pk)
    assert queries() == few
