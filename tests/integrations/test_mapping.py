"""The platform's trade in neutral terms: amounts, states, times, receivers, and what is refused with which reason."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from integrations.platforms.taobao.mapping import STATUS, read_trade
from orders.trades.document import PresaleState, RefundState, RejectedDocument, TradeStatus
from tests.integrations.make import order, read, rejected, trade


def test_an_ordinary_trade() -> None:
    document = read()
    assert (document.trade_no, document.status, document.payment_kind) == (
        "2231958349921234",
        TradeStatus.PAID,
        "online",
    )
    assert document.paid_at == dt.datetime(2026, 3, 1, 1, 41, 12, tzinfo=dt.UTC)
    assert (document.goods_amount, document.discount_amount) == (Decimal("120.00"), Decimal("20.00"))
    assert (document.post_fee, document.paid_amount) == (Decimal("8.00"), Decimal("108.00"))
    (line,) = document.lines
    assert (line.oid, line.item_id, line.sku_id, line.sku_code) == ("2231958349931234", "611", "411", "A01-L")
    assert (line.quantity, line.price, line.discount, line.paid) == (
        2,
        Decimal("60.00"),
        Decimal("20.00"),
        Decimal("100.00"),
    )
    assert document.receiver.oaid == "1abc"


def small(oid: int, price: str, **values: Any) -> dict[str, Any]:
    """An order of one unit that the platform has not shared the trade's discount over."""
    shared = ("part_mjz_discount", "divide_order_fee", "total_fee", "payment")
    plain = {name: value for name, value in order(oid, num=1, price=price).items() if name not in shared}
    return plain | values


MONEY: list[tuple[str, list[dict[str, Any]], dict[str, Any], list[str]]] = [
    ("no discount", [small(1, "10.00")], {"payment": "10.00", "post_fee": "0.00"}, ["10.00"]),
    (
        "the line's own discount",
        [small(1, "10.00", discount_fee="2.50")],
        {"payment": "7.50", "post_fee": "0.00"},
        ["7.50"],
    ),
    (
        "the seller's adjustment",
        [small(1, "10.00", adjust_fee="-1.00")],
        {"payment": "14.00", "post_fee": "5.00"},
        ["9.00"],
    ),
    ("a surcharge", [small(1, "10.00", adjust_fee="1.00")], {"payment": "11.00", "post_fee": "0.00"}, ["11.00"]),
    (
        "shared by the platform",
        [small(1, "10.00", part_mjz_discount="3.33"), small(2, "20.00", part_mjz_discount="6.67")],
        {"payment": "20.00", "post_fee": "0.00"},
        ["6.67", "13.33"],
    ),
    (
        "shared by us, the odd cent to the largest remainder",
        [small(1, "10.00"), small(2, "10.00"), small(3, "10.00")],
        {"payment": "20.00", "post_fee": "0.00", "discount_fee": "10.00"},
        ["6.66", "6.67", "6.67"],
    ),
    (
        "everything is free",
        [small(1, "10.00", divide_order_fee="0.00")],
        {"payment": "0.00", "post_fee": "0.00"},
        ["0.00"],
    ),
]


@pytest.mark.parametrize(("_name", "orders", "values", "paid"), MONEY, ids=[case[0] for case in MONEY])
def test_amounts_add_up_to_the_cent(
    _name: str, orders: list[dict[str, Any]], values: dict[str, Any], paid: list[str]
) -> None:
    document = read(*orders, **values)
    assert [line.paid for line in document.lines] == [Decimal(text) for text in paid]
    assert sum(line.paid for line in document.lines) + document.post_fee == document.paid_amount
    assert document.goods_amount - document.discount_amount + document.post_fee == document.paid_amount
    assert all(line.price * line.quantity - line.discount == line.paid for line in document.lines)


@pytest.mark.parametrize("status", sorted(STATUS))
def test_every_known_status_is_understood(status: str) -> None:
    assert read(status=status).status == STATUS[status]


def test_what_the_platform_holds_back() -> None:
    assert read(status="PAID_FORBID_CONSIGN").status == TradeStatus.FORBIDDEN
    assert read(forbid_consign=1).status == TradeStatus.FORBIDDEN
    held = read(top_hold=1, team_buy_hold="true")
    assert (held.hold, held.hold_reason) == (True, "top_hold, team_buy_hold")
    assert not read(top_hold=0).hold


