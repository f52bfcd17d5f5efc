"""Pages, filters, actions and their repetition."""

from __future__ import annotations

import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from oms.accounts import idempotency
from oms.accounts.models import IdempotentCall
from oms.core.models import HistoryEntry
from orders.models import Order
from tests.api.conftest import Caller
from tests.factories import make_company, make_order, make_orders, make_staff
from tests.two import Pause, Threads, waits
from warehouse.models import Shipment

V1 = "/api/v1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db: Any, caller: Caller) -> APIClient:
    return caller(make_staff(superuser=True))


def test_pages_follow_each_other_without_gaps_while_orders_come_in(client: APIClient) -> None:
    company = make_company()
    numbers = [order.no for order in make_orders(company, 5)]
    page = client.get(f"{V1}/orders/", {"page_size": 2}).json()
    seen = [order["no"] for order in page["results"]]
    make_order(company)
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [order["no"] for order in page["results"]]
    assert seen == numbers[::-1]
    assert client.get(page["previous"]).status_code == 200


@pytest.mark.parametrize(
    ("area", "query", "field"),
    [
        ("orders", {"state": "flying"}, "state"),
        ("orders", {"created_from": "yesterday"}, "created_from"),
        ("orders", {"stat": "approved"}, "stat"),
        ("orders", {"trade_no": "a\x00b"}, "trade_no"),
        ("orders", {"page_size": "0"}, "page_size"),
        ("orders", {"page_size": "501"}, "page_size"),
        ("orders", {"page_size": "many"}, "page_size"),
        ("orders", {"cursor": "nonsense"}, "cursor"),
        ("orders", {"cursor": "cD1hYmM="}, "cursor"),  # p=abc
        ("shipments", {"state": "flying"}, "state"),
        ("vouchers", {"day_from": "2026-13-01"}, "day_from"),
        ("vouchers", {"kind": "x"}, "kind"),
        ("products", {"enabeld": "true"}, "enabeld"),
        ("stock", {"warehouse_id": "1"}, "warehouse_id"),
    ],
)
def test_a_nonsense_filter_is_refused_with_a_sentence(
    client: APIClient, area: str, query: dict[str, str], field: str
) -> None:
    response = client.get(f"{V1}/{area}/", query)
    assert response.status_code == 400
    answer = response.json()
    assert (answer["code"], list(answer["details"])) == ("invalid", [field])
    assert answer["details"][field][0].endswith((".", "。"))


def test_filters_narrow_down(client: APIClient) -> None:
    company = make_company()
    first, second = make_orders(company, 2)
    client.post(f"{V1}/orders/{first.no}/hold/", {"reason": "x"}, format="json")

    def found(**query: str) -> set[str]:
        return {order["no"] for order in client.get(f"{V1}/orders/", query).json()["results"]}

    assert found(held="true") == {first.no}
    assert found(trade_no=second.trade_no) == {second.no}
    assert found(state="approved", shop="S1", warehouse="W1") == {first.no, second.no}
    assert found(shop="none") == set()
    assert found(exception="sku_unmatched") == set()
    assert len(client.get(f"{V1}/stock/", {"sku": "A1"}).json()["results"]) == 1
    assert len(client.get(f"{V1}/products/", {"code": "A2"}).json()["results"]) == 1
    assert len(client.get(f"{V1}/shipments/", {"order_no": first.no}).json()["results"]) == 1


@pytest.mark.parametrize("area", ["orders", "shipments", "products", "stock"])
def test_the_number_of_queries_does_not_depend_on_the_page(client: APIClient, area: str) -> None:
    company = make_company(skus=12)
    make_orders(company, 12)

    def count(size: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(f"{V1}/{area}/", {"page_size": size}).json()["results"]) == size
        return len(queries)

    count(1)  # the token's use is noted once a minute
    assert count(1) == count(10)


