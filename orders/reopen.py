"""A policy that goes live passes the orders that wait for a customer service audit and that it would pass: batch by batch.

    policy goes live → message → read a batch of waiting orders, decide as the pipeline would, mark those that pass → next message

Found by what changed: orders of the policy's shops, and of them only those that the engine passes by this version of this policy. Orders
that are held or intercepted, that changed after an audit, or whose audit a person took back are left to people. Nothing but the marking
is written here: the pipeline decides again, under lock, and notes the policy in its decision. A newer version of the policy ends the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from oms.core import outbox
from oms.core.tasks import DELIVER_TASK, ring
from oms.core.versions import RuleWentLive
from orders.actions import note
from orders.engine.approve import CS_STAGE, UNAUDITED
from orders.engine.reasons import Attention
from orders.engine.values import OrderPlan
from orders.locks import mark_due
from orders.models import ApprovalPolicy, Order
from orders.pipeline import decide
from orders.processing.existing import load_existing
from orders.processing.load import load_snapshot
from orders.states import CS_REVIEW

TOPIC = "orders.reopen"
BATCH = 500
PROCESS_TASK = "orders.process_due"


@dataclass(frozen=True, slots=True)
class Found:
    """One batch: the last order looked at (None: there are no more), the orders that the policy would pass, and its name."""

    last: int | None
    passing: tuple[int, ...] = ()
    policy: str = ""


def tell_live(event: RuleWentLive) -> None:
    """Orders may wait for what this policy says now."""
    if event.kind != "approval":
        return
    policy = ApprovalPolicy.objects.filter(id=event.rule_id, enabled=True, audit=ApprovalPolicy.Audit.CUSTOMER_SERVICE)
    if policy.exists():
        _go_on(event.rule_id, event.version, 0)


def _go_on(policy_id: int, version: int, after: int) -> None:
    outbox.put(TOPIC, f"{policy_id}.{version}.{after}", {"policy": policy_id, "version": version, "after": after})
    transaction.on_commit(lambda: ring(DELIVER_TASK))


def find(policy_id: int, version: int, after: int) -> Found:
    """The next batch of waiting orders and what the engine says of them. The number of queries does not depend on the batch."""
    policy = ApprovalPolicy.objects.filter(id=policy_id, version=version, enabled=True).first()
    if policy is None:
        return Found(None)
    waiting = Order.objects.filter(state=CS_REVIEW, held=False, intercepted=False, id__gt=after).exclude(
        Q(left_alone__contains=[UNAUDITED]) | Q(attention__contains=[Attention.CHANGED_AFTER_AUDIT])
    )
    if policy.shops:
        waiting = waiting.filter(shop_id__in=policy.shops)
    ids = list(waiting.order_by("id").values_list("id", flat=True)[:BATCH])
    drafts = [subject.draft for subject in load_existing(ids, first_key=0)]
    plans = (
        decide(drafts, load_snapshot(drafts, timezone.now(), lock_stock=False, merging=False)).orders if drafts else ()
    )
    passing = {plan.draft.key for plan in plans if _passed_by(plan, policy_id)}
    return Found(
        ids[-1] if len(ids) == BATCH else None,
        tuple(order_id for key, order_id in enumerate(ids) if key in passing),
        policy.name,
    )


def _passed_by(plan: OrderPlan, policy_id: int) -> bool:
    return any(d.stage == CS_STAGE and d.rule_id == policy_id and plan.cs_passed for d in plan.decisions)


def reopen(order_ids: Sequence[int], policy: str) -> None:
    """Have the orders decided again, with a line in their history that says why."""
    if order_ids:
        mark_due(order_ids)
        note(order_ids, "reopen", actor_id=None, reason=policy)
        transaction.on_commit(lambda: ring(PROCESS_TASK))


@outbox.handles(TOPIC, gives_up=False)
class ReopenHandler:
    """Nothing is called outside: the news is for ourselves. A batch is read before the transaction that finishes its message."""

    def call(self, message: outbox.Message) -> Found:
        payload: Mapping[str, Any] = message.payload
        return find(payload["policy"], payload["version"], payload["after"])

    def record(self, message: outbox.Message, answer: Found) -> None:
        reopen(answer.passing, answer.policy)
        if answer.last is not None:
            _go_on(message.payload["policy"], message.payload["version"], answer.last)

    def failed(self, message: outbox.Message, failure: outbox.DeliveryFailure, *, final: bool) -> None:
        """Only an error of ours can have stopped it. It stays due; ``outbox.no_internal_error`` tells a person."""
