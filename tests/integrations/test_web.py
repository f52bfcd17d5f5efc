"""The pages of shops: who sees what, what is kept, and what is never shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.models import DownloadPosition, MissedTrade
from integrations.sandbox.control_client import ControlClient
from oms.accounts.models import Staff
from oms.catalog.models import Shop
from oms.core import jobs
from oms.core.models import HistoryEntry, Job
from orders.models import Trade
from tests.factories import make_shop, make_staff
from tests.integrations.make import APP_KEY, SECRET, SESSION, connect_shop, generate


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def manager(db: None) -> Client:
    return signed_in(make_staff("manager", role="operations"))


def entry(**values: Any) -> dict[str, Any]:
    return {
        "code": "TB9",
        "name": "九号店",
        "platform": "taobao",
        "gateway_url": "https://eco.taobao.com/router/rest",
        "app_key": APP_KEY,
        "app_secret": SECRET,
        "session": SESSION,
        "ship_within_hours": "24",
        "enabled": "on",
        **values,
    }


def test_a_shop_is_entered_and_its_keys_are_never_shown(manager: Client) -> None:
    answer = manager.post(reverse("integrations:add_shop"), entry(), follow=True)
    assert answer.redirect_chain == [(reverse("integrations:shop", args=["TB9"]), 302)]
    shop = Shop.objects.get(code="TB9")
    assert (shop.app_secret, shop.session, shop.ship_within_hours) == (SECRET, SESSION, 24)
    assert DownloadPosition.objects.filter(shop=shop).exists()
    for name in ("integrations:shops", "integrations:shop"):
        page = manager.get(reverse(name, args=["TB9"] if name.endswith(":shop") else [])).content.decode()
        assert "九号店" in page
        assert SECRET not in page
        assert SESSION not in page
    told = HistoryEntry.objects.get(kind="shop", subject_id=shop.id)
    assert told.action == "add"
    assert SECRET not in str(told.changes)
    assert SESSION not in str(told.changes)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"gateway_url": "ftp://eco.taobao.com/"}, "gateway_url"),
        ({"gateway_url": "https://me:secret@eco.taobao.com/"}, "gateway_url"),
        ({"name": ""}, "name"),
        ({"platform": "nowhere"}, "platform"),
        ({"code": "add"}, "code"),
        ({"ship_within_hours": "0"}, "ship_within_hours"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(
    manager: Client, wrong: dict[str, str], field: str
) -> None:
    answer = manager.post(reverse("integrations:add_shop"), entry(**wrong))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    page = answer.content.decode()
    assert f'value="{APP_KEY}"' in page
    assert SECRET not in page
    assert not Shop.objects.exists()


def test_code_and_session_belong_to_one_shop(manager: Client) -> None:
    manager.post(reverse("integrations:add_shop"), entry())
    answer = manager.post(reverse("integrations:add_shop"), entry(session="another"))
    assert "code" in answer.context["form"].errors
    answer = manager.post(reverse("integrations:add_shop"), entry(code="TB10"))
    assert "session" in answer.context["form"].errors
    assert Shop.objects.count() == 1


def test_empty_keys_leave_those_that_are_stored(manager: Client) -> None:
    manager.post(reverse("integrations:add_shop"), entry())
    shop = Shop.objects.get()
    Shop.objects.update(authorisation="valid")
    manager.post(reverse("integrations:save_shop", args=["TB9"]), entry(app_secret="", session="", name="十号店"))
    shop.refresh_from_db()
    assert (shop.name, shop.app_secret, shop.session, shop.authorisation) == ("十号店", SECRET, SESSION, "valid")
    manager.post(reverse("integrations:save_shop", args=["TB9"]), entry(session="new-session", name="十号店"))
    shop.refresh_from_db()
    assert (shop.session, shop.authorisation) == ("new-session", "unknown")
    changes = [
        row.changes
        for row in HistoryEntry.objects.filter(kind="shop", subject_id=shop.id, action="change").order_by("id")
    ]
    assert changes == [{"name": ["九号店", "十号店"]}, {"session": ["•••", "•••"]}]


def test_who_sees_some_shops_sees_no_others(db: None) -> None:
    mine, other = make_shop("S1"), make_shop("S2")
    client = signed_in(make_staff("clerk", role="operations", shops=[mine]))
    page = client.get(reverse("integrations:shops")).content.decode()
    assert mine.name in page
    assert other.name not in page
    for name in ("shop", "progress"):
        assert client.get(reverse(f"integrations:{name}", args=["S2"])).status_code == 404
    for name in ("save_shop", "check", "download"):
        assert client.post(reverse(f"integrations:{name}", args=["S2"]), entry()).status_code == 404
    client.post(reverse("integrations:add_shop"), entry())
    assert client.get(reverse("integrations:shop", args=["TB9"])).status_code == 200


def test_who_may_only_look_changes_nothing(db: None) -> None:
    make_shop("S1")
    client = signed_in(make_staff("service", role="customer_service"))
    page = client.get(reverse("integrations:shop", args=["S1"])).content.decode()
    assert '<form class="card-body' not in page
    assert client.get(reverse("integrations:add_shop")).status_code == 403
    for name in ("save_shop", "check", "download"):
        assert client.post(reverse(f"integrations:{name}", args=["S1"]), entry()).status_code == 403


def test_the_list_asks_as_much_for_many_shops_as_for_one(manager: Client) -> None:
    make_shop("S0")
    one = queries_of(manager, reverse("integrations:shops"))
    for number in range(1, 100):
        make_shop(f"S{number}")
    assert queries_of(manager, reverse("integrations:shops")) == one


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.fixture
def connected_shop(sandbox: ControlClient, transactional_db: None) -> Shop:
    return connect_shop(sandbox)


def test_download_now_shows_its_progress_and_its_end(connected_shop: Shop, sandbox: ControlClient) -> None:
    client = signed_in(make_staff("manager", role="operations"))
    generate(sandbox, 12)
    started = client.post(reverse("integrations:download", args=["TB1"])).content.decode()
    assert reverse("integrations:progress", args=["TB1"]) in started
    client.post(reverse("integrations:download", args=["TB1"]))
    assert Job.objects.count() == 1
    jobs.run_due()
    page = client.get(reverse("integrations:progress", args=["TB1"])).content.decode()
    assert "hx-get" not in page
    result = Job.objects.get().result
    assert result is not None
    assert (result["new"], result["rejected"], result["missed"]) == (12, 0, 0)
    assert Trade.objects.count() == 12


def test_one_trade_can_be_asked_for(connected_shop: Shop, sandbox: ControlClient) -> None:
    client = signed_in(make_staff("manager", role="operations"))
    wanted, _other = generate(sandbox, 2)
    client.post(reverse("integrations:download", args=["TB1"]), {"trade_no": wanted})
    jobs.run_due()
    assert list(Trade.objects.values_list("trade_no", flat=True)) == [wanted]
    client.post(reverse("integrations:download", args=["TB1"]), {"trade_no": "4200000000000000001"})
    jobs.run_due()
    assert "交易不存在" in client.get(reverse("integrations:progress", args=["TB1"])).content.decode()


def test_a_span_needs_both_ends(connected_shop: Shop) -> None:
    client = signed_in(make_staff("manager", role="operations"))
    answer = client.post(
        reverse("integrations:download", args=["TB1"]), {"since": "2026-11-24T08:00"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    assert not Job.objects.exists()


def test_the_authorisation_is_asked_for(connected_shop: Shop, sandbox: ControlClient) -> None:
    client = signed_in(make_staff("manager", role="operations"))
    url = reverse("integrations:check", args=["TB1"])
    client.post(url)
    connected_shop.refresh_from_db()
    assert connected_shop.authorisation == "valid"
    sandbox.add_fault("expired_session")
    page = client.post(url, follow=True).content.decode()
    connected_shop.refresh_from_db()
    assert connected_shop.authorisation == "expired"
    assert "重新授权" in page


def test_what_could_not_be_fetched_stands_on_the_page(manager: Client) -> None:
    shop = make_shop("S1")
    MissedTrade.objects.create(shop=shop, trade_no="4211", reason="平台答复：交易不存在", reason_code="x")
    page = manager.get(reverse("integrations:shop", args=["S1"])).content.decode()
    assert "4211" in page
    assert "交易不存在" in page


def test_a_shop_without_a_platform_takes_orders_by_hand(manager: Client) -> None:
    given = entry(code="TEL", name="电话店", platform="manual")
    page = manager.post(reverse("integrations:add_shop"), given, follow=True).content.decode()
    assert "电话店 已添加，现在可以为它录入订单" in page
    shop = Shop.objects.get(code="TEL")
    # Keys that were typed before the platform was chosen are not kept.
    assert (shop.gateway_url, shop.app_key, shop.app_secret, shop.session) == ("", "", "", "")
    assert "不下载交易" in page
    assert reverse("integrations:check", args=["TEL"]) not in page
    assert reverse("integrations:download", args=["TEL"]) not in page
    assert "尚未检查" not in manager.get(reverse("integrations:shops")).content.decode()
    clerk = signed_in(make_staff("clerk", role="customer_service"))
    assert "电话店" in clerk.get(reverse("orders:enter")).content.decode()
    # It may be changed like any other, and stays without a platform.
    manager.post(reverse("integrations:save_shop", args=["TEL"]), {**given, "name": "批发店"})
    shop.refresh_from_db()
    assert (shop.name, shop.platform) == ("批发店", "manual")
