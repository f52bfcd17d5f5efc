"""P7: a name, a phone number and an address that go through everything are nowhere in clear but where somebody opened them."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from finance.posting import post_due
from oms.accounts.models import AuditEntry
from oms.accounts.tokens import make_token
from oms.core import outbox, watch
from orders import audit
from orders.models import Order
from orders.pipeline import process_due
from orders.trades.document import TradeReceiver
from tests.factories import make_company, make_document, make_line, make_staff, store
from tests.factories.trades import START
from tests.test_access import PAGES
from warehouse.models import Shipment
from warehouse.shipping import ship

NAME, PHONE, STREET = "金丝雀甲乙丙", "13977700417", "金丝雀路 77417 号"
CANARY = (NAME, PHONE, STREET, "金丝雀乙丙", "77417")
RECEIVER = TradeReceiver(NAME, PHONE, STREET, "浙江省", "杭州市", "西湖区")


def leaks(text: str) -> list[str]:
    """Which canaries a text holds, in clear, escaped for JSON, or as the hexadecimal form of bytes."""
    low = text.lower()
    forms = {one: (one, one.encode("unicode_escape").decode(), one.encode().hex()) for one in CANARY}
    return [one for one, written in forms.items() if any(form.lower() in low for form in written)]


def dump() -> Iterator[tuple[str, str]]:
    """Every row of every table as text; bytes as hexadecimal."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (text,) in cursor.fetchall():
                yield table, text


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
    order.refresh_from_db()
    assert order.state == "shipped"
    return order


def test_the_canary_can_be_seen(order: Order) -> None:
    """The proof itself: planted where it must not be, it is found in every form."""
    assert leaks(f"x {NAME}") == [NAME, "金丝雀乙丙"][:1]
    assert PHONE in leaks(PHONE.encode().hex())
    Order.objects.update(seller_memo=PHONE)
    assert {table for table, text in dump() if leaks(text)} == {"orders_order"}


def test_no_table_and_no_log_holds_it_in_clear(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    rows = list(dump())
    assert len(rows) > 100
    assert [(table, leaks(text)) for table, text in rows if leaks(text)] == []
    assert [record.getMessage() for record in caplog.records if leaks(record.getMessage())] == []


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
        answer = Client().get(f"/api/v1/orders/{order.no}/receiver/", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.content.decode()

    status, text = ask("operations")
    assert (status, leaks(text)) == (403, [])
    status, text = ask("customer_service")
    assert status == 200
    assert {NAME, PHONE} <= set(leaks(text))
    assert AuditEntry.objects.filter(action="view_receiver").count() == 1
    assert [table for table, row in dump() if leaks(row)] == []
