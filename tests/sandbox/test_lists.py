"""Lists of trades: windows, paging, filters, fields, and what of the receiver is shown."""

from itertools import pairwise
from math import ceil
from typing import Any

import pytest

from integrations.sandbox.control_client import ControlClient

from .caller import Caller, Refused, china_time
from .conftest import SHOP

SOLD = "taobao.trades.sold.get"
INCREMENT = "taobao.trades.sold.increment.get"
FULL = "taobao.trade.fullinfo.get"
OAID_FIELDS = "receiver_name,receiver_address,created,receiver_mobile,receiver_phone"


def window() -> dict[str, str]:
    return {"start_modified": china_time(hours=-23), "end_modified": china_time()}


def test_pages_together_are_the_whole_newest_first(sandbox: ControlClient, caller: Caller) -> None:
    made = sandbox.generate(SHOP, 130, start=china_time(hours=-20), end=china_time(hours=-1), seed=1)
    total = caller.call(INCREMENT, fields="tid", page_size=1, **window())["total_results"]
    seen: list[dict[str, Any]] = []
    for page in range(1, ceil(total / 40) + 1):
        seen += caller.trades(INCREMENT, page_size=40, page_no=page, **window())
    assert sorted(str(trade["tid"]) for trade in seen) == sorted(made)
    assert all(newer["modified"] >= older["modified"] for newer, older in pairwise(seen))
    assert caller.trades(INCREMENT, page_size=40, page_no=9, **window()) == []


def test_total_results_and_has_next_exclude_each_other(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.generate(SHOP, 41, start=china_time(hours=-20), end=china_time(hours=-1), seed=1)
    by_total = caller.call(INCREMENT, fields="tid", **window())
    assert by_total["total_results"] == 41
    assert "has_next" not in by_total
    assert len(by_total["trades"]["trade"]) == 40  # the size of a page unless told
    first = caller.call(INCREMENT, fields="tid", use_has_next="true", **window())
    second = caller.call(INCREMENT, fields="tid", use_has_next="true", page_no=2, **window())
    assert "total_results" not in first
    assert (first["has_next"], second["has_next"]) == (True, False)
    assert len(second["trades"]["trade"]) == 1


def test_an_empty_list_is_left_out(caller: Caller) -> None:
    assert set(caller.call(INCREMENT, fields="tid", **window())) == {"total_results", "request_id"}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-01 00:00:00", "2026-03-02 00:00:01"),
        ("2026-03-02 00:00:00", "2026-03-01 00:00:00"),
        ("2026-03-01", "2026-03-02"),
    ],
)
def test_bad_windows_are_refused(caller: Caller, start: str, end: str) -> None:
    with pytest.raises(Refused) as refused:
        caller.call(INCREMENT, fields="tid", start_modified=start, end_modified=end)
    assert (refused.value.code, refused.value.sub_code) == (41, "isv.invalid-parameter")


def test_a_window_of_one_day_is_the_longest(caller: Caller) -> None:
    bounds = {"start_modified": "2026-03-01 00:00:00", "end_modified": "2026-03-02 00:00:00"}
    assert caller.call(INCREMENT, fields="tid", **bounds)["total_results"] == 0
    with pytest.raises(Refused) as refused:
        caller.call(INCREMENT, fields="tid", start_modified="2026-03-01 00:00:00")
    assert refused.value.code == 40


def test_windows_select_by_their_own_time(sandbox: ControlClient, caller: Caller) -> None:
    """The increment goes by `modified`, the other list by `created`; both ends belong to the window."""
    created, modified = china_time(hours=-30), china_time(hours=-2)
    (tid,) = sandbox.add_trades(
        SHOP, {"lines": [{"outer_iid": "A01"}], "created": created, "pay_time": created, "modified": modified}
    )
    assert [t["tid"] for t in caller.trades(INCREMENT, start_modified=modified, end_modified=modified)] == [int(tid)]
    assert caller.trades(INCREMENT, start_modified=created, end_modified=created) == []
    assert [t["tid"] for t in caller.trades(SOLD, start_created=created, end_created=created)] == [int(tid)]
    assert caller.trades(SOLD, start_created=modified, end_created=modified) == []


def test_the_list_by_creation_reaches_back_three_months(sandbox: ControlClient, caller: Caller) -> None:
    for days in (89, 91):
        sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}], "created": china_time(days=-days)})
    assert len(caller.trades(SOLD, start_created=china_time(days=-120))) == 1


def test_filters_by_status_and_type(sandbox: ControlClient, caller: Caller) -> None:
    line = [{"outer_iid": "A01"}]
    (paid,) = sandbox.add_trades(SHOP, {"lines": line})
    (unpaid,) = sandbox.add_trades(SHOP, {"lines": line, "status": "WAIT_BUYER_PAY"})
    (cod,) = sandbox.add_trades(SHOP, {"lines": line, "type": "cod"})
    (game,) = sandbox.add_trades(SHOP, {"lines": line, "type": "game_equipment"})

    def listed(**filters: str) -> set[str]:
        return {str(trade["tid"]) for trade in caller.trades(INCREMENT, **filters)}

    assert listed() == {paid, unpaid, cod}
    assert listed(type="cod") == {cod}
    assert listed(type="game_equipment,cod") == {cod, game}
    assert listed(status="WAIT_SELLER_SEND_GOODS") == {paid, cod}
    assert listed(status="ALL_WAIT_PAY") == {unpaid}
    assert listed(status="TRADE_FINISHED") == set()


