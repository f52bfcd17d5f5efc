"""The second factor: set up, asked for, taken once, slowed down, replaced by recovery codes, demanded by roles, reset."""

from __future__ import annotations

import base64
import datetime as dt
import re
import threading

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from django_otp.oath import hotp
from rest_framework.test import APIClient

from oms.accounts import second_factor
from oms.accounts.models import AuditEntry, RecoveryCode, SecondFactor, Staff
from oms.accounts.roles import seed_roles
from oms.accounts.tokens import make_token
from oms.core.errors import UnableTo
from tests.factories import make_staff
from tests.factories.staff import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_IN, CODE, OWN = "/accounts/sign-in/", "/accounts/sign-in/code/", "/accounts/second-factor/"
NOW = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def code_of(staff: Staff, at: dt.datetime, steps: int = 0) -> str:
    """What the phone shows."""
    key = base64.b32decode(SecondFactor.objects.get(staff=staff).secret)
    return f"{hotp(key, int(at.timestamp()) // 30 + steps):06}"


def enrol(staff: Staff, at: dt.datetime = NOW) -> list[str]:
    """Turn it on with the code of two minutes before, so that the tests' own codes are fresh."""
    second_factor.begin(staff)
    before = at - dt.timedelta(minutes=2)
    return second_factor.confirm(staff, code_of(staff, before), before, by=RequestFactory().get("/"))


def check(staff: Staff, code: str, at: dt.datetime = NOW) -> str:
    """Empty when the code is taken, otherwise why not."""
    try:
        second_factor.check(staff, code, at, by=RequestFactory().get("/"))
    except second_factor.WrongCode as error:
        return error.code
    return ""


def sign_in(client: Client, staff: Staff, **more: str) -> str:
    answer = client.post(SIGN_IN, {"username": staff.username, "password": PASSWORD, **more})
    return answer.headers.get("Location", "")


def test_it_is_set_up_with_a_picture_and_a_first_code(client: Client) -> None:
    staff = make_staff("lin")
    assert sign_in(client, staff) == "/"
    page = client.get(OWN).content.decode()
    assert 'src="data:image/svg+xml' in page
    factor = SecondFactor.objects.get()
    assert factor.secret in page
    assert client.get(OWN).content.decode().count(factor.secret) == 1
    assert not second_factor.is_on(staff)
    assert client.post(OWN, {"code": "000000"}).status_code == 422
    shown = client.post(OWN, {"code": code_of(staff, timezone.now())})
    codes = re.findall(r"<li>([2-9a-z]{5}-[2-9a-z]{5})</li>", shown.content.decode())
    assert len(set(codes)) == 10
    assert shown.headers["Cache-Control"] == "no-store"
    assert factor.secret not in client.get(OWN).content.decode()
    assert codes[0] not in client.get(OWN).content.decode()
    stored = str(list(RecoveryCode.objects.values())) + str(list(SecondFactor.objects.values("last_step", "failures")))
    assert codes[0].replace("-", "") not in stored
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret::text FROM accounts_secondfactor")
        assert factor.secret not in cursor.fetchone()[0]


def test_the_password_alone_does_not_sign_in(client: Client) -> None:
    staff = make_staff("lin")
    enrol(staff, timezone.now())
    assert sign_in(client, staff, next="/catalog/products/?q=A") == CODE
    assert client.get("/").status_code == 302
    assert client.get("/api/v1/orders/").status_code == 401
    assert client.post(CODE, {"code": "123456"}).status_code == 422
    assert client.get("/").status_code == 302
    answer = client.post(CODE, {"code": f" {code_of(staff, timezone.now())[:3]} {code_of(staff, timezone.now())[3:]} "})
    assert answer.headers["Location"] == "/catalog/products/?q=A"
    assert client.get("/").status_code == 200
    assert AuditEntry.objects.filter(action="sign_in", staff=staff).exists()
    assert AuditEntry.objects.filter(action="second_factor_failed", staff=staff).count() == 1


