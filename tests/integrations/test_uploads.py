"""Waybills told to the sandbox over real HTTP: accepted once, whatever went wrong on the way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from integrations.access import connected
from integrations.download import download_window
from integrations.platforms.base import ShopAccess, Waybill, Window
from integrations.platforms.taobao.connector import TaobaoConnector
from integrations.sandbox.control_client import ControlClient
from oms.catalog.models import Shop
from oms.core import outbox
from oms.core.models import OutboxMessage
from oms.core.outbox import PermanentFailure
from orders.models import Order, WaybillUpload
from orders.pipeline import process_due
from orders.uploads import TOPIC
from tests.factories import Company, make_company, make_sku, put_stock
from tests.integrations.make import SELLER, connect_access
from warehouse.models import Shipment, WaybillRange
from warehouse.shipping import ship

SEND = "taobao.logistics.offline.send"
NUMBER = "YT1234567890123"


@pytest.fixture
def company(sandbox: ControlClient, transactional_db: None) -> Company:
    company = make_company(skus=1)
    connect_access(company.shop, sandbox)
    sku = make_sku("A01-L")
    put_stock(company.warehouse, {sku: 100})
    WaybillRange.objects.all().delete()
    WaybillRange.objects.create(carrier=company.carrier, prefix="YT", width=13, next=1, last=1000)
    return company


def ship_trade(company: Company, sandbox: ControlClient) -> WaybillUpload:
    """A trade downloaded, approved and shipped: its upload is due."""
    receiver = {"state": "浙江省", "city": "杭州市", "district": "西湖区"}
    sandbox.add_trades(SELLER, {"lines": [{"outer_iid": "A01"}], "receiver": receiver})
    now = timezone.now()
    download_window(company.shop, Window(now - dt.timedelta(hours=1), now + dt.timedelta(seconds=5)))
    process_due()
    ship(list(Shipment.objects.order_by("id").values_list("id", flat=True)), actor_id=1)
    return WaybillUpload.objects.get()


def deliver() -> outbox.Delivered:
    """Let the pauses of the outbox pass, then deliver."""
    OutboxMessage.objects.filter(state="due").update(due_at=timezone.now())
    return outbox.deliver_due(TOPIC)


def test_a_shipped_trade_is_told_once(company: Company, sandbox: ControlClient) -> None:
    upload = ship_trade(company, sandbox)
    assert deliver().done == 1
    assert deliver().total == 0
    upload.refresh_from_db()
    assert (upload.state, upload.already_shipped) == ("accepted", False)
    record = sandbox.record(SELLER)
    assert [(row["out_sid"], row["company_code"], row["accepted"]) for row in record["sends"]] == [
        (upload.waybill_no, "YTO", True)
    ]
    assert Order.objects.get().state == "shipped"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "timeout_after_success", "seconds": 1},
        {"kind": "http_5xx", "after": True},
        {"kind": "reset", "after": True},
        {"kind": "garbage", "after": True},
    ],
    ids=lambda fault: fault["kind"],
)
def test_done_without_an_answer_is_told_again_and_counts(
    company: Company, sandbox: ControlClient, fault: dict[str, Any]
) -> None:
    upload = ship_trade(company, sandbox)
    sandbox.add_fault(method=SEND, count=1, **fault)
    assert deliver().retried == 1
    upload.refresh_from_db()
    assert (upload.state, upload.will_retry) == ("failed", True)
    assert upload.reason
    assert deliver().done == 1
    upload.refresh_from_db()
    assert (upload.state, upload.already_shipped) == ("accepted", True)
    record = sandbox.record(SELLER)
    assert (record["accepted"], record["rejected"]) == (1, 1)


def test_what_the_platform_refuses_waits_for_a_person(company: Company, sandbox: ControlClient) -> None:
    WaybillRange.objects.update(prefix="XX")
    upload = ship_trade(company, sandbox)
    assert deliver().dead == 1
    upload.refresh_from_db()
    assert (upload.state, upload.will_retry) == ("failed", False)
    assert upload.reason_code.endswith(":B60")
    assert "运单号不符合规则" in upload.reason


def test_of_a_closed_trade_already_shipped_is_not_believed(company: Company, sandbox: ControlClient) -> None:
    upload = ship_trade(company, sandbox)
    sandbox.call(
        "POST",
        "shops",
        {
            "nick": SELLER,
            "session": company.shop.session,
            "app_key": company.shop.app_key,
            "title": None,
            "options": {"closed_answers_b04": True},
        },
    )
    sandbox.close(SELLER, upload.trade.trade_no)
    assert deliver().dead == 1
    upload.refresh_from_db()
    assert (upload.state, upload.reason_code) == ("failed", "trade_closed")


def test_trouble_of_the_shop_is_no_verdict_on_its_parcels(company: Company, sandbox: ControlClient) -> None:
    upload = ship_trade(company, sandbox)
    Shop.objects.update(app_secret="wrong")
    assert deliver().retried == 1
    company.shop.refresh_from_db()
    assert company.shop.authorisation == "refused"
    upload.refresh_from_db()
    assert upload.will_retry
    Shop.objects.update(app_secret="demo_top_secret")
    assert deliver().done == 1
    company.shop.refresh_from_db()
    assert company.shop.authorisation == "valid"


def ship_trades(company: Company, sandbox: ControlClient, count: int) -> list[WaybillUpload]:
    """Trades of different buyers, each of which is one parcel whose upload is due."""
    receiver = {"state": "浙江省", "city": "杭州市", "district": "西湖区"}
    trades = [
        {"lines": [{"outer_iid": "A01"}], "receiver": receiver, "buyer_nick": f"b{n}", "buyer_open_uid": f"uid{n}"}
        for n in range(count)
    ]
    sandbox.add_trades(SELLER, *trades)
    now = timezone.now()
    download_window(company.shop, Window(now - dt.timedelta(hours=1), now + dt.timedelta(seconds=5)))
    process_due()
    ship(list(Shipment.objects.order_by("id").values_list("id", flat=True)), actor_id=1)
    return list(WaybillUpload.objects.order_by("id"))


def test_a_short_ban_is_waited_for_and_costs_no_attempt(company: Company, sandbox: ControlClient) -> None:
    uploads = ship_trades(company, sandbox, 3)
    sandbox.add_fault("throttle", method=SEND, count=1, seconds=0.4)
    assert deliver() == outbox.Delivered(done=len(uploads))
    assert set(OutboxMessage.objects.filter(topic=TOPIC).values_list("attempt", flat=True)) == {1}
    record = sandbox.record(SELLER)
    assert (record["accepted"], record["rejected"]) == (len(uploads), 0)


def test_a_round_goes_over_one_connection_and_takes_up_keys_that_were_changed_in_it(
    company: Company, sandbox: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = ship_trades(company, sandbox, 4)
    opened: list[str] = []
    connect = TaobaoConnector.__init__

    def counted(self: TaobaoConnector, access: ShopAccess) -> None:
        opened.append(access.app_secret)
        connect(self, access)
        if len(opened) == 1:
            Shop.objects.update(app_secret="demo_top_secret")

    monkeypatch.setattr(TaobaoConnector, "__init__", counted)
    Shop.objects.update(app_secret="wrong")
    assert deliver() == outbox.Delivered(done=len(uploads) - 1, retried=1)
    assert opened == ["wrong", "demo_top_secret"]


def test_parts_of_a_trade(shop: Shop, sandbox: ControlClient) -> None:
    lines = [{"outer_iid": f"A0{n}"} for n in range(1, 4)]
    (tid,) = sandbox.add_trades(SELLER, {"lines": lines})
    oids = [str(order["oid"]) for order in sandbox.trade(SELLER, tid)["orders"]["order"]]
    with connected(shop) as connector:
        assert not connector.upload_waybill(Waybill(tid, "YTO", NUMBER, (oids[0],))).already_shipped
        assert connector.upload_waybill(Waybill(tid, "YTO", NUMBER, (oids[0],))).already_shipped
        assert not connector.upload_waybill(Waybill(tid, "YTO", "YT9999999999999", tuple(oids[:2]))).already_shipped
        numbers = {str(o["oid"]): o.get("invoice_no") for o in sandbox.trade(SELLER, tid)["orders"]["order"]}
        assert numbers == {oids[0]: NUMBER, oids[1]: "YT9999999999999", oids[2]: None}
        assert not connector.upload_waybill(Waybill(tid, "YTO", NUMBER)).already_shipped
        assert sandbox.trade(SELLER, tid)["status"] == "WAIT_BUYER_CONFIRM_GOODS"


def test_a_parcel_of_refunded_lines_is_not_accepted_because_others_were_shipped(
    shop: Shop, sandbox: ControlClient
) -> None:
    (tid,) = sandbox.add_trades(SELLER, {"lines": [{"outer_iid": f"A0{n}"} for n in range(1, 4)]})
    kept, back, mixed = (str(order["oid"]) for order in sandbox.trade(SELLER, tid)["orders"]["order"])
    sandbox.refund(SELLER, tid, int(back), status="SUCCESS")
    sandbox.refund(SELLER, tid, int(mixed), status="SUCCESS")
    with connected(shop) as connector:
        connector.upload_waybill(Waybill(tid, "YTO", NUMBER, (kept,)))
        with pytest.raises(PermanentFailure, match="退款") as refused:
            connector.upload_waybill(Waybill(tid, "YTO", "YT9999999999999", (back, mixed)))
        assert refused.value.code == "lines_closed"
        assert connector.upload_waybill(Waybill(tid, "YTO", NUMBER, (kept, mixed))).already_shipped


def test_a_number_is_corrected(shop: Shop, sandbox: ControlClient) -> None:
    (tid,) = sandbox.add_trades(SELLER, {"lines": [{"outer_iid": "A01"}]})
    other = Waybill(tid, "ZTO", "73123456789012")
    with connected(shop) as connector:
        with pytest.raises(PermanentFailure, match="订单未发货"):
            connector.correct_waybill(other)
        connector.upload_waybill(Waybill(tid, "YTO", NUMBER))
        assert not connector.correct_waybill(other).already_shipped
        assert connector.correct_waybill(other).already_shipped
    assert sandbox.trade(SELLER, tid)["orders"]["order"][0]["invoice_no"] == "73123456789012"


def test_memo_and_flag_are_written_back(shop: Shop, sandbox: ControlClient) -> None:
    (tid,) = sandbox.add_trades(SELLER, {"lines": [{"outer_iid": "A01"}], "seller_memo": "旧", "seller_flag": 1})
    with connected(shop) as connector:
        connector.write_memo(tid, "加急发货", None)
        assert (sandbox.trade(SELLER, tid)["seller_memo"], sandbox.trade(SELLER, tid)["seller_flag"]) == ("加急发货", 1)
        connector.write_memo(tid, None, 0)
        assert (sandbox.trade(SELLER, tid)["seller_memo"], sandbox.trade(SELLER, tid)["seller_flag"]) == ("加急发货", 0)
        connector.write_memo(tid, "", None)
        assert not sandbox.trade(SELLER, tid)["seller_memo"]
