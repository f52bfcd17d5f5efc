"""Trades with masked receivers travel together on the platform's word alone, over real HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from integrations.download import download_now, download_trade
from integrations.merge_groups import Known, calls, plan_groups
from integrations.sandbox.control_client import ControlClient
from oms.catalog.models import Shop
from orders.models import MergeRule, Order, Trade
from orders.pipeline import process_due
from tests.factories import make_company, make_document, make_sku, put_stock
from tests.holding import assert_invariants_hold
from tests.integrations.make import SELLER, china, connect_access
from tests.integrations.test_download import make_due

MERGE = "taobao.top.oaid.merge"
HOME = {
    "name": "张小明",
    "mobile": "13812345678",
    "state": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "town": "文新街道",
    "zip": "310000",
    "address": "文三路 1 号",
}


def place(sandbox: ControlClient, minutes_ago: int, *, buyer: str = "AAH1", **receiver: str) -> str:
    """A trade of a buyer who is known by a masked name only."""
    moment = china(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago))
    spec: dict[str, Any] = {
        "lines": [{"outer_sku_id": "A01-L"}],
        "buyer_nick": "棉花糖",
        "buyer_open_uid": buyer,
        "receiver": HOME | receiver,
        "created": moment,
        "pay_time": moment,
    }
    return sandbox.add_trades(SELLER, spec)[0]


def group_of(tid: str) -> str:
    group = Trade.objects.get(trade_no=tid).document["merge_group"]
    assert isinstance(group, str)
    return group


def calls_made(sandbox: ControlClient) -> int:
    return int(sandbox.stats()["calls"].get(MERGE, {}).get("ok", 0))


def again(shop: Shop) -> None:
    make_due(shop)
    download_now(shop)


@pytest.mark.usefixtures("transactional_db")
def test_two_trades_of_one_buyer_to_one_receiver_are_one_group_and_one_parcel(sandbox: ControlClient) -> None:
    company = make_company(skus=0)
    shop = company.shop
    connect_access(shop, sandbox)
    sku = make_sku("A01-L")
    put_stock(company.warehouse, {sku: 10})
    MergeRule.objects.create(name="合并", window_minutes=60)
    first, second = place(sandbox, 9), place(sandbox, 5)
    elsewhere = place(sandbox, 5, address="文三路 2 号")
    somebody = place(sandbox, 5, buyer="AAH2")
    download_now(shop)
    assert group_of(first) == group_of(second) != ""
    assert len({group_of(tid) for tid in (first, elsewhere, somebody)}) == 3
    assert calls_made(sandbox) == 1
    process_due()
    orders = Order.objects.filter(lines__sku=sku).exclude(state="superseded").distinct()
    held = sorted(sorted(set(order.lines.values_list("trade__trade_no", flat=True))) for order in orders)
    assert held == sorted([sorted([first, second]), [elsewhere], [somebody]])
    assert_invariants_hold()


def test_a_later_trade_joins_the_group_that_stands(sandbox: ControlClient, shop: Shop) -> None:
    first = place(sandbox, 9)
    download_now(shop)
    assert calls_made(sandbox) == 0
    second, other = place(sandbox, 1), place(sandbox, 1, name="李四")
    again(shop)
    assert group_of(second) == group_of(first)
    assert group_of(other) not in {"", group_of(first)}
    assert calls_made(sandbox) == 1


def test_a_changed_address_leaves_the_group(sandbox: ControlClient, shop: Shop) -> None:
    first, second = place(sandbox, 9), place(sandbox, 5)
    download_now(shop)
    stands = group_of(second)
    sandbox.change(SELLER, first, receiver={"receiver_address": "另一条路 9 号"})
    third = place(sandbox, 1)
    download_trade(shop, first)
    download_trade(shop, third)
    assert group_of(second) == stands
    assert group_of(first) not in {"", stands}
    assert group_of(third) not in {"", group_of(first)}


def test_without_an_answer_trades_come_all_the_same_and_travel_apart(sandbox: ControlClient, shop: Shop) -> None:
    tids = [place(sandbox, 9), place(sandbox, 5)]
    sandbox.add_fault(
        "error", method=MERGE, code=11, sub_code="isv.permission-api-package-not-allowed", sub_msg="scope"
    )
    assert download_now(shop).new == 2
    assert [group_of(tid) for tid in tids] == ["", ""]


def test_one_trade_by_its_number_is_asked_about_too(sandbox: ControlClient, shop: Shop) -> None:
    first = place(sandbox, 9)
    download_now(shop)
    second = place(sandbox, 1)
    download_trade(shop, second)
    assert group_of(second) == group_of(first)


def test_plain_receivers_need_no_word_of_the_platform(sandbox: ControlClient, shop: Shop) -> None:
    options = {"plain_receivers": True}
    sandbox.add_shop(SELLER, session="6100e23a06fasession", app_key="23456789", options=options)
    tids = [place(sandbox, 9), place(sandbox, 5)]
    download_now(shop)
    assert [group_of(tid) for tid in tids] == ["", ""]
    assert calls_made(sandbox) == 0


def test_a_group_that_the_platform_tears_apart_is_not_joined() -> None:
    document = make_document([], "9")
    others = [Known("1", "b", "o", "G"), Known("2", "b", "o", "G")]
    assert plan_groups([{"1", "2", "9"}], [document], others) == {"9": "G"}
    assert plan_groups([{"1"}, {"2", "9"}], [document], others) != {"9": "G"}
    assert plan_groups([], [document], others)["9"].startswith("9@")


@pytest.mark.parametrize(("known", "sizes"), [(0, []), (1, [2]), (98, [99]), (300, [100])])
def test_a_call_names_whole_buyers_and_no_more_than_the_platform_takes(known: int, sizes: list[int]) -> None:
    document = make_document([], "9", buyer_id="b")
    others = [Known(str(number), "b", "o", "") for number in range(known)]
    alone = make_document([], "8", buyer_id="c")
    asked = list(calls([document, alone], others, 100))
    assert [len(fresh) + len(besides) for fresh, besides in asked] == sizes
