"""Posting, decided: the amounts of the vouchers in plain tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from finance.plan import LineFacts, OrderFacts, SetAside, plan_posting

Y = Decimal


def line(amount: str, *, refunded: bool = False, quantity: int = 1, units: int | None = None) -> LineFacts:
    left = (0 if refunded else quantity) if units is None else units
    return LineFacts(1, "衬衫", quantity, Y(amount), refunded, left)


def order(paid: str, *lines: LineFacts, post_fee: str = "0.00") -> OrderFacts:
    return OrderFacts(1, 1, 1, "shipped", False, dt.date(2026, 11, 24), Y(paid), Y(post_fee), lines)


@pytest.mark.parametrize(
    ("facts", "sold", "outbound", "units"),
    [
        pytest.param(order("10.00", line("10.00")), "10.00", "10.00", 1, id="one line"),
        pytest.param(
            order("16.00", line("10.00"), post_fee="6.00"), "16.00", "10.00", 1, id="postage is sold, not sent"
        ),
        pytest.param(order("30.00", line("10.00", quantity=2), line("20.00")), "30.00", "30.00", 3, id="two lines"),
        pytest.param(
            order("30.00", line("10.00"), line("20.00", refunded=True)), "10.00", "10.00", 1, id="refunded before"
        ),
        pytest.param(order("0.00", line("0.00")), "0.00", "0.00", 1, id="a gift alone"),
    ],
)
def test_amounts(facts: OrderFacts, sold: str, outbound: str, units: int) -> None:
    vouchers = plan_posting(facts, postage_text="邮费")
    assert not isinstance(vouchers, SetAside)
    assert [(v.kind, v.amount, v.quantity) for v in vouchers] == [
        ("sales_order", Y(sold), units),
        ("delivery", Y(sold), units),
        ("outbound", Y(outbound), units),
    ]


GOOD = order("10.00", line("10.00"))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (order("10.01", line("10.00")), "amounts_differ"),
        (order("10.00", line("10.00"), post_fee="1.00"), "amounts_differ"),
        (order("10.00", line("10.00", quantity=2, units=1)), "parcel_differs"),
        (order("30.00", line("10.00"), line("20.00", refunded=True, units=1)), "parcel_differs"),
        (replace(GOOD, state="approved"), "not_shipped"),
        (replace(GOOD, posted=True), "posted_already"),
    ],
)
def test_what_cannot_be_posted_is_set_aside(facts: OrderFacts, code: str) -> None:
    plan = plan_posting(facts, postage_text="邮费")
    assert isinstance(plan, SetAside)
    assert plan.code == code
