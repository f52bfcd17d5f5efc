"""Generated trades: believable, adding up, and the same for the same seed."""

import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sandbox.control_client import ControlClient, ControlRefused
from integrations.sandbox.world.amounts import add_up, fen, spread, yuan

from .caller import Caller, china_time
from .conftest import SHOP

FULL = "taobao.trade.fullinfo.get"
AMOUNT = re.compile(r"-?\d+\.\d\d")
RICH = {"several_lines": 0.6, "line_discount": 0.6, "trade_discount": 0.6, "adjusted": 0.3, "postage": 0.5}


def documents(sandbox: ControlClient, count: int, seed: int, **mix: Any) -> list[dict[str, Any]]:
    made = sandbox.generate(SHOP, count, start="2026-11-23 00:00:00", end="2026-11-24 00:00:00", seed=seed, mix=mix)
    return [sandbox.trade(SHOP, tid) for tid in made]


def check_money(trade: dict[str, Any]) -> None:
    """The platform's formulas, computed anew with decimals."""
    orders = trade["orders"]["order"]
    for order in orders:
        gross = Decimal(order["price"]) * order["num"]
        total = gross + Decimal(order["adjust_fee"]) - Decimal(order["discount_fee"])
        assert Decimal(order["total_fee"]) == total >= 0
        assert Decimal(order["divide_order_fee"]) == total - Decimal(order["part_mjz_discount"]) >= 0
        assert Decimal(order["payment"]) == (Decimal(trade["payment"]) if len(orders) == 1 else total)
        assert all(AMOUNT.fullmatch(order[name]) for name in ("price", "payment", "total_fee", "divide_order_fee"))
    divided = sum(Decimal(order["divide_order_fee"]) for order in orders)
    assert divided == Decimal(trade["payment"]) - Decimal(trade["post_fee"])
    assert Decimal(trade["total_fee"]) == sum(Decimal(order["price"]) * order["num"] for order in orders)
    told = trade.get("promotion_details", {}).get("promotion_detail", [])
    of_trade = sum(Decimal(detail["discount_fee"]) for detail in told if detail["promotion_name"] == "店铺满减")
    assert of_trade == sum(Decimal(order["part_mjz_discount"]) for order in orders)


@pytest.mark.parametrize("seed", range(6))
def test_money_adds_up(sandbox: ControlClient, seed: int) -> None:
    trades = documents(sandbox, 60, seed, **RICH)
    for trade in trades:
        check_money(trade)
    assert any(len(trade["orders"]["order"]) > 2 for trade in trades)
    assert any("promotion_details" in trade for trade in trades)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_shares_add_up_and_none_exceeds_its_weight(amount: int, weights: list[int]) -> None:
    amount = min(amount, sum(weights))
    shares = spread(amount, weights)
    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(st.integers(-(10**12), 10**12))
def test_amounts_are_written_and_read_alike(amount: int) -> None:
    assert Decimal(yuan(amount)) * 100 == amount
    assert fen(yuan(amount)) == amount


def test_a_line_cannot_cost_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        add_up([(100, 1, 101, 0)], 0, 0)


def test_the_same_seed_gives_the_same_trades(sandbox: ControlClient) -> None:
    first = documents(sandbox, 40, 11)
    sandbox.reset(keep_setup=True)
    assert documents(sandbox, 40, 11) == first
    sandbox.reset(keep_setup=True)
    assert documents(sandbox, 40, 12) != first


def test_the_same_seed_twice_gives_new_numbers(sandbox: ControlClient) -> None:
    made = sandbox.generate(SHOP, 50, seed=3) + sandbox.generate(SHOP, 50, seed=3)
    assert len(set(made)) == 100
    orders = [order["oid"] for trade in sandbox.record(SHOP)["trades"] for order in trade["orders"]]
    assert len(set(orders)) == len(orders)


def test_trades_are_believable(sandbox: ControlClient) -> None:
    trades = documents(sandbox, 400, 2, landline=0.05, county_city=0.1)
    statuses = Counter(trade["status"] for trade in trades)
    assert statuses["WAIT_SELLER_SEND_GOODS"] > 300
    assert {"WAIT_BUYER_PAY", "TRADE_CLOSED_BY_TAOBAO", "TRADE_CLOSED"} <= set(statuses)
    assert {"fixed", "cod", "step"} == {trade["type"] for trade in trades}
    for trade in trades:
        assert re.fullmatch(r"[\u4e00-\u9fff]{2,4}", trade["receiver_name"])
        assert "receiver_mobile" in trade or "receiver_phone" in trade
        assert re.fullmatch(r"1[3-9]\d{9}", trade.get("receiver_mobile", "13800000000"))
        assert "2026-11-23 00:00:00" <= trade["created"] <= trade["modified"] < "2026-11-24 00:00:00"
        assert trade["created"] <= trade.get("pay_time", "9") <= "9"
        paid = trade["status"] not in ("WAIT_BUYER_PAY", "TRADE_CLOSED_BY_TAOBAO") and trade["type"] != "cod"
        assert ("pay_time" in trade) is paid
        assert trade["buyer_nick"][1:3] == "**"
    assert any("receiver_city" not in trade and "receiver_district" in trade for trade in trades)
    assert any("oaid" not in trade for trade in trades)
    assert len({trade["receiver_address"] for trade in trades}) > 300
    assert any(trade.get("buyer_message") for trade in trades)
    assert any(trade.get("seller_memo") and 1 <= trade["seller_flag"] <= 5 for trade in trades)
    assert len({trade["buyer_open_uid"] for trade in trades}) < 400  # some buy twice


NOTHING_ELSE = {"unpaid": 0, "closed": 0, "refunded": 0, "cod": 0}


