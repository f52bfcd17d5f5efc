"""Approve by policy: which audits an order passes without a person.

An audit is passed when one policy of its kind has every condition met; policies are tried in rank order. A person's
audit (``Draft.approved_by``) passes the customer service audit whatever the policies say. Orders that are held, or that changed
after a person had audited them, never pass by policy. The margin that the order is expected to earn is noted either way.
"""

from __future__ import annotations

from dataclasses import replace

from orders.engine.approval.applicant import Applicant
from orders.engine.approval.base import Condition
from orders.engine.decisions import Decision, Outcome, PassedOver
from orders.engine.reasons import Attention
from orders.engine.values import OrderPlan, Plan, PolicyFacts, Snapshot

CS_STAGE = "cs_audit"
FINANCE_STAGE = "finance_audit"

MOST_PASSED_OVER = 10
"""Policies that a decision tells of; with fifty of them nobody reads the rest."""


def plan_approve(plan: Plan, snapshot: Snapshot) -> Plan:
    """Decide both audits of every order that nothing has stopped."""
    policies = Policies(snapshot)
    return replace(plan, orders=tuple(_approve(order, snapshot, policies) for order in plan.orders))


Asked = tuple[PolicyFacts, tuple[int, ...]]
"""A policy, and the numbers of its conditions."""


class Policies:
    """The policies of each audit, by shop: sorted out once for the batch, each distinct condition under a number of its own."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._all = {CS_STAGE: snapshot.cs_policies, FINANCE_STAGE: snapshot.finance_policies}
        self._by_shop: dict[tuple[str, int], tuple[Asked, ...]] = {}
        self._numbers: dict[Condition, int] = {}

    def of(self, stage: str, shop_id: int) -> tuple[Asked, ...]:
        """The policies of an audit that are for the shop, in rank order."""
        found = self._by_shop.get((stage, shop_id))
        if found is None:
            found = self._by_shop[stage, shop_id] = tuple(
                (policy, tuple(self._numbers.setdefault(one, len(self._numbers)) for one in policy.conditions))
                for policy in self._all[stage]
                if not policy.head.shops or shop_id in policy.head.shops
            )
        return found


class _Answers(dict[int, str | None]):
    """What an order answers to each distinct condition, asked once whatever the number of policies that have it."""

    def __init__(self, applicant: Applicant) -> None:
        super().__init__()
        self.applicant = applicant

    def of(self, policy: PolicyFacts, numbers: tuple[int, ...]) -> list[str | None]:
        """The answers to all conditions of the policy."""
        for number, condition in zip(numbers, policy.conditions, strict=True):
            if number not in self:
                self[number] = condition.failure(self.applicant)
        return [self[number] for number in numbers]

    def meets(self, policy: PolicyFacts, numbers: tuple[int, ...]) -> bool:
        """Whether every condition of the policy holds; asks no more than it must."""
        for position, number in enumerate(numbers):
            if number not in self:
                self[number] = policy.conditions[position].failure(self.applicant)
            if self[number] is not None:
                return False
        return True


def _approve(order: OrderPlan, snapshot: Snapshot, policies: Policies) -> OrderPlan:
    if order.waits:
        return order
    draft = order.draft
    applicant = Applicant(order, snapshot)
    answers = _Answers(applicant)
    margin = applicant.margin
    terms = order.terms if margin is None else replace(order.terms, margin=margin.amount)
    if draft.approved_by is not None:
        cs = Decision(CS_STAGE, Outcome.APPLIED, "approved_by_person", facts={"staff": draft.approved_by})
    elif draft.held:
        cs = Decision(CS_STAGE, Outcome.REJECTED, "held")
    elif Attention.CHANGED_AFTER_AUDIT in draft.attention:
        cs = Decision(CS_STAGE, Outcome.REJECTED, Attention.CHANGED_AFTER_AUDIT)
    else:
        cs = _decide_audit(CS_STAGE, answers, policies.of(CS_STAGE, draft.shop_id))
    if cs.outcome is not Outcome.APPLIED:
        return order.decided(cs, terms=terms)
    finance = _decide_audit(FINANCE_STAGE, answers, policies.of(FINANCE_STAGE, draft.shop_id))
    return replace(
        order,
        decisions=(*order.decisions, cs, finance),
        cs_passed=True,
        finance_passed=finance.outcome is Outcome.APPLIED,
        terms=terms,
    )


def _decide_audit(stage: str, answers: _Answers, policies: tuple[Asked, ...]) -> Decision:
    """The decision of one audit: the first policy without a failed condition, or what failed in each."""
    margin = answers.applicant.margin
    facts = {} if margin is None else {"margin": margin.to_json()}
    passed: list[PassedOver] = []
    for policy, numbers in policies:
        head = policy.head
        if answers.meets(policy, numbers):
            return Decision(
                stage,
                Outcome.APPLIED,
                "approved_by_policy",
                rule_id=head.id,
                rule_version=head.version,
                rule_name=head.name,
                facts=facts,
                passed_over=tuple(passed),
                rule_kind="approval",
            )
        if len(passed) < MOST_PASSED_OVER:
            passed.append(PassedOver(head.id, head.version, head.name, _failures(answers.of(policy, numbers))))
    code = "no_policy_met" if policies else "no_policy"
    return Decision(stage, Outcome.REJECTED, code, facts=facts, passed_over=tuple(passed))


def _failures(answers: list[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([code for code in answers if code is not None]))
