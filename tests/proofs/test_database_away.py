"""PostgreSQL is away in every way in which it can be: a page says so, the API says so, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import unquote

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.test import Client

from oms.accounts.tokens import make_token
from orders import pipeline
from orders.models import Order, Trade
from orders.processing.apply import apply_plan
from orders.tasks import process_due
from tests.factories import make_company, make_line, make_order, make_staff, make_trade
from tests.holding import assert_invariants_hold
from tests.proofs.faulty import Deed, faulty, says_to_postgres

FAULTS: dict[str, tuple[str, Deed | None]] = {
    "refused": ("refused", None),
    "reset": ("reset", None),
    "black hole": ("black hole", None),
    "garbage": ("garbage", None),
    "throttle": ("says", says_to_postgres("53300", "sorry, too many clients already")),
    "error": ("says", says_to_postgres("57P03", "the database system is starting up")),
    "expired": ("says", says_to_postgres("28P01", "password authentication failed")),
}


@pytest.fixture
def away(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[None]:
    """The database's address leads to a server that misbehaves; afterwards it leads to ours again."""
    kind, deed = FAULTS[request.param]
    right = {**connection.settings_dict, "OPTIONS": dict(connection.settings_dict["OPTIONS"])}
    connection.close()
    with faulty(kind, deed) as port:
        connection.settings_dict.update(HOST="127.0.0.1", PORT=str(port))
        connection.settings_dict["OPTIONS"]["connect_timeout"] = 2
        try:
            yield
        finally:
            connection.settings_dict.update(right)
            connection.close()


@pytest.mark.parametrize("away", FAULTS, indirect=True)
def test_pages_and_the_api_say_that_the_data_cannot_be_reached(away: None) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "somebody"
    health = client.get("/healthz")
    assert (health.status_code, health.json()["database"]) == (503, "away")
    page = client.get("/orders/")
    assert page.status_code == 503
    assert page["Retry-After"]
    assert "暂时无法访问数据" in page.content.decode()
    part = client.get("/pulse/", headers={"HX-Request": "true"})
    assert (part.status_code, bool(part["X-Sentence"])) == (503, True)
    answer = client.get("/api/v1/orders/", headers={"Authorization": "Bearer oms_x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "暂时无法访问数据" in answer.json()["message"]
    for text in (page.content.decode(), answer.content.decode(), health.content.decode()):
        assert "127.0.0.1" not in text
        assert "too many clients" not in text


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_ended_and_said() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(make_staff(superuser=True))

    def slow(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "orders_order" in sql:
            execute("SELECT pg_sleep(5)", None, False, context)
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '100ms'")
    try:
        with connection.execute_wrapper(slow):
            page = client.get("/orders/")
    finally:
        connection.close()
    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert "数据库繁忙" in page.content.decode()
    assert client.get("/orders/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_action_that_waits_too_long_for_a_lock_is_said_and_was_not_done() -> None:
    order = make_order(make_company())
    staff = make_staff(superuser=True)
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    values = {**connection.get_connection_params()}
    for name in ("cursor_factory", "context"):
        values.pop(name, None)
    with closing(psycopg2.connect(**values)) as other:
        other.cursor().execute("SELECT FROM orders_order WHERE id = %s FOR UPDATE", [order.id])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            answer = client.post(
                f"/api/v1/orders/{order.no}/hold/",
                {"reason": "等一等"},
                content_type="application/json",
                headers={"Authorization": f"Bearer {make_token(staff, 'busy')}"},
            )
            form = {"ids": [order.id], "reason": "等一等"}
            part = client.post("/orders/batch/hold/", form, headers={"HX-Request": "true"})
        finally:
            connection.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "busy"), answer.content
    assert "数据库繁忙" in answer.json()["message"]
    assert (part.status_code, "数据库繁忙" in unquote(part["X-Sentence"])) == (503, True)
    order.refresh_from_db()
    assert not order.held


def _end_session(pid: int) -> None:
    values = {**connection.get_connection_params()}
    for name in ("cursor_factory", "context"):
        values.pop(name, None)
    other = psycopg2.connect(**values)
    other.autocommit = True
    other.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_ended_between_two_requests_is_not_noticed() -> None:
    client = Client()
    client.force_login(make_staff(superuser=True))
    assert client.get("/orders/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    _end_session(pid)
    connection.close_if_unusable_or_obsolete()  # as Django does at the begin of a request
    token = make_token(make_staff(superuser=True), "after")
    assert client.get("/api/v1/orders/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_work_that_loses_its_session_is_done_by_the_next_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    company = make_company()
    make_trade(company.shop, [make_line(company.sku)])

    def cut(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.undo()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        _end_session(pid)
        return apply_plan(*args, **kwargs)

    monkeypatch.setattr(pipeline, "apply_plan", cut)
    with pytest.raises(OperationalError):
        process_due()
    connection.close()
    assert (Trade.objects.get().state, Order.objects.count()) == ("due", 0)
    assert process_due() == 1
    assert Order.objects.get().state == "approved"
    assert_invariants_hold()
