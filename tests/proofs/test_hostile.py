"""P8: what nobody would send in good faith, at the API and the pages: refused, and never an error of ours."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from oms.accounts.roles import seed_roles
from oms.accounts.tokens import make_token
from oms.wsgi import application
from orders.models import Order
from tests.factories import make_company, make_order, make_staff
from tests.test_access import PAGES, example

EXAMPLES = 6


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(make_staff(superuser=True), uuid.uuid4().hex)}"}


@pytest.mark.django_db(transaction=True)
def test_no_call_made_from_the_description_breaks_the_api() -> None:
    make_order(make_company())
    headers = bearer()
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application, headers=headers)
    broken: list[str] = []
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 12
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            answer = case.call(headers=headers)
            if answer.status_code >= 500:
                broken.append(f"{case.method} {case.path} {case.query}: {answer.status_code}")

        call()
    assert broken == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment", ["4754-08-18T03:55:41-21:13", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_a_moment_with_any_offset_is_understood_or_refused(moment: str) -> None:
    client = Client(raise_request_exception=False, headers=bearer())
    for address, name in (("orders", "created_from"), ("shipments", "shipped_from")):
        assert client.get(f"/api/v1/{address}/", {name: moment}).status_code in {200, 400}


QUERIES = (
    "page=-1", "page=999999999999999999999", "page=0", "page=%00", "q=%00", "q=%ff%fe", "q=" + "长" * 5000,
    "stage=%27%3B--", "page=1&page=2",
    "sort=x", "shop=-1", "cursor=%00", "date_from=0001-01-01", "date_from=99999-01-01", "state=%00", "page=١",
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_no_nonsense_in_an_address_breaks_a_page(query: str) -> None:
    seed_roles()
    client = Client(raise_request_exception=False)
    client.force_login(make_staff(superuser=True))
    lists = [address for address in PAGES if not address.parameters]
    assert len(lists) > 8
    found = {url: client.get(f"{url}?{query}").status_code for url in map(example, lists)}
    assert {url: status for url, status in found.items() if status >= 500} == {}


BODIES = (
    b"", b"\x00", b"\xff\xfe\x00", b'{"reason": "\x00"}', b'{"reason": "\xff"}', b"[" * 100_000, b'{"reason": ' + b"1" * 5000 + b"}",
    b'{"reason": "' + b"x" * 3_000_000 + b'"}', b'{"reason": NaN}', b'{"version": -1, "reason": "x"}', b'{"version": 1e400, "reason": "x"}',
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_no_nonsense_in_a_body_breaks_the_api(body: bytes) -> None:
    order = make_order(make_company())
    client = Client(raise_request_exception=False, headers=bearer())
    answer = client.post(f"/api/v1/orders/{order.no}/hold/", body, content_type="application/json")
    assert answer.status_code < 500, answer.content[:200]


@pytest.mark.django_db
def test_a_replayed_call_acts_once_and_an_altered_one_is_refused() -> None:
    order = make_order(make_company())
    client = Client(headers={**bearer(), "Idempotency-Key": "k1"})
    address = f"/api/v1/orders/{order.no}/hold/"
    first, again = (client.post(address, {"reason": "a"}, "application/json") for _ in range(2))
    assert first.json() == again.json()
    altered = client.post(address, {"reason": "b"}, "application/json")
    assert (altered.status_code, Order.objects.get().hold_reason) == (422, "a")
