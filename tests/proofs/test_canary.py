"""P7: a name, a phone number and an address that go through everything are nowhere in clear but where somebody opened them."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import logging
import subprocess
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest
import redis
from celery import Celery
from django.core.cache import cache, caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from finance.posting import post_due
from oms.accounts.models import AuditEntry, Staff
from oms.accounts.tokens import make_token
from oms.core import outbox, tasks, versions, watch
from oms.core.cache import ForgivingRedisCache
from oms.core.models import Job, OutboxMessage
from oms.core.tables import write_xlsx
from oms.embedded import redis as embedded_redis
from orders import audit
from orders.models import Order
from orders.pipeline import process_due
from orders.what_if.runs import start_what_if
from tests.factories import Company, make_carrier, make_company, make_document, make_line, make_staff, store
from tests.factories.trades import START
from tests.proofs.canary import NAME, PHONE, RECEIVER, STREET, dump, dump_files, dump_redis, leaks, unpacked
from tests.test_access import PAGES
from warehouse.models import Shipment
from warehouse.shipping import ship


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A Redis of our own, with a client that reads it."""
    path, url = embedded_redis.configure(tmp_path_factory.mktemp("redis"))
    process = subprocess.Popen([embedded_redis.program(), path], stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(url, retry=Retry(ConstantBackoff(0.1), 100))
    client.ping()
    yield client
    client.close()
    process.terminate()
    process.wait()


@pytest.fixture(autouse=True)
def broker(server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """Bells and cache go to that Redis."""
    server.flushall()
    values = server.connection_pool.connection_kwargs
    url = f"redis://:{values['password']}@{values['host']}:{values['port']}/0"
    app = Celery("canary", broker=url, set_as_current=False)
    monkeypatch.setattr(tasks, "current_app", app)
    monkeypatch.setattr(tasks, "_quiet_until", 0.0)
    monkeypatch.setattr(caches._connections, "default", ForgivingRedisCache(url, {}), raising=False)  # type: ignore[attr-defined]
    yield app
    app.close()


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Settings) -> None:
    """No test finds the files that another one planted: Django opens its storages anew when they are set."""
    settings.STORAGES = {**settings.STORAGES}


@pytest.fixture
def order(transactional_db: None, caplog: pytest.LogCaptureFixture) -> Order:
    """The canary goes its way: taken in, audited, un-audited, moved, shipped, uploaded (in vain), posted, checked."""
    caplog.set_level(logging.DEBUG)
    company = make_company()
    document = make_document([make_line(company.sku)], receiver=RECEIVER)
    store(company.shop, document)
    process_due()
    order = Order.objects.get()
    audit.unaudit([order.id], actor_id=1, reason="误审")
    later = replace(
        document, modified=START + dt.timedelta(minutes=1), receiver=replace(RECEIVER, address=STREET + "甲")
    )
    store(company.shop, later)
    process_due()
    audit.audit([order.id], actor_id=1)
    audit.hold([order.id], actor_id=1, reason="等一等")
    audit.release([order.id], actor_id=1)
    ship(list(Shipment.objects.exclude(state="cancelled").values_list("id", flat=True)), actor_id=1)
    for topic in outbox.topics():
        outbox.deliver_due(topic)
    post_due()
    watch.watch()
    _ask_what_if(company)
    _meet_an_error(company)
    order.refresh_from_db()
    assert order.state == "shipped"
    return order


def _meet_an_error(company: Company) -> None:
    """A trade of the same buyer on which an error of ours stops, so that a trace is logged."""
    document = make_document([make_line(company.sku)], receiver=RECEIVER)
    store(company.shop, document)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_trade SET document = document - 'lines' WHERE trade_no = %s", [document.trade_no])
    process_due()


def _ask_what_if(company: Company) -> None:
    """A comparison that finds something, so that a job leaves a result and a file."""
    content = {"name": "另一家", "kind": "carrier", "choice": "named", "carrier": make_carrier("SF").id, "priority": 1}
    draft = versions.draft("routing", content, author_id=None)
    staff = make_staff("asks", superuser=True)
    start_what_if(draft, staff, since=START - dt.timedelta(hours=1), until=START + dt.timedelta(hours=1))
    tasks.run_jobs()


PLACES: dict[str, Callable[[redis.Redis], Iterable[tuple[str, str]]]] = {
    "tables": lambda _server: dump(),
    "redis": dump_redis,
    "files": lambda _server: dump_files(default_storage),
}


def found(place: str, server: redis.Redis) -> list[tuple[str, list[str]]]:
    return [(name, leaks(text)) for name, text in PLACES[place](server) if leaks(text)]


def test_the_canary_can_be_seen(order: Order, server: redis.Redis, broker: Celery) -> None:
    """The proof itself: planted where it must not be, it is found in every form and every place."""
    assert leaks(f"x {NAME}") == [NAME, "金丝雀乙丙"][:1]
    assert PHONE in leaks(PHONE.encode().hex())
    assert PHONE in leaks(base64.b64encode(f"[[{PHONE!r}]]".encode()).decode())
    Order.objects.update(seller_memo=PHONE)
    outbox_row = OutboxMessage.objects.first()
    assert outbox_row is not None
    OutboxMessage.objects.filter(id=outbox_row.id).update(payload={"address": STREET})
    job = Job.objects.get()
    Job.objects.filter(id=job.id).update(result={"who": NAME})
    assert {table for table, _forms in found("tables", server)} == {"orders_order", "core_outboxmessage", "core_job"}
    cache.set("receiver", {"name": NAME})
    broker.send_task("core.run_jobs", args=[PHONE])
    names = {name for name, _forms in found("redis", server)}
    assert len(names) == 2
    assert any("receiver" in name for name in names), "the cached value"
    assert "celery" in names, "the payload of the message"
    default_storage.save("imports/report.csv", ContentFile(STREET.encode()))
    book = io.BytesIO()
    write_xlsx(book, "收件人", ["收件人"], [[NAME]])
    default_storage.save("what_if/rows.xlsx", ContentFile(book.getvalue()))
    assert len(found("files", server)) == 2


@pytest.mark.parametrize("place", PLACES)
def test_it_is_nowhere_in_clear(order: Order, server: redis.Redis, place: str) -> None:
    cache.set("something", order.no)
    assert {"tables": 100, "redis": 2, "files": 1}[place] <= len(list(PLACES[place](server)))
    assert found(place, server) == []


def test_no_log_holds_it(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    """Messages with their traces."""
    written = logging.Formatter()
    # The way of the canary is the fixture's.
    lines = [written.format(record) for record in caplog.get_records("setup")]
    assert any("Traceback" in line for line in lines)
    assert [line for line in lines if leaks(line)] == []


def test_messages_to_workers_carry_no_arguments(order: Order, server: redis.Redis) -> None:
    """They only say "look now"; what is due is rows."""
    bells = [json.loads(text) for text in server.lrange("celery", 0, -1)]
    assert {bell["headers"]["task"] for bell in bells} >= {"finance.post_due", "core.run_jobs", "core.deliver_outbox"}
    assert {(bell["headers"]["argsrepr"], bell["headers"]["kwargsrepr"]) for bell in bells} == {("()", "{}")}


def test_no_export_and_no_error_page_shows_it(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(Staff.objects.get(username="asks"))
    job = Job.objects.get()
    assert job.result is not None
    assert job.result["rows"], "the comparison found something"
    for form in ("csv", "xlsx"):
        answer = client.get(reverse(f"rules:export_{form}", args=[job.id]))
        assert answer.status_code == 200
        text = unpacked(b"".join(answer) if answer.streaming else answer.content)
        assert order.trade_no in text
        assert leaks(text) == []

    def broken(*_args: object, **_named: object) -> None:
        raise ValueError(NAME, PHONE, STREET)

    monkeypatch.setattr("orders.web.order.order_page", broken)
    page = client.get(f"/orders/{order.no}/")
    assert (page.status_code, leaks(page.content.decode())) == (500, [])


def test_no_page_shows_it_and_the_api_only_to_whom_may_open_it(order: Order) -> None:
    shipment = Shipment.objects.exclude(state="cancelled").get()
    client = Client(raise_request_exception=False)
    client.force_login(make_staff(superuser=True))
    values = {"no": [order.no, shipment.no, order.trade_no], "code": ["S1"]}
    asked = 0
    for address in PAGES:
        for value in values.get(next(iter(dict(address.parameters)), ""), [""]):
            try:
                url = reverse(address.name, kwargs={name: value or given for name, given in address.parameters})
            except NoReverseMatch:
                continue
            if "receiver" in address.name:
                continue  # opened on purpose, with a reason and a line in the audit log
            response = client.get(url)
            body = b"".join(response) if response.streaming else response.content
            assert leaks(body.decode(errors="replace")) == [], url
            asked += response.status_code == 200
    assert asked > 12
    assert leaks(client.get("/search/", {"q": order.no}).content.decode()) == []
    assert not AuditEntry.objects.filter(action="view_receiver").exists()


def test_who_may_opens_it_and_that_is_written_down(order: Order) -> None:
    def ask(role: str) -> tuple[int, str]:
        token = make_token(make_staff(role=role), uuid.uuid4().hex)
        address, headers = f"/api/v1/orders/{order.no}/receiver/", {"Authorization": f"Bearer {token}"}
        answer = Client().post(address, {"reason": "contact"}, content_type="application/json", headers=headers)
        return answer.status_code, answer.content.decode()

    status, text = ask("operations")
    assert (status, leaks(text)) == (403, [])
    status, text = ask("customer_service")
    assert status == 200
    assert {NAME, PHONE} <= set(leaks(text))
    assert AuditEntry.objects.filter(action="view_receiver").count() == 1
    assert [table for table, row in dump() if leaks(row)] == []
