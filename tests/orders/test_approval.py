"""Approval policies: the tables of docs/algorithms/approval.md, and how policies are tried."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.engine.approval.applicant import Applicant
from orders.engine.approval.base import Condition
from orders.engine.approval.kinds import KINDS, in_order, read_condition
from orders.engine.approve import MOST_PASSED_OVER, plan_approve
from orders.engine.margin import margin_of
from orders.engine.rules import BlacklistHit, BuyerBook, GoodsFacts, RuleFacts, ShopCosts, Terms
from orders.engine.values import DraftLine, OrderPlan, Plan, PolicyFacts, RuleHead, Snapshot
from tests.doc_tables import worked_table
from tests.orders.values import NOW, make_draft, make_draft_line, make_order, make_sku, make_snapshot

RULES = RuleFacts(goods={sku: GoodsFacts(sku, frozenset({"tea", "drinks"})) for sku in (1, 2, 3)})
KNOWN = BuyerBook(known=frozenset({(1, "buyer")}))


def make_applicant(
    lines: list[DraftLine] | None = None,
    *,
    rules: RuleFacts = RULES,
    now: dt.datetime | None = None,
    weight: int = 0,
    freight: str | None = None,
    **draft: Any,
) -> Applicant:
    rows = lines or [make_draft_line(price="100.00")]
    order = make_order(make_draft(rows, **{"buyer_id": "buyer", "receiver_id": 5, **draft}))
    order = replace(order, weight_g=weight, terms=Terms(None if freight is None else Decimal(freight)))
    snapshot = make_snapshot([make_sku(sku, cost="20.00") for sku in (1, 2, 3)], now=now or NOW)
    if not rules.buyers.known:
        rules = replace(rules, buyers=replace(rules.buyers, known=KNOWN.known))
    return Applicant(order, replace(snapshot, rules=rules))


def line_of(sku: int) -> DraftLine:
    return make_draft_line(sku, sku_id=sku)


ORDERS: dict[str, Callable[[], Applicant]] = {
    "goods 100.00, paid 70.00": lambda: make_applicant([make_draft_line(price="100.00", amount="70.00")]),
    "goods 100.00, paid 69.99": lambda: make_applicant([make_draft_line(price="100.00", amount="69.99")]),
    "SKU 1": lambda: make_applicant([line_of(1)]),
    "SKU 1, SKU 3": lambda: make_applicant([line_of(1), line_of(3)]),
    "3 units": lambda: make_applicant([make_draft_line(quantity=3)]),
    "a gift": lambda: make_applicant([line_of(1), make_draft_line(2, price="0.00", is_gift=True)]),
    "cash on delivery": lambda: make_applicant(payment_kind="cod"),
    "new buyer": lambda: make_applicant(buyer_id="new"),
    "blacklisted": lambda: make_applicant(
        rules=replace(RULES, buyers=BuyerBook(KNOWN.known, {(1, "buyer"): BlacklistHit(1, "fraud", stops=False)}))
    ),
    "nothing special": make_applicant,
    "freight unknown": make_applicant,
}


def order_of(text: str) -> Applicant:
    """The order that the table describes."""
    if text in ORDERS:
        return ORDERS[text]()
    word, _space, value = text.partition(" ")
    if word == "paid":
        return make_applicant([make_draft_line(price=value)])
    if word == "weighs":
        return make_applicant(weight=int(value.removesuffix(" g")))
    if word == "to":
        return make_applicant(region_code=value)
    if word == "at":
        return make_applicant(now=dt.datetime.fromisoformat(value))
    if word == "freight":
        return make_applicant(freight=value)
    return make_applicant(buyer_message=value) if word == "message" else make_applicant(seller_memo=value)


CONDITIONS = worked_table("approval", "conditions")


@pytest.mark.parametrize("row", CONDITIONS, ids=lambda row: f"{row['condition']} {row['the order']}")
def test_conditions(row: dict[str, str]) -> None:
    condition = read_condition(json.loads(row["condition"].strip("`")))
    assert condition.failure(order_of(row["the order"])) == (None if row["outcome"] == "passes" else row["outcome"])


def test_every_kind_is_in_the_table() -> None:
    assert {json.loads(row["condition"].strip("`"))["kind"] for row in CONDITIONS} == set(KINDS)


@pytest.mark.parametrize("row", worked_table("approval", "margin"), ids=lambda row: row["margin"])
def test_margin(row: dict[str, str]) -> None:
    lines = [
        make_draft_line(1, price=row["paid"]),
        make_draft_line(2, price="0.00", sku_id=2, is_gift=True),
        make_draft_line(3, price="50.00", sku_id=3, refund="refunded"),
    ]
    order = replace(make_order(make_draft(lines, post=row["postage"])), terms=Terms(Decimal(row["freight"])))
    skus = [make_sku(1, cost=row["cost"]), make_sku(2, cost=row["gifts"]), make_sku(3, cost="30.00")]
    rules = RuleFacts(costs={1: ShopCosts(Decimal(row["fee %"]), Decimal(row["packing"]))})
    margin = margin_of(order, replace(make_snapshot(skus), rules=rules))
    assert margin is not None
    assert margin.amount == Decimal(row["margin"])
    assert round(margin.percent, 1) == Decimal(row["%"])


def make_policy(number: int, *conditions: Mapping[str, Any], shops: frozenset[int] = frozenset()) -> PolicyFacts:
    read: list[Condition] = [read_condition(data) for data in conditions]
    return PolicyFacts(RuleHead(number, 4, f"policy {number}", shops), in_order(read))


def approved(order: OrderPlan, **policies: tuple[PolicyFacts, ...]) -> OrderPlan:
    snapshot: Snapshot = replace(make_snapshot([make_sku(1)]), **policies)  # type: ignore[arg-type]
    return plan_approve(Plan((order,)), snapshot).orders[0]


CHEAP = {"kind": "amount", "max": "50"}
NO_TEXT = {"kind": "message", "mode": "absent"}


def test_first_policy_in_rank_that_is_met_decides_and_those_before_it_say_why_not() -> None:
    order = make_order(make_draft([make_draft_line(price="60.00")], buyer_message="急"))
    plan = approved(order, cs_policies=(make_policy(1, CHEAP, NO_TEXT), make_policy(2), make_policy(3)))
    decision = plan.decisions[0]
    assert (decision.rule_id, decision.rule_version, decision.rule_kind) == (2, 4, "approval")
    assert [(item.rule_id, set(item.codes)) for item in decision.passed_over] == [(1, {"amount_above", "has_message"})]
    assert (plan.cs_passed, plan.finance_passed, plan.state) == (True, False, "finance_review")


def test_policies_of_other_shops_are_not_asked() -> None:
    plan = approved(make_order(make_draft()), cs_policies=(make_policy(1, shops=frozenset({2})),))
    assert [(decision.code, decision.passed_over) for decision in plan.decisions] == [("no_policy", ())]


@pytest.mark.parametrize(
    ("draft", "code"),
    [({"held": True}, "held"), ({"attention": ("changed_after_audit",)}, "changed_after_audit")],
)
def test_what_a_person_must_see_passes_by_no_policy(draft: dict[str, Any], code: str) -> None:
    plan = approved(make_order(make_draft(**draft)), cs_policies=(make_policy(1),))
    assert (plan.cs_passed, plan.decisions[0].code) == (False, code)


def test_person_passes_what_no_policy_does() -> None:
    plan = approved(make_order(make_draft(held=True, approved_by=7)), finance_policies=(make_policy(1),))
    assert (plan.cs_passed, plan.finance_passed) == (True, True)


def test_with_many_policies_the_first_ones_are_told() -> None:
    policies = tuple(make_policy(number, CHEAP) for number in range(40))
    plan = approved(make_order(make_draft([make_draft_line(price="60.00")])), cs_policies=policies)
    assert len(plan.decisions[0].passed_over) == MOST_PASSED_OVER


def test_expected_margin_is_noted_on_the_order() -> None:
    order = replace(make_order(make_draft([make_draft_line(price="60.00")])), terms=Terms(Decimal("8.00")))
    plan = approved(order, cs_policies=(make_policy(1),))
    assert plan.terms.margin == Decimal("47.00")
    assert plan.decisions[0].facts["margin"]["margin"] == "47.00"


CONDITION_KINDS: tuple[Mapping[str, Any], ...] = (
    {"kind": "amount", "min": "50"},
    {"kind": "amount", "max": "80"},
    {"kind": "message", "mode": "absent"},
    {"kind": "region", "mode": "in", "regions": ["33"]},
    {"kind": "first_time", "wanted": True},
)


@st.composite
def audits(draw: st.DrawFn) -> dict[str, tuple[PolicyFacts, ...]]:
    conditions = st.lists(st.sampled_from(CONDITION_KINDS), min_size=1, max_size=3)
    shops = st.sampled_from((frozenset[int](), frozenset({1}), frozenset({2})))
    return {
        audit: tuple(
            make_policy(number, *draw(conditions), shops=draw(shops)) for number in range(1, draw(st.integers(1, 14)))
        )
        for audit in ("cs", "finance")
    }


@st.composite
def batches(draw: st.DrawFn) -> tuple[OrderPlan, ...]:
    drafts = (
        make_draft(
            [make_draft_line(price=draw(st.sampled_from(("40.00", "60.00", "90.00"))))],
            key=key,
            shop_id=draw(st.sampled_from((1, 2))),
            buyer_message=draw(st.sampled_from(("", "快点"))),
            region_code=draw(st.sampled_from(("330106", "440305"))),
            buyer_id=draw(st.sampled_from(("buyer", "new"))),
        )
        for key in range(draw(st.integers(2, 12)))
    )
    return tuple(map(make_order, drafts))


def outcome_by_hand(
    order: OrderPlan, snapshot: Snapshot, policies: tuple[PolicyFacts, ...]
) -> tuple[int | None, list[Any]]:
    """The first policy that is met, and the failures of those before it, found with every condition asked."""
    told: list[Any] = []
    for policy in policies:
        if policy.head.shops and order.draft.shop_id not in policy.head.shops:
            continue
        answers = [condition.failure(Applicant(order, snapshot)) for condition in policy.conditions]
        failures = list(dict.fromkeys(answer for answer in answers if answer is not None))
        if not failures:
            return policy.head.id, told[:MOST_PASSED_OVER]
        told.append((policy.head.id, tuple(failures)))
    return None, told[:MOST_PASSED_OVER]


@given(audits(), batches())
@settings(max_examples=150, deadline=None)
def test_ways_remembered_from_other_orders_change_no_verdict(
    policies: dict[str, tuple[PolicyFacts, ...]], orders: tuple[OrderPlan, ...]
) -> None:
    rules = replace(RULES, buyers=replace(RULES.buyers, known=KNOWN.known))
    snapshot = replace(
        make_snapshot([make_sku(1)]),
        rules=rules,
        cs_policies=policies["cs"],
        finance_policies=policies["finance"],
    )
    for order in plan_approve(Plan(orders), snapshot).orders:
        for decision in order.decisions:
            audit = "cs" if decision.stage == "cs_audit" else "finance"
            passed = [(one.rule_id, one.codes) for one in decision.passed_over]
            by_hand = outcome_by_hand(order, snapshot, policies[audit])
            assert (decision.rule_id, passed) == by_hand
