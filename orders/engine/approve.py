"""Approve by policy: which audits an order passes without a person.

An audit is passed when one policy of its kind has every condition met; policies are tried in rank order. A person's
audit (``Draft.approved_by``) passes the customer service audit whatever the policies say. Orders that are held, that changed after
a person had audited them, or whose audit a person took back never pass by policy. The margin that the order is expected to earn is
noted either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oms.core.values import replace
from orders.engine.approval.applicant import Applicant
from orders.engine.approval.base import Condition
from orders.engine.decisions import Decision, Outcome, PassedOver
from orders.engine.reasons import Attention
from orders.engine.values import OrderPlan, Plan, PolicyFacts, Snapshot

CS_STAGE = "cs_audit"
FINANCE_STAGE = "finance_audit"

UNAUDITED = "approval"
"""The mark (``Draft.left_alone``) of orders whose audit a person took back: a person has to audit them again."""

MOST_PASSED_OVER = 10
"""Policies that a decision tells of; with fifty of them nobody reads the rest."""


def plan_approve(plan: Plan, snapshot: Snapshot) -> Plan:
    """Decide both audits of every order that nothing has stopped."""
    policies = Policies(snapshot)
    return replace(plan, orders=tuple(_approve(order, snapshot, policies) for order in plan.orders))


Verdict = tuple[PolicyFacts | None, tuple[PassedOver, ...]]
"""The policy that passes an audit (None: nobody's conditions are met), and what was passed over before it."""


@dataclass(slots=True)
class _Step:
    """A step of a walk: the condition to be asked next and where its answers lead, or, when ``asks`` is None, the verdict."""

    asks: Condition | None
    number: int = 0
    leads: dict[str | None, _Step] = field(default_factory=dict)
    verdict: Verdict = (None, ())


class _Walk:
    """The way through the policies of an audit, in rank order.

    What is asked next, and what comes out, depends on the answers so far and on nothing else: a way that one order went is remembered
    for the others. A policy that fails is asked for all its failures while there is room to tell of it, for the first one alone after that.
    """

    def __init__(self, policies: tuple[PolicyFacts, ...], numbers: dict[Condition, int]) -> None:
        self.policies = policies
        self._numbers = numbers
        self._first = self._ask_on({})

    def verdict(self, answers: _Answers) -> Verdict:
        """Where the order's answers lead."""
        step = self._first
        # What the other audit asked is left out: the way must depend on nothing that was not asked on it.
        given: dict[int, str | None] = {}
        while step.asks is not None:
            answer = given[step.number] = answers.to(step.number, step.asks)
            further = step.leads.get(answer)
            if further is None:
                further = step.leads[answer] = self._ask_on(given)
            step = further
        return step.verdict

    def _ask_on(self, answers: Mapping[int, str | None]) -> _Step:
        """The first condition that is not answered yet although the walk needs it, or the verdict."""
        passed: list[PassedOver] = []
        for policy in self.policies:
            told = len(passed) < MOST_PASSED_OVER
            failures: list[str] = []
            for condition in policy.conditions:
                number = self._numbers.setdefault(condition, len(self._numbers))
                if number not in answers:
                    return _Step(condition, number)
                failure = answers[number]
                if failure is not None:
                    failures.append(failure)
                    if not told:
                        break
            if not failures:
                return _Step(None, verdict=(policy, tuple(passed)))
            if told:
                head = policy.head
                passed.append(PassedOver(head.id, head.version, head.name, tuple(dict.fromkeys(failures))))
        return _Step(None, verdict=(None, tuple(passed)))


class Policies:
    """The walks of a batch, one for each audit and shop; each distinct condition has a number of its own."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._all = {CS_STAGE: snapshot.cs_policies, FINANCE_STAGE: snapshot.finance_policies}
        self._walks: dict[tuple[str, int], _Walk] = {}
        self._numbers: dict[Condition, int] = {}

    def of(self, stage: str, shop_id: int) -> _Walk:
        """The walk through the policies of an audit that are for the shop."""
        found = self._walks.get((stage, shop_id))
        if found is None:
            fit = (one for one in self._all[stage] if not one.head.shops or shop_id in one.head.shops)
            found = self._walks[stage, shop_id] = _Walk(tuple(fit), self._numbers)
        return found


class _Answers(dict[int, str | None]):
    """What an order answers to each distinct condition, asked once whatever the number of policies that have it."""

    def __init__(self, applicant: Applicant) -> None:
        super().__init__()
        self._applicant = applicant
        margin = applicant.margin
        self.facts = {} if margin is None else {"margin": margin.to_json()}

    def to(self, number: int, condition: Condition) -> str | None:
        """Why the order does not meet the condition, None when it does."""
        if number not in self:
            self[number] = condition.failure(self._applicant)
        return self[number]


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
    elif UNAUDITED in draft.left_alone:
        cs = Decision(CS_STAGE, Outcome.REJECTED, "unaudited")
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


def _decide_audit(stage: str, answers: _Answers, walk: _Walk) -> Decision:
    """The decision of one audit: the first policy without a failed condition, or what failed in each."""
    policy, passed = walk.verdict(answers)
    if policy is None:
        code = "no_policy_met" if walk.policies else "no_policy"
        return Decision(stage, Outcome.REJECTED, code, facts=answers.facts, passed_over=passed)
    head = policy.head
    return Decision(
        stage,
        Outcome.APPLIED,
        "approved_by_policy",
        head.id,
        head.version,
        head.name,
        answers.facts,
        passed,
        "approval",
    )
