"""Signing in and out: who gets in, where to, how often it may fail, and what is kept of it."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.test.client import RequestFactory
from django.urls import reverse

from oms.accounts import throttle
from oms.accounts.address import client_address
from oms.accounts.models import AuditEntry
from oms.accounts.tokens import make_token
from tests.factories.staff import PASSWORD, make_staff

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/sign-in/"


def attempt(client: Client, username: str, password: str, **more: str) -> int:
    return client.post(SIGN_IN, {"username": username, "password": password, **more}).status_code


def test_the_page_names_no_area_and_speaks_chinese(client: Client) -> None:
    page = client.get(SIGN_IN, headers={"accept-language": "en-US,en;q=0.9"}).content.decode()
    assert '<html lang="zh-Hans"' in page
    assert "登录" in page
    assert reverse("orders:workbench") not in page


def test_english_is_a_choice_that_is_kept(client: Client) -> None:
    answer = client.post("/accounts/language/", {"language": "en", "next": SIGN_IN})
    assert answer.headers["Location"] == SIGN_IN
    page = client.get(SIGN_IN, headers={"accept-language": "zh-CN"})
    assert '<html lang="en"' in page.content.decode()
    assert page.headers["Content-Language"] == "en"


def test_a_language_that_we_do_not_speak_is_refused(client: Client) -> None:
    assert client.post("/accounts/language/", {"language": "tlh"}).status_code == 400
    assert "language" not in client.cookies


def test_who_signs_in_comes_to_the_page_they_wanted(client: Client) -> None:
    make_staff("lin")
    wanted = client.get("/catalog/products/?q=A")
    assert wanted.headers["Location"] == f"{SIGN_IN}?next=/catalog/products/%3Fq%3DA"
    answer = client.post(SIGN_IN, {"username": "lin", "password": PASSWORD, "next": "/catalog/products/?q=A"})
    assert answer.headers["Location"] == "/catalog/products/?q=A"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/x", "https:evil.example", "/\\evil.example", "javascript:alert(1)"],
)
@pytest.mark.parametrize("address", [SIGN_IN, "/accounts/language/"])
def test_nobody_is_sent_to_a_foreign_site(client: Client, address: str, target: str) -> None:
    make_staff("lin")
    form = {"username": "lin", "password": PASSWORD, "language": "en", "next": target}
    assert client.post(address, form).headers["Location"] == "/"


def test_who_is_signed_in_is_not_asked_again(client: Client) -> None:
    client.force_login(make_staff())
    assert client.get(SIGN_IN).headers["Location"] == "/"


def test_after_five_failures_the_right_password_does_not_help(client: Client) -> None:
    make_staff("lin")
    make_staff("wang")
    statuses = [attempt(client, "lin", "wrong") for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    refused = client.post(SIGN_IN, {"username": "lin", "password": PASSWORD})
    assert refused.status_code == 429
    assert "15 分钟" in refused.content.decode()
    assert "_auth_user_id" not in client.session
    # Somebody else at the same address works on, and so does the same person elsewhere.
    assert attempt(client, "wang", PASSWORD) == 302
    assert Client(REMOTE_ADDR="10.0.0.9").post(SIGN_IN, {"username": "lin", "password": PASSWORD}).status_code == 302


def test_a_name_that_is_tried_from_many_addresses_waits_but_not_where_its_owner_works() -> None:
    make_staff("lin")
    desk = Client(REMOTE_ADDR="10.0.0.7")
    assert attempt(desk, "lin", PASSWORD) == 302
    desk.post("/accounts/sign-out/")
    swarm = [Client(REMOTE_ADDR=f"203.0.113.{n}") for n in range(8)]
    statuses = [attempt(one, "lin", "wrong") for one in swarm for _ in range(4)]
    assert statuses.count(200) == throttle.MOST_OF_NAME
    assert set(statuses[throttle.MOST_OF_NAME :]) == {429}
    assert attempt(Client(REMOTE_ADDR="203.0.113.99"), "lin", PASSWORD) == 429
    assert attempt(desk, "lin", PASSWORD) == 302


def test_an_address_that_tries_one_password_on_every_name_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST_FROM_ADDRESS", 10)
    make_staff("lin")
    sprayer = Client(REMOTE_ADDR="203.0.113.5")
    statuses = [attempt(sprayer, f"name{n}", "123456") for n in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert attempt(sprayer, "lin", PASSWORD) == 429
    assert attempt(Client(REMOTE_ADDR="203.0.113.6"), "lin", PASSWORD) == 302


def test_who_calls_with_bad_tokens_is_told_to_wait_and_a_good_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(throttle, "MOST_BAD_TOKENS", 3)
    client = Client(REMOTE_ADDR="203.0.113.7")
    statuses = [
        client.get("/api/v1/orders/", headers={"Authorization": f"Bearer oms_{n}"}).status_code for n in range(5)
    ]
    assert statuses == [401, 401, 401, 429, 429]
    token = make_token(make_staff(role="operations"), "erp")
    assert client.get("/api/v1/orders/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_session_from_before_the_sign_in_is_not_the_one_after_it(client: Client) -> None:
    """Nobody can plant a session in somebody's browser and wait for them to sign in."""
    make_staff("lin")
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    assert attempt(client, "lin", PASSWORD) == 302
    assert client.session.session_key != session.session_key
    stranger = Client()
    stranger.cookies["sessionid"] = str(session.session_key)
    assert stranger.get("/").headers["Location"].startswith(SIGN_IN)