def _post(client: APIClient, order: Order, name: str, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{V1}/orders/{order.no}/{name}/", body, format="json", headers=headers)


def test_the_way_of_an_order_and_what_is_refused(client: APIClient) -> None:
    order = make_order(make_company())
    assert client.get(f"{V1}/orders/{order.no}/").json()["lines"][0]["sku"] == "A1"
    assert _post(client, order, "release").json()["code"] == "not_held"
    assert _post(client, order, "hold", reason="wait").json()["held"] is True
    assert _post(client, order, "release").json()["held"] is False
    assert _post(client, order, "unaudit", reason="wrong").json()["state"] == "cs_review"
    stale = _post(client, order, "audit", version=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
    version = client.get(f"{V1}/orders/{order.no}/").json()["version"]
    assert _post(client, order, "audit", version=version).json()["state"] == "approved"
    assert list(_post(client, order, "cancel").json()["details"]) == ["reason"]
    assert _post(client, order, "cancel", reason="gone").json()["state"] == "cancelled"
    refused = _post(client, order, "audit")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert _post(client, order, "audit", version="x").status_code == 400


def test_a_parcel_is_shipped_with_a_number_given_or_taken(client: APIClient) -> None:
    company = make_company()
    first, second = [Shipment.objects.get(order_id=order.id) for order in make_orders(company, 2)]
    shipped = client.post(f"{V1}/shipments/{first.no}/ship/", {"waybill_no": "SELF-1"}, format="json").json()
    assert (shipped["state"], shipped["waybill_no"]) == ("shipped", "SELF-1")
    assert client.post(f"{V1}/shipments/{second.no}/ship/").json()["waybill_no"].startswith("YTO")
    again = client.post(f"{V1}/shipments/{second.no}/ship/")
    assert again.status_code == 409
    assert again.json()["message"]


def test_a_repeated_call_gets_the_first_answer_and_does_nothing(client: APIClient) -> None:
    order = make_order(make_company())
    first = _post(client, order, "hold", key="k1", reason="wait")
    lines = HistoryEntry.objects.count()
    again = _post(client, order, "hold", key="k1", reason="wait")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert HistoryEntry.objects.count() == lines
    other = _post(client, order, "hold", key="k1", reason="another")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert _post(client, order, "release", key="k1").status_code == 422


def test_a_refused_call_keeps_no_key(client: APIClient) -> None:
    order = make_order(make_company())
    assert _post(client, order, "release", key="k1").status_code == 409
    assert not IdempotentCall.objects.exists()
    _post(client, order, "hold", reason="wait")
    assert _post(client, order, "release", key="k1").status_code == 200


@pytest.mark.parametrize("key", ["x" * 129, "a\tb", "é"])
def test_a_nonsense_key_is_refused(client: APIClient, key: str) -> None:
    order = make_order(make_company())
    assert _post(client, order, "hold", key=key, reason="wait").status_code == 400
    assert not Order.objects.get().held


@pytest.mark.parametrize(
    "body", ['{"reason": "\\ud800"}', '{"reason": "x", "version": 1' + "0" * 40 + "}", "[1]", "{", '"x"']
)
def test_a_nonsense_body_is_refused_with_a_key_as_without(client: APIClient, body: str) -> None:
    address = f"{V1}/orders/{make_order(make_company()).no}/hold/"
    for headers in ({}, {"Idempotency-Key": "k1"}):
        response = client.post(address, body, content_type="application/json", headers=headers)
        assert response.status_code == 400
        assert response.json()["message"]
    assert not Order.objects.get().held


def test_keys_belong_to_their_caller(client: APIClient, caller: Caller) -> None:
    order = make_order(make_company())
    assert _post(client, order, "hold", key="k1", reason="wait").status_code == 200
    other = caller(make_staff(superuser=True))
    assert _post(other, order, "hold", key="k1", reason="another").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [True, False], ids=["with_key", "lockless_twin"])
def test_two_calls_at_once_act_once_with_a_key_and_twice_without(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, *, key: bool
) -> None:
    order = make_order(make_company())
    client = caller(make_staff(superuser=True))
    name = uuid.uuid4().hex if key else ""
    threads = Threads()
    pause = Pause(monkeypatch, idempotency, "_claim")
    try:
        first = threads.run(lambda: _post(client, order, "hold", key=name, reason="wait"))
        if key:
            pause.wait()
        else:
            first.result()
        second = threads.run(lambda: _post(client, order, "hold", key=name, reason="wait"))
        assert waits(second) is key
        pause.release()
        assert first.result().status_code == second.result().status_code == 200
        assert second.result().has_header("Idempotent-Replayed") is key
    finally:
        pause.release()
        threads.close()
    assert HistoryEntry.objects.filter(kind="order", subject_id=order.id, action="hold").count() == (1 if key else 2)


def test_the_description_is_complete_and_served(client: APIClient) -> None:
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert "/api/v1/orders/{no}/audit/" in out.getvalue()
    assert client.get(f"{V1}/schema/").status_code == 200