def test_presale_and_cash_on_delivery(sandbox: ControlClient) -> None:
    for trade in documents(sandbox, 60, 4, presale_deposit=0.5, presale_paid=0.5, **NOTHING_ELSE):
        if trade["step_trade_status"] == "FRONT_PAID_FINAL_NOPAID":
            assert trade["status"] == "WAIT_BUYER_PAY"
            assert 0 < Decimal(trade["step_paid_fee"]) <= Decimal(trade["payment"])
        else:
            assert trade["step_trade_status"] == "FRONT_PAID_FINAL_PAID"
            assert trade["step_paid_fee"] == trade["payment"]
    for trade in documents(sandbox, 10, 4, presale_deposit=0, presale_paid=0, **{**NOTHING_ELSE, "cod": 1}):
        assert (trade["type"], trade["cod_status"]) == ("cod", "NEW_CREATED")
        check_money(trade)


def test_refunds_of_generated_trades_can_be_read(sandbox: ControlClient, caller: Caller) -> None:
    trades = documents(sandbox, 100, 4, several_lines=1, partial_refund=0.5)
    expected = {
        order["refund_id"]: (trade["tid"], order["oid"], order["refund_status"], order["divide_order_fee"])
        for trade in trades
        for order in trade["orders"]["order"]
        if order["refund_status"] != "NO_REFUND"
    }
    fields = "refund_id,tid,oid,status,refund_fee,modified"
    bounds = {"start_modified": "2026-11-22 00:00:00", "end_modified": "2026-11-24 00:00:00"}
    answer = caller.call("taobao.refunds.receive.get", fields=fields, page_size=100, **bounds)
    found = {
        int(r["refund_id"]): (r["tid"], r["oid"], r["status"], r["refund_fee"]) for r in answer["refunds"]["refund"]
    }
    assert found == expected
    number = next(iter(expected))
    assert caller.call("taobao.refund.get", fields="tid", refund_id=number)["refund"] == {"tid": expected[number][0]}


def test_unknown_and_missing_codes(sandbox: ControlClient) -> None:
    known = {f"A{number:02d}-L" for number in range(20)}
    for trade in documents(sandbox, 20, 1, unknown_code=1):
        assert not known & {order["outer_sku_id"] for order in trade["orders"]["order"]}
    for trade in documents(sandbox, 20, 1, missing_code=1):
        assert not any("outer_sku_id" in order or "outer_iid" in order for order in trade["orders"]["order"])


NONSENSE = (
    "no_receiver no_orders empty_orders orders_is_text negative_num zero_num price_not_a_number huge_price no_payment"
    " payment_does_not_add_up impossible_date unknown_status same_oid_twice no_oid nul_in_message"
)


@pytest.mark.parametrize("kind", NONSENSE.split(" "))
def test_nonsense_is_served_and_can_be_called_upon(sandbox: ControlClient, caller: Caller, kind: str) -> None:
    """Nothing of it disturbs the gateway itself: lists, single trades, shipping, changes and the record."""
    made = sandbox.generate(SHOP, 3, seed=1, mix={"nonsense": 1, "nonsense_kinds": [kind]})
    assert len(caller.trades(fields="tid,payment,orders,created,modified,status,receiver_name")) == 3
    good = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}]})[0]
    bad = sandbox.trade(SHOP, made[0])
    assert {trade["tid"]: trade["nonsense"] for trade in sandbox.record(SHOP)["trades"]} == {
        good: "",
        **dict.fromkeys(made, kind),
    }
    with pytest.raises((AssertionError, KeyError, TypeError, ValueError, ArithmeticError)):
        check_sane(bad)
    response = caller.post(
        caller.parameters("taobao.logistics.offline.send", tid=made[0], out_sid="YT1234567890123", company_code="YTO")
    )
    assert response.status_code == 200
    sandbox.change(SHOP, made[0], seller_memo="问题单")


def check_sane(trade: dict[str, Any]) -> None:
    check_money(trade)
    assert trade["orders"]["order"]
    assert all(order["num"] > 0 for order in trade["orders"]["order"])
    assert len({order["oid"] for order in trade["orders"]["order"]}) == len(trade["orders"]["order"])
    assert trade["receiver_name"]
    assert trade["status"].startswith(("WAIT_BUYER", "WAIT_SELLER", "TRADE_"))
    assert datetime.fromisoformat(trade["created"]) <= datetime.fromisoformat(trade["modified"])
    assert "\x00" not in trade.get("buyer_message", "")


@pytest.mark.parametrize(
    "body",
    [
        {"mix": {"unpaid": 2}},
        {"mix": {"weather": 0.5}},
        {"mix": {"nonsense_kinds": ["sensible"]}},
        {"from": "2026-11-24 00:00:00", "to": "2026-11-23 00:00:00"},
        {"from": "yesterday"},
    ],
)
def test_bad_wishes_are_refused(sandbox: ControlClient, body: dict[str, Any]) -> None:
    with pytest.raises(ControlRefused, match="400"):
        sandbox.call("POST", "generate", {"shop": SHOP, "count": 1, **body})


def test_a_thousand_trades_and_a_page_are_quick(sandbox: ControlClient, caller: Caller) -> None:
    """Generous bounds; the aim is a second for the thousand and 30 ms for the page."""
    import time

    started = time.monotonic()
    sandbox.generate(SHOP, 1000, start=china_time(hours=-20), end=china_time(), seed=1)
    assert time.monotonic() - started < 10
    fields = "tid,status,payment,orders,created,modified,receiver_name,promotion_details,buyer_message"
    times = []
    for page in range(1, 6):
        started = time.monotonic()
        assert len(caller.trades(fields=fields, page_no=page)) == 100
        times.append(time.monotonic() - started)
    assert min(times) < 0.3
