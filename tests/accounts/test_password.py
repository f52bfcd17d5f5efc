"""One's own password: against the old one, ending every other session, guessed no oftener than at the sign-in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from oms.accounts.models import AuditEntry, Staff
from tests.factories.staff import PASSWORD, make_staff

pytestmark = pytest.mark.django_db

SIGN_IN, PAGE, NEW = "/accounts/sign-in/", "/accounts/password/", "ganz neu und lang 7"


def signed_in(username: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post(SIGN_IN, {"username": username, "password": password})
    return client


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> Any:
    return client.post(PAGE, {"old": old, "new": new, "again": new if again is None else again})


def works(username: str, password: str) -> bool:
    return signed_in(username, password).get("/").status_code == 200


def test_it_is_changed_and_all_other_sessions_end() -> None:
    staff = make_staff("lin")
    here, elsewhere = signed_in("lin"), signed_in("lin")
    assert change(here).headers["Location"] == PAGE
    assert "密码已修改" in here.get(PAGE).content.decode()
    assert elsewhere.get("/").headers["Location"].startswith(SIGN_IN)
    assert (works("lin", PASSWORD), works("lin", NEW)) == (False, True)
    entry = AuditEntry.objects.get(action="change_password")
    assert (entry.staff, entry.subject_id, entry.details) == (staff, staff.pk, {})


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"old": "falsch"}, "旧密码不对"),
        ({"old": ""}, "旧密码"),
        ({"new": "kurz", "again": "kurz"}, "至少 10 个字符"),
        ({"new": "password123", "again": "password123"}, "常见"),
        ({"again": "etwas anderes"}, "两次输入不一致"),
        ({"old": "x" * 5000}, "256"),
        ({"old": "x\0y"}, "旧密码"),
    ],
)
def test_what_is_not_right_is_said_at_its_place_and_nothing_changes(form: dict[str, str], sentence: str) -> None:
    make_staff("lin")
    client = signed_in("lin")
    answer = client.post(PAGE, {"old": PASSWORD, "new": NEW, "again": NEW} | form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert NEW not in page
    assert works("lin", PASSWORD)


def test_whoever_sits_at_a_desk_left_open_has_five_guesses() -> None:
    make_staff("lin")
    client = signed_in("lin")
    assert [change(client, old=f"guess {n} of many").status_code for n in range(5)] == [422] * 4 + [429]
    assert change(client).status_code == 429
    assert Staff.objects.get(username="lin").check_password(PASSWORD)
    assert AuditEntry.objects.filter(action="sign_in_failed").count() >= 5


def test_a_slip_in_the_new_one_costs_no_guess() -> None:
    make_staff("lin")
    client = signed_in("lin")
    for _time in range(6):
        assert change(client, old="falsch", again="vertippt").status_code == 422
    assert change(client).status_code == 302
