"""Redis is away in every way in which it can be: pages and the API work, and what is due is done by the sweep."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from celery import Celery
from django.conf import settings
from django.core.cache import caches
from django.test import Client

from oms.accounts.tokens import make_token
from oms.core import cache as forgiving
from oms.core import tasks
from orders.models import Order
from orders.tasks import process_due
from tests.factories import make_company, make_line, make_order, make_staff, make_trade
from tests.proofs.faulty import Deed, faulty, says_to_redis

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS: dict[str, tuple[str, Deed | None]] = {
    "refused": ("refused", None),
    "reset": ("reset", None),
    "black hole": ("black hole", None),
    "garbage": ("garbage", None),
    "throttle": ("says", says_to_redis("ERR max number of clients reached")),
    "error": ("says", says_to_redis("OOM command not allowed when used memory > 'maxmemory'")),
    "expired": ("says", says_to_redis("WRONGPASS invalid username-password pair or user is disabled.")),
    "slow": ("says", lambda caller: time.sleep(4)),
}
PATIENCE_S = 8


@pytest.fixture
def away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kind, deed = FAULTS[request.param]
    with faulty(kind, deed) as port:
        url = f"redis://127.0.0.1:{port}/0"
        kept = forgiving.ForgivingRedisCache(url, {"OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}})
        monkeypatch.setattr(caches._connections, "default", kept, raising=False)  # type: ignore[attr-defined]
        app = Celery("away", broker=url, set_as_current=False)
        quick = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3}
        app.conf.broker_transport_options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **quick}
        monkeypatch.setattr(tasks, "current_app", app)
        monkeypatch.setattr(tasks, "_quiet_until", 0.0)
        yield
        app.close()


@pytest.mark.parametrize("away", FAULTS, indirect=True)
def test_pages_the_api_and_the_work_go_on_without_redis(away: None) -> None:
    company = make_company()
    order = make_order(company)
    staff = make_staff(superuser=True)
    client = Client(headers={"Authorization": f"Bearer {make_token(staff, 'x')}"})
    began = time.monotonic()
    for _call in range(3):
        assert client.get("/api/v1/orders/").status_code == 200
        assert client.post(f"/api/v1/orders/{order.no}/hold/", {"reason": "x"}, "application/json").status_code == 200
        assert client.post(f"/api/v1/orders/{order.no}/release/", {}, "application/json").status_code == 200
    clerk = Client()
    clerk.force_login(staff)
    assert clerk.get("/orders/").status_code == 200
    tasks.ring("orders.process_due")
    tasks.ring("orders.process_due")
    assert time.monotonic() - began < PATIENCE_S
    assert tasks._quiet_until > 0, "the bell was heard: the fault did not strike"
    make_trade(company.shop, [make_line(company.sku)])
    assert process_due() == 1
    assert Order.objects.filter(state="approved").count() == 2


def test_the_cache_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    with faulty("refused") as port:
        kept = forgiving.ForgivingRedisCache(f"redis://127.0.0.1:{port}/0", {})
        assert kept.get("a", "nothing") == "nothing"
        assert kept.incr("a", 1) == 1
        assert kept.get_many(["a"]) == {}
        assert kept.add("a", 1) is True
        client = kept._cache
        assert isinstance(client, forgiving.ForgivingClient)
        assert client.away_until > time.monotonic()
        client.away_until = 0.0
        kept.set("a", 1)
        assert client.away_until > time.monotonic()