def test_shops_do_not_see_each_other(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_shop("另一家店", session="other session", app_key=caller.common["app_key"])
    (tid,) = sandbox.add_trades("另一家店", {"lines": [{"outer_iid": "A01"}]})
    assert caller.trades() == []
    with pytest.raises(Refused) as refused:
        caller.call(FULL, fields="tid", tid=tid)
    assert refused.value.sub_code == "isv.trade-not-exist"


def test_only_requested_fields_are_returned(sandbox: ControlClient, caller: Caller) -> None:
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}, {"outer_iid": "A02"}]})
    trade = caller.call(FULL, tid=tid, fields="tid, payment,orders.oid,orders.num,buyer_message")["trade"]
    assert set(trade) == {"tid", "payment", "orders"}  # there is no buyer_message, so it is left out
    assert [set(order) for order in trade["orders"]["order"]] == [{"oid", "num"}] * 2
    whole = caller.call(FULL, tid=tid, fields="orders")["trade"]["orders"]["order"][0]
    assert {"oid", "num_iid", "sku_id", "outer_sku_id", "price", "divide_order_fee", "refund_status"} <= set(whole)


def test_data_types(sandbox: ControlClient, caller: Caller) -> None:
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_sku_id": "A03-L", "num": 2}], "post_fee": "8"})
    trade = caller.call(FULL, tid=tid, fields="tid,tid_str,payment,post_fee,created,orders")["trade"]
    (order,) = trade["orders"]["order"]
    assert trade["tid"] == int(tid) > 2**53
    assert (trade["tid_str"], order["oid"]) == (tid, int(tid))
    assert trade["post_fee"] == "8.00"
    assert isinstance(order["num"], int)
    assert isinstance(order["num_iid"], int)
    assert isinstance(order["price"], str)
    assert len(trade["created"]) == len("2026-03-01 10:00:00")


RECEIVER = {"name": "欧阳文静", "mobile": "13800001234", "phone": "0571-88001234", "address": "文三路18号翠苑小区3栋"}


def test_receivers_are_masked(sandbox: ControlClient, caller: Caller) -> None:
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}], "receiver": RECEIVER})
    trade = caller.call(FULL, tid=tid, fields=OAID_FIELDS + ",receiver_state")["trade"]
    assert trade["receiver_name"] == "欧***"
    assert trade["receiver_mobile"] == "*******1234"
    assert trade["receiver_address"] == "文*路***"
    assert RECEIVER["phone"] not in str(trade)


def test_receivers_are_plain_where_the_shop_says_so(sandbox: ControlClient, caller: Caller) -> None:
    options = {"plain_receivers": True}
    sandbox.add_shop(SHOP, session=caller.common["session"], app_key=caller.common["app_key"], options=options)
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}], "receiver": RECEIVER})
    trade = caller.call(FULL, tid=tid, fields=OAID_FIELDS)["trade"]
    assert {name: trade[f"receiver_{name}"] for name in RECEIVER} == RECEIVER


@pytest.mark.parametrize(
    ("fields", "extra", "shown"),
    [
        (OAID_FIELDS + ",oaid", {}, True),
        (OAID_FIELDS, {"include_oaid": "include_oaid"}, True),
        (OAID_FIELDS, {}, False),
        ("tid,oaid,receiver_name", {}, False),
        ("tid,oaid,receiver_name", {"include_oaid": "true"}, False),
    ],
)
def test_the_oaid_needs_all_receiver_fields(
    sandbox: ControlClient, caller: Caller, fields: str, extra: dict[str, str], shown: bool
) -> None:
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}]})
    assert ("oaid" in caller.call(FULL, tid=tid, fields=fields, **extra)["trade"]) is shown


def test_simplified_json_and_xml(sandbox: ControlClient, caller: Caller) -> None:
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}], "buyer_message": "a<b & c"})
    fields = "tid,buyer_message,orders.num"
    flat = caller.post(caller.parameters(SOLD, fields=fields, simplify="true")).json()
    assert flat["trades"] == [{"tid": int(tid), "buyer_message": "a<b & c", "orders": [{"num": 1}]}]
    text = caller.post(caller.parameters(SOLD, fields=fields, format=None)).text
    assert text.startswith('<?xml version="1.0" encoding="utf-8" ?><trades_sold_get_response>')
    assert f"<tid>{tid}</tid>" in text
    assert "<buyer_message>a&lt;b &amp; c</buyer_message>" in text
    assert '<orders list="true"><order><num>1</num></order></orders>' in text


def test_trades_of_the_future_appear_when_their_time_has_come(sandbox: ControlClient, caller: Caller) -> None:
    made = sandbox.generate(SHOP, 20, start=china_time(minutes=5), end=china_time(minutes=6), seed=1)
    assert caller.trades() == []
    assert [trade["visible"] for trade in sandbox.record(SHOP)["trades"]] == [False] * 20
    with pytest.raises(Refused):
        caller.call(FULL, fields="tid", tid=made[0])


def test_calls_beyond_the_limit_are_banned_for_seconds(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_app(caller.common["app_key"], caller.secret, rate=0.5, burst=3, ban=7)
    for _ in range(3):
        caller.call(SOLD, fields="tid")
    with pytest.raises(Refused) as refused:
        caller.call(SOLD, fields="tid")
    assert (refused.value.code, refused.value.sub_code) == (7, "accesscontrol.limited-by-api-access-count")
    assert refused.value.sub_msg == "This ban will last for 7 more seconds"
