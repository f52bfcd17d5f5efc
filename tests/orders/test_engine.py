"""The stages of the engine in tables of plain cases; no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.engine.follow import Seen, plan_follow
from orders.engine.values import (
    CarrierFacts,
    Draft,
    DraftLine,
    ListingBinding,
    OrderPlan,
    PolicyFacts,
    RoutingRuleFacts,
    RuleHead,
    SkuFacts,
    Snapshot,
    WarehouseFacts,
)
from orders.models import ApprovalPolicy
from orders.pipeline import decide
from orders.processing.load_rules import policy_facts

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def line(position: int = 1, *, item: str = "i1", quantity: int = 1, refund: str = "none", **values: Any) -> DraftLine:
    price = Decimal("10.00")
    made = DraftLine(
        position,
        f"o{position}",
        item,
        "",
        "",
        "",
        "衬衫",
        "",
        quantity,
        price,
        Decimal(0),
        price * quantity,
        False,
        refund,
    )
    return replace(made, **values)


def draft(*lines: DraftLine, **values: Any) -> Draft:
    return replace(Draft(0, 1, lines or (line(),), "330106", "online", Decimal("10.00")), **values)


def head(number: int, *shops: int) -> RuleHead:
    return RuleHead(number, 1, f"规则{number}", frozenset(shops))


def rule(
    number: int, target: int, *regions: str, shops: tuple[int, ...] = (), payment: str = "any", frm: int | None = None
) -> RoutingRuleFacts:
    return RoutingRuleFacts(head(number, *shops), regions, payment, frm, target)


def policy(number: int, *, shops: tuple[int, ...] = (), **values: Any) -> PolicyFacts:
    return policy_facts(ApprovalPolicy(id=number, name=f"规则{number}", shops=list(shops), audit="cs", **values))


def snapshot(**values: Any) -> Snapshot:
    made = Snapshot(
        now=NOW,
        bindings={(1, "i1", ""): ListingBinding(1, "sku_code"), (1, "i2", ""): ListingBinding(2, "hand")},
        skus={1: SkuFacts(1, "A1", True, 200), 2: SkuFacts(2, "A2", True, 300), 3: SkuFacts(3, "A3", False, 1)},
        warehouses={1: WarehouseFacts(1, "杭州仓", True), 2: WarehouseFacts(2, "广州仓", True)},
        carriers={1: CarrierFacts(1, "圆通", True, False), 2: CarrierFacts(2, "顺丰", True, True)},
        warehouse_rules=(rule(1, 1),),
        carrier_rules=(rule(2, 1, payment="online"), rule(3, 2)),
        cs_policies=(policy(1),),
        finance_policies=(policy(2),),
        available={(1, 1): 10, (1, 2): 10, (2, 1): 10},
    )
    return replace(made, **values)


def plan(order: Draft, **values: Any) -> OrderPlan:
    return decide([order], snapshot(**values)).orders[0]


@pytest.mark.parametrize(
    ("order", "facts", "state", "exceptions"),
    [
        pytest.param(draft(), {}, "approved", (), id="an ordinary order passes"),
        pytest.param(draft(line(item="i9")), {}, "exception", ("unmatched_listing",), id="nobody knows the listing"),
        pytest.param(draft(line(item="i9", sku_id=2)), {}, "approved", (), id="a line keeps the SKU it has"),
        pytest.param(draft(line(item="i9", refund="refunded"), line(2)), {}, "approved", (), id="unknown but refunded"),
        pytest.param(draft(line(sku_id=3)), {}, "exception", ("sku_disabled",), id="the SKU is not in use"),
        pytest.param(draft(line(refund="requested")), {}, "exception", ("refund_requested",), id="money wanted back"),
        pytest.param(draft(line(refund="refunded")), {}, "exception", ("nothing_to_ship",), id="all refunded"),
        pytest.param(draft(region_code=None), {}, "exception", ("unknown_region",), id="where is that"),
        pytest.param(draft(), {"warehouse_rules": ()}, "exception", ("no_warehouse",), id="no rule names a warehouse"),
        pytest.param(
            draft(payment_kind="cod"), {"carrier_rules": (rule(2, 1),)}, "exception", ("no_carrier",), id="no cash here"
        ),
        pytest.param(draft(line(quantity=11)), {}, "exception", ("out_of_stock",), id="one unit short"),
        pytest.param(draft(line(quantity=10)), {}, "approved", (), id="the last units"),
        pytest.param(
            draft(line(quantity=6), line(2, quantity=5)), {}, "exception", ("out_of_stock",), id="lines of a SKU sum"
        ),
        pytest.param(draft(buyer_message="顺丰"), {}, "cs_review", (), id="a message wants a person"),
        pytest.param(draft(held=True), {}, "cs_review", (), id="held"),
        pytest.param(draft(attention=("changed_after_audit",)), {}, "cs_review", (), id="changed after its audit"),
        pytest.param(draft(), {"finance_policies": ()}, "finance_review", (), id="no policy of finance"),
        pytest.param(
            draft(buyer_message="顺丰", approved_by=7), {}, "finance_review", (), id="a person passed it, finance asks"
        ),
    ],
)
def test_what_becomes_of_an_order(order: Draft, facts: dict[str, Any], state: str, exceptions: tuple[str, ...]) -> None:
    planned = plan(order, **facts)
    assert (planned.state, planned.exceptions) == (state, exceptions)
    # Stock is taken by orders that passed the customer service's audit, and by nobody else.
    assert bool(planned.reserved) == (state in {"finance_review", "approved"})
    assert planned.decisions


@pytest.mark.parametrize(
    ("rules", "region", "warehouse"),
    [
        pytest.param((rule(1, 2, "44"), rule(2, 1)), "440106", 2, id="the region's own rule first"),
        pytest.param((rule(1, 2, "44"), rule(2, 1)), "330106", 1, id="elsewhere the general one"),
        pytest.param((rule(1, 2, "3301"), rule(2, 1)), "330106", 2, id="a city covers its districts"),
        pytest.param((rule(1, 2, shops=(9,)), rule(2, 1)), "330106", 1, id="for another shop"),
        pytest.param((rule(1, 2, payment="cod"), rule(2, 1)), "330106", 1, id="for another payment"),
        pytest.param((rule(1, 3), rule(2, 1)), "330106", 1, id="names what is gone"),
    ],
)
def test_the_first_rule_that_fits_chooses(rules: tuple[RoutingRuleFacts, ...], region: str, warehouse: int) -> None:
    assert plan(draft(region_code=region), warehouse_rules=rules).warehouse_id == warehouse


@pytest.mark.parametrize(
    ("limits", "order", "passes"),
    [
        ({"max_amount": Decimal("10.00")}, draft(), True),
        ({"max_amount": Decimal("9.99")}, draft(), False),
        ({"min_amount": Decimal("10.01")}, draft(), False),
        ({}, draft(seller_memo="加急"), False),
        ({"allow_memo": True}, draft(seller_memo="加急"), True),
        ({"allow_message": True}, draft(buyer_message="顺丰"), True),
        ({}, draft(payment_kind="cod"), False),
        ({"allow_cod": True}, draft(payment_kind="cod"), True),
    ],
)
def test_conditions_of_a_policy(limits: dict[str, Any], order: Draft, passes: bool) -> None:
    assert plan(order, cs_policies=(policy(1, **limits),)).cs_passed is passes


@given(st.lists(st.integers(min_value=1, max_value=6), min_size=1, max_size=12), st.integers(min_value=0, max_value=20))
def test_no_unit_is_promised_twice(wanted: list[int], stock: int) -> None:
    orders = [replace(draft(line(quantity=quantity)), key=key) for key, quantity in enumerate(wanted)]
    done = decide(orders, snapshot(available={(1, 1): stock}))
    taken = sum(units for order in done.orders for _sku, units in order.reserved)
    assert taken + done.stock_left[1, 1] == stock
    assert done.stock_left[1, 1] >= 0
    for order, quantity in zip(done.orders, wanted, strict=True):
        # All it needs or nothing; and nobody is refused what is left at the end.
        assert order.reserved in ((), ((1, quantity),))
        assert order.reserved or quantity > done.stock_left[1, 1]


SEEN = Seen((("o1", 1, "10.00", "none"),), "7", ("", "", 0))


@pytest.mark.parametrize(
    ("state", "change", "status", "expected"),
    [
        ("cs_review", {}, "closed", {"cancel": True, "reason": "closed_by_platform"}),
        ("approved", {}, "closed", {"cancel": True, "unaudit": True, "reason": "closed_by_platform"}),
        ("approved", {"lines": (("o1", 1, "10.00", "refunded"),)}, "paid", {"cancel": True}),
        ("approved", {"lines": (("o1", 1, "10.00", "requested"),)}, "paid", {"unaudit": True, "refresh": True}),
        ("approved", {"receiver": "8"}, "paid", {"unaudit": True, "refresh": True, "reason": "changed_after_audit"}),
        ("approved", {"text": ("加急", "", 0)}, "paid", {"texts_only": True, "unaudit": False}),
        ("approved", {}, "paid", {"refresh": False, "unaudit": False}),
        ("approved", {}, "shipped", {"intercept": True, "attention": ("shipped_elsewhere",)}),
        ("cs_review", {"receiver": "8"}, "paid", {"refresh": True, "attention": ()}),
        ("shipped", {}, "completed", {"complete": True}),
        ("shipped", {"receiver": "8"}, "shipped", {"refresh": False, "attention": ("changed_after_shipment",)}),
        ("shipped", {}, "closed", {"cancel": False, "attention": ("refund_after_shipment",)}),
        ("cancelled", {"receiver": "8"}, "paid", {"refresh": False, "cancel": False}),
    ],
)
def test_how_an_order_follows_its_trade(
    state: str, change: dict[str, Any], status: str, expected: dict[str, Any]
) -> None:
    verdict = plan_follow(state, SEEN, replace(SEEN, **change), status)
    assert {name: getattr(verdict, name) for name in expected} == expected
