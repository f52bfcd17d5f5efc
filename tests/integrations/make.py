"""Trades as the platform writes them, and a shop that is connected to a sandbox."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from integrations.platforms.taobao.mapping import read_trade
from integrations.sandbox.control_client import ControlClient
from integrations.shops import ShopEntry, add_shop, change_shop
from oms.catalog.models import Shop
from orders.trades.document import ReceivedTrade, RejectedDocument, TradeDocument

SELLER = "棉朵旗舰店"
APP_KEY, SECRET, SESSION = "23456789", "demo_top_secret", "6100e23a06fasession"
CATALOGUE = [
    {
        "num_iid": 690_000_000_001 + number,
        "sku_id": 5_000_000_000_001 + number,
        "outer_iid": f"A{number:02d}",
        "outer_sku_id": f"A{number:02d}-L",
        "title": f"纯棉T恤 {number}",
        "sku_properties_name": "颜色分类:黑色;尺码:L",
        "price": f"{19 + number * 7}.{number * 13 % 100:02d}",
    }
    for number in range(20)
]


def china(moment: dt.datetime | None) -> str:
    """A moment as the platform writes it."""
    assert moment is not None
    return moment.astimezone(dt.timezone(dt.timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S")


def order(oid: int = 2231958349931234, **values: Any) -> dict[str, Any]:
    """One order of a trade: two units at 60.00, of which 20.00 of the trade's discount fall on it."""
    return {
        "oid": oid,
        "num_iid": 611,
        "sku_id": "411",
        "outer_iid": "A01",
        "outer_sku_id": "A01-L",
        "title": "T恤",
        "num": 2,
        "price": "60.00",
        "total_fee": "120.00",
        "payment": "108.00",
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "part_mjz_discount": "20.00",
        "divide_order_fee": "100.00",
        "refund_status": "NO_REFUND",
        "status": "WAIT_SELLER_SEND_GOODS",
        **values,
    }


def trade(*orders: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A paid trade of 108.00 with 8.00 postage; a value of None leaves the field out."""
    document = {
        "tid": 2231958349921234,
        "tid_str": "2231958349921234",
        "status": "WAIT_SELLER_SEND_GOODS",
        "type": "fixed",
        "payment": "108.00",
        "total_fee": "120.00",
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "post_fee": "8.00",
        "created": "2026-03-01 09:40:00",
        "pay_time": "2026-03-01 09:41:12",
        "modified": "2026-03-01 09:41:13",
        "buyer_nick": "t**8",
        "buyer_open_uid": "AAHx",
        "receiver_state": "浙江省",
        "receiver_city": "杭州市",
        "receiver_district": "西湖区",
        "receiver_address": "文*路***",
        "receiver_name": "张**",
        "receiver_mobile": "*******1234",
        "oaid": "1abc",
        "orders": {"order": list(orders) or [order()]},
        **values,
    }
    return {name: value for name, value in document.items() if value is not None}


def read(*orders: dict[str, Any], **values: Any) -> TradeDocument:
    """The neutral document of such a trade; it must be readable."""
    result = read_trade(orjson.dumps(trade(*orders, **values)))
    assert isinstance(result, ReceivedTrade), result
    return result.document


def rejected(*orders: dict[str, Any], **values: Any) -> RejectedDocument:
    """The rejection of such a trade; it must not be readable."""
    result = read_trade(orjson.dumps(trade(*orders, **values)))
    assert isinstance(result, RejectedDocument), result
    return result


def set_up(control: ControlClient, **options: Any) -> None:
    """An application, a seller and a catalogue in the sandbox."""
    control.add_app(APP_KEY, SECRET)
    control.add_shop(SELLER, session=SESSION, app_key=APP_KEY, options=options)
    control.set_catalogue(CATALOGUE)


def connect_shop(control: ControlClient, code: str = "TB1", **values: Any) -> Shop:
    """Our shop for that seller; quick time-outs and no pauses between calls."""
    options = {"timeout_seconds": 0.5, "calls_per_second": 1000, "look_back_days": 2} | values.pop("options", {})
    entry = {
        "name": "棉朵",
        "platform": "taobao",
        "gateway_url": control.gateway,
        "app_key": APP_KEY,
        "app_secret": SECRET,
        "session": SESSION,
        "options": options,
    }
    return add_shop(code, ShopEntry(**(entry | values)))


def connect_access(shop: Shop, control: ControlClient) -> None:
    """Give a shop that exists the keys of the sandbox's seller."""
    options = {"timeout_seconds": 0.5, "calls_per_second": 1000}
    entry = ShopEntry(gateway_url=control.gateway, app_key=APP_KEY, app_secret=SECRET, session=SESSION, options=options)
    change_shop(shop.id, entry)
    shop.refresh_from_db()


def generate(control: ControlClient, count: int, **mix: Any) -> list[str]:
    """Numbers of believable trades of the last day, none of them changed within the last minutes."""
    now = dt.datetime.now(dt.UTC)
    start, end = china(now - dt.timedelta(hours=22)), china(now - dt.timedelta(minutes=15))
    return control.generate(SELLER, count, seed=5, start=start, end=end, mix=mix)