def test_cash_on_delivery_is_paid_later() -> None:
    document = read(type="cod", pay_time=None, cod_status="NEW_CREATED")
    assert (document.payment_kind, document.status, document.paid_at) == ("cod", TradeStatus.PAID, None)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        ("FRONT_NOPAID_FINAL_NOPAID", PresaleState.NONE),
        ("FRONT_PAID_FINAL_NOPAID", PresaleState.DEPOSIT_PAID),
        ("FRONT_PAID_FINAL_PAID", PresaleState.PAID),
    ],
)
def test_pre_sale(step: str, state: PresaleState) -> None:
    document = read(type="step", step_trade_status=step, send_time="2026-03-16 00:00:00")
    assert document.presale_state == state
    assert document.ship_by == dt.datetime(2026, 3, 15, 16, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("refund", "status", "state"),
    [
        ("NO_REFUND", "WAIT_SELLER_SEND_GOODS", RefundState.NONE),
        ("WAIT_SELLER_AGREE", "WAIT_SELLER_SEND_GOODS", RefundState.REQUESTED),
        ("WAIT_BUYER_RETURN_GOODS", "WAIT_BUYER_CONFIRM_GOODS", RefundState.AGREED),
        ("SUCCESS", "TRADE_CLOSED", RefundState.REFUNDED),
        ("SELLER_REFUSE_BUYER", "WAIT_SELLER_SEND_GOODS", RefundState.REJECTED),
        ("CLOSED", "WAIT_SELLER_SEND_GOODS", RefundState.CLOSED),
        ("NO_REFUND", "TRADE_CLOSED", RefundState.REFUNDED),
    ],
)
def test_refunds_of_a_line(refund: str, status: str, state: RefundState) -> None:
    assert read(order(refund_status=refund, status=status)).lines[0].refund == state


def test_a_city_below_a_province_comes_as_a_district() -> None:
    receiver = read(receiver_state="河南省", receiver_city=None, receiver_district="济源市").receiver
    assert (receiver.province, receiver.city, receiver.district) == ("河南省", "", "济源市")


def test_the_telephone_stands_in_for_the_mobile() -> None:
    assert read(receiver_mobile=None, receiver_phone="0571-88880000").receiver.phone == "0571-88880000"


def test_a_promise_that_cannot_be_read_is_no_reason_to_refuse() -> None:
    assert read(delivery_time="48小时内").ship_by is None


REFUSED: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
    ("no_receiver", [], {"receiver_name": None}),
    ("no_receiver", [], {"receiver_city": None, "receiver_district": None}),
    ("no_lines", [], {"orders": None}),
    ("no_lines", [], {"orders": {"order": []}}),
    ("no_lines", [], {"orders": "暂无"}),
    ("bad_lines", [], {"orders": {"order": ["x"]}}),
    ("bad_quantity", [order(num=0)], {}),
    ("bad_quantity", [order(num=-2)], {}),
    ("bad_quantity", [order(num=1.5)], {}),
    ("bad_quantity", [order(num=10**9)], {}),
    ("bad_amount", [order(price="abc")], {}),
    ("bad_amount", [order(price="1e400")], {}),
    ("bad_amount", [order(price="NaN")], {}),
    ("bad_amount", [order(price="60.001")], {}),
    ("bad_amount", [order(price="١٢")], {}),
    ("bad_amount", [order(price=None)], {}),
    ("bad_amount", [], {"post_fee": "-8.00"}),
    ("bad_amount", [order(divide_order_fee="-1.00")], {}),
    ("no_payment", [], {"payment": None}),
    ("amounts_do_not_add_up", [], {"payment": "0.01"}),
    ("amounts_do_not_add_up", [order(total_fee="119.00")], {}),
    ("bad_time", [], {"created": "2026-02-30 25:61:00"}),
    ("bad_time", [], {"modified": None}),
    ("unknown_status", [], {"status": "WAIT_FOR_GODOT"}),
    ("unknown_status", [], {"status": None}),
    ("unknown_status", [order(refund_status="MAYBE")], {}),
    ("unknown_status", [], {"step_trade_status": "HALF"}),
    ("line_twice", [order(num=1, divide_order_fee="50.00", part_mjz_discount="10.00", total_fee="60.00")] * 2, {}),
    ("no_line_number", [order(oid=0)], {}),
    ("bad_character", [], {"buyer_message": "快点\x00"}),
    ("bad_text", [], {"buyer_message": ["x"]}),
    ("too_long", [order(outer_sku_id="A" * 129)], {}),
    ("no_trade_number", [], {"tid": None, "tid_str": None}),
]


@pytest.mark.parametrize(("code", "orders", "values"), REFUSED)
def test_nonsense_is_refused_with_its_reason(code: str, orders: list[dict[str, Any]], values: dict[str, Any]) -> None:
    document = rejected(*orders, **values)
    assert document.reason_code == code
    assert document.detail
    for secret in ("张**", "文*路***", "1234", "1abc"):
        assert secret not in document.detail.replace("2231958349921234", "")


@pytest.mark.parametrize("payload", [b"", b"[]", b"12", b"\xff\xfe", b"[" * 100_000, b'{"tid":' + b"9" * 5000 + b"}"])
def test_what_is_no_trade_at_all_is_refused_too(payload: bytes) -> None:
    assert isinstance(read_trade(payload), RejectedDocument)


def test_numbers_larger_than_a_double_can_hold_are_kept() -> None:
    assert read(tid=4212345678901234567, tid_str=None).trade_no == "4212345678901234567"
    assert trade()["tid_str"] == "2231958349921234"