def test_success_forgives_earlier_failures(client: Client) -> None:
    make_staff("lin")
    for _round in range(2):
        assert [attempt(client, "lin", "wrong") for _ in range(4)] == [200] * 4
        assert attempt(client, "lin", PASSWORD) == 302
        client.post("/accounts/sign-out/")


def test_who_is_switched_off_does_not_get_in(client: Client) -> None:
    make_staff("gone", active=False)
    assert attempt(client, "gone", PASSWORD) == 200
    assert "_auth_user_id" not in client.session


def test_switching_somebody_off_ends_their_session(client: Client) -> None:
    staff = make_staff(role="operations")
    client.force_login(staff)
    staff.is_active = False
    staff.save()
    assert client.get("/").headers["Location"].startswith(SIGN_IN)


def test_sign_out_is_a_deed_and_not_an_address(client: Client) -> None:
    client.force_login(make_staff())
    assert client.get("/accounts/sign-out/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/sign-out/").headers["Location"] == SIGN_IN
    assert "_auth_user_id" not in client.session


def test_what_is_kept(client: Client) -> None:
    staff = make_staff("lin")
    attempt(client, "lin", "wrong")
    attempt(client, "lin", PASSWORD)
    client.post("/accounts/sign-out/")
    client.post("/accounts/sign-out/")
    kept = AuditEntry.objects.order_by("id").values_list("action", "staff_id", "subject_id", "address", "details")
    assert list(kept) == [
        ("sign_in_failed", None, None, "127.0.0.1", {"username": "lin", "locked_out": False}),
        ("sign_in", staff.pk, staff.pk, "127.0.0.1", {}),
        ("sign_out", staff.pk, staff.pk, "127.0.0.1", {}),
    ]
    assert not AuditEntry.objects.filter(details__icontains=PASSWORD).exists()


def test_a_form_without_the_token_of_the_session_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    make_staff("lin")
    for address in (SIGN_IN, "/accounts/sign-out/", "/accounts/language/"):
        answer = strict.post(address, {"username": "lin", "password": PASSWORD, "language": "en"})
        assert answer.status_code == 403, address
        assert "页面已过期" in answer.content.decode()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "9.9.9.9", "9.9.9.9"),
        (1, "1.1.1.1, 9.9.9.9", "9.9.9.9"),
        (2, "1.1.1.1, 9.9.9.9, 10.0.0.1", "9.9.9.9"),
        (2, "9.9.9.9", "9.9.9.9"),
        (1, "nonsense", None),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_caller_behind_proxies_cannot_choose_their_address(
    proxies: int, forwarded: str, expected: str | None
) -> None:
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded} if forwarded else None)
    with override_settings(TRUSTED_PROXIES=proxies):
        assert client_address(request) == expected