def test_the_password_counts_for_five_minutes_and_only_while_it_is_the_password(client: Client) -> None:
    staff = make_staff("lin")
    enrol(staff, timezone.now())
    assert client.get(CODE).headers["Location"] == SIGN_IN
    sign_in(client, staff)
    session = client.session
    session["second_factor"] |= {"at": (timezone.now() - dt.timedelta(minutes=6)).isoformat()}
    session.save()
    assert client.post(CODE, {"code": code_of(staff, timezone.now())}).headers["Location"] == SIGN_IN
    sign_in(client, staff)
    staff.set_password("another-secret")
    staff.save()
    assert client.post(CODE, {"code": code_of(staff, timezone.now())}).headers["Location"] == SIGN_IN
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(("steps", "outcome"), [(0, ""), (-1, ""), (1, ""), (-2, "wrong_code"), (2, "wrong_code")])
def test_the_phones_clock_may_differ_by_one_step(steps: int, outcome: str) -> None:
    staff = make_staff()
    enrol(staff)
    assert check(staff, code_of(staff, NOW, steps)) == outcome


def test_a_code_is_taken_once_and_no_older_one_after_it() -> None:
    staff = make_staff()
    enrol(staff)
    code, older = code_of(staff, NOW), code_of(staff, NOW, -1)
    assert [check(staff, code), check(staff, code), check(staff, older)] == ["", "wrong_code", "wrong_code"]
    assert check(staff, code_of(staff, NOW, 1), NOW + dt.timedelta(seconds=30)) == ""


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "½¼¾½¼¾", "١٢٣٤٥٦", "abcdef", "\0\0\0\0\0\0", "x" * 40])
def test_nonsense_is_a_wrong_code(code: str) -> None:
    staff = make_staff()
    enrol(staff)
    assert check(staff, code) == "wrong_code"


def test_five_wrong_codes_make_the_name_wait_whatever_is_entered_then() -> None:
    staff = make_staff()
    recovery = enrol(staff)
    assert [check(staff, "000000") for _ in range(5)] == ["wrong_code"] * 5
    assert [check(staff, code_of(staff, NOW)), check(staff, recovery[0])] == ["blocked", "blocked"]
    later = NOW + second_factor.WAIT
    assert check(staff, code_of(staff, later), later) == ""
    assert [check(staff, "000000", later) for _ in range(4)] == ["wrong_code"] * 4
    assert check(staff, code_of(staff, later, 1), later) == ""


def test_a_recovery_code_works_once_and_is_counted(client: Client) -> None:
    staff, other = make_staff("lin"), make_staff("wei")
    codes, others = enrol(staff, timezone.now()), enrol(other, timezone.now())
    assert check(staff, others[0]) == "wrong_code"
    sign_in(client, staff)
    assert client.post(CODE, {"code": codes[3].upper()}).headers["Location"] == "/"
    assert second_factor.codes_left(staff) == 9
    assert check(staff, codes[3]) == "wrong_code"
    assert AuditEntry.objects.filter(action="recovery_code_used", staff=staff).count() == 1
    assert "剩余 9 个备用码" in client.get(OWN).content.decode()


def test_new_recovery_codes_and_turning_off_need_a_code(client: Client) -> None:
    staff = make_staff("lin")
    old = enrol(staff, timezone.now())
    client.force_login(staff)
    for deed in ("renew", "off"):
        assert client.post(f"{OWN}{deed}/", {"code": "000000"}).status_code == 302
    assert second_factor.codes_left(staff) == 10
    renewed = client.post(f"{OWN}renew/", {"code": old[0]})
    fresh = re.findall(r"<li>([2-9a-z]{5}-[2-9a-z]{5})</li>", renewed.content.decode())
    assert len(fresh) == 10
    assert not set(fresh) & set(old)
    assert check(staff, old[1]) == "wrong_code"
    client.post(f"{OWN}off/", {"code": fresh[0]})
    assert not second_factor.is_on(staff)
    assert RecoveryCode.objects.count() == 0
    client.logout()
    assert sign_in(client, staff) == "/"


