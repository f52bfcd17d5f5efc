"""Stage 3, approve by policy: which audits an order passes without a person.

An audit is passed when one policy of its kind has every condition met; policies are tried in rank order. A person's
audit (``Draft.approved_by``) passes the customer service audit whatever the policies say. Orders that are held, or that changed
after a person had audited them, never pass by policy.
"""

from __future__ import annotations

from dataclasses import replace

from orders.engine.decisions import Decision, Outcome, PassedOver
from orders.engine.reasons import Attention
from orders.engine.values import Draft, OrderPlan, Plan, PolicyFacts, Snapshot

CS_STAGE = "cs_audit"
FINANCE_STAGE = "finance_audit"


def plan_approve(plan: Plan, snapshot: Snapshot) -> Plan:
    """Decide both audits of every order that nothing has stopped."""
    return replace(plan, orders=tuple(_approve(order, snapshot) for order in plan.orders))


def _approve(order: OrderPlan, snapshot: Snapshot) -> OrderPlan:
    if order.waits:
        return order
    draft = order.draft
    if draft.approved_by is not None:
        cs = Decision(CS_STAGE, Outcome.APPLIED, "approved_by_person", facts={"staff": draft.approved_by})
    elif draft.held:
        cs = Decision(CS_STAGE, Outcome.REJECTED, "held")
    elif Attention.CHANGED_AFTER_AUDIT in draft.attention:
        cs = Decision(CS_STAGE, Outcome.REJECTED, Attention.CHANGED_AFTER_AUDIT)
    else:
        cs = decide_audit(CS_STAGE, draft, snapshot.cs_policies)
    if cs.outcome is not Outcome.APPLIED:
        return order.decided(cs)
    finance = decide_audit(FINANCE_STAGE, draft, snapshot.finance_policies)
    return order.decided(cs, cs_passed=True).decided(finance, finance_passed=finance.outcome is Outcome.APPLIED)


def decide_audit(stage: str, draft: Draft, policies: tuple[PolicyFacts, ...]) -> Decision:
    """The decision of one audit: the first policy without a failed condition, or what failed in each."""
    passed: list[PassedOver] = []
    for policy in policies:
        head = policy.head
        if head.shops and draft.shop_id not in head.shops:
            continue
        codes = _failed_conditions(draft, policy)
        if not codes:
            return Decision(
                stage,
                Outcome.APPLIED,
                "approved_by_policy",
                rule_id=head.id,
                rule_version=head.version,
                rule_name=head.name,
                passed_over=tuple(passed),
            )
        passed.append(PassedOver(head.id, head.version, head.name, codes))
    code = "no_policy_met" if passed else "no_policy"
    return Decision(stage, Outcome.REJECTED, code, passed_over=tuple(passed))


def _failed_conditions(draft: Draft, policy: PolicyFacts) -> tuple[str, ...]:
    codes: list[str] = []
    if policy.min_amount is not None and draft.paid_amount < policy.min_amount:
        codes.append("amount_below")
    if policy.max_amount is not None and draft.paid_amount > policy.max_amount:
        codes.append("amount_above")
    if draft.buyer_message and not policy.allow_message:
        codes.append("has_message")
    if draft.seller_memo and not policy.allow_memo:
        codes.append("has_memo")
    if draft.payment_kind == "cod" and not policy.allow_cod:
        codes.append("cash_on_delivery")
    return tuple(codes)