def demand(role: str) -> None:
    seed_roles()
    Group.objects.get(name=role).permissions.add(Permission.objects.get(codename="needs_second_factor"))


def test_a_role_may_demand_it_and_nothing_else_is_open_before(client: Client) -> None:
    demand("finance")
    staff = make_staff("lin", role="finance")
    assert sign_in(client, staff) == OWN
    for path in ("/", "/finance/vouchers/", "/jobs/"):
        assert client.get(path).headers["Location"] == OWN
    part = client.get("/pulse/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, OWN)
    assert client.get("/api/v1/vouchers/").status_code == 403
    assert "您的角色要求二次验证" in client.get(OWN).content.decode()
    client.post(OWN, {"code": code_of(staff, timezone.now())})
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/vouchers/").status_code == 200
    with pytest.raises(UnableTo, match="角色要求"):
        second_factor.turn_off(staff, "000000", NOW, by=RequestFactory().get("/"))
    client.logout()
    assert sign_in(client, staff) == CODE


def test_a_role_that_demands_it_from_now_on_stops_those_who_are_in_already(client: Client) -> None:
    staff = make_staff("lin", role="finance")
    assert sign_in(client, staff) == "/"
    assert client.get("/").status_code == 200
    demand("finance")
    assert client.get("/").headers["Location"] == OWN
    assert client.get("/api/v1/vouchers/").status_code == 403
    client.get(OWN)
    client.post(OWN, {"code": code_of(staff, timezone.now())})
    assert client.get("/").status_code == 200


def test_who_had_it_but_is_in_by_the_password_alone_signs_in_anew(client: Client) -> None:
    staff = make_staff("lin", role="finance")
    sign_in(client, staff)
    enrol(staff, timezone.now())
    demand("finance")
    assert client.get("/").headers["Location"] == OWN
    assert client.get(OWN).headers["Location"] == SIGN_IN
    assert sign_in(client, staff) == CODE
    client.post(CODE, {"code": code_of(staff, timezone.now())})
    assert client.get("/").status_code == 200


def test_turning_it_on_ends_what_was_begun_with_the_password_alone(client: Client) -> None:
    staff, thief = make_staff("lin"), Client()
    sign_in(thief, staff)
    sign_in(client, staff)
    client.get(OWN)
    client.post(OWN, {"code": code_of(staff, timezone.now())})
    assert client.get("/").status_code == 200
    assert thief.get("/").headers["Location"].startswith(SIGN_IN)


def test_being_allowed_everything_demands_nothing(client: Client) -> None:
    demand("finance")
    assert sign_in(client, make_staff("boss", superuser=True)) == "/"


def test_programs_are_not_asked() -> None:
    demand("finance")
    staff = make_staff(role="finance")
    token = make_token(staff, "erp")
    for _round in range(2):
        answer = APIClient().get("/api/v1/vouchers/", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        if not second_factor.is_on(staff):
            enrol(staff)


def test_an_administrator_takes_it_away_which_is_recorded(client: Client) -> None:
    staff, admin = make_staff("lin"), make_staff("admin", role="administrator")
    enrol(staff)
    client.force_login(admin)
    url = f"/staff/{staff.pk}/"
    assert "取消二次验证" in client.get(url).content.decode()
    client.post(f"{url}reset-second-factor/")
    assert not second_factor.is_on(staff)
    entry = AuditEntry.objects.get(action="reset_second_factor")
    assert (entry.staff, entry.subject_id) == (admin, staff.pk)
    boss = make_staff("boss", superuser=True)
    enrol(boss)
    client.post(f"/staff/{boss.pk}/reset-second-factor/")
    assert second_factor.is_on(boss)


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_one_code_do_not_both_pass() -> None:
    seed_roles()
    staff = make_staff("lin")
    enrol(staff)
    code, outcomes, ready = code_of(staff, NOW), [], threading.Barrier(2, timeout=10)

    def enter() -> None:
        ready.wait()
        try:
            outcomes.append(check(staff, code))
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(outcomes) == ["", "wrong_code"]
