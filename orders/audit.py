"""What people decide about orders: audit, finance audit, un-audit, hold, release, cancel, try again.

Every action takes ids (already narrowed to what the person may touch), works in chunks of one transaction with a constant number of
statements, and answers for every row. A customer service audit runs the same stages as the automatic pipeline, with the person in
the place of a policy. Locks: shipments before orders, stock last (docs/locking.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Func, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.again import fresh, in_chunks
from oms.core.collector import without_collector
from oms.core.lifecycle import move
from oms.core.tasks import ring
from orders.actions import NEXT_VERSION, bump, check_rows, final_payment_missing, note
from orders.engine.approve import UNAUDITED
from orders.explain import advice_of, label_of
from orders.locks import lock_orders, lock_with_parcels, mark_due
from orders.models import Order
from orders.pipeline import decide
from orders.processing.apply import apply_plan
from orders.processing.existing import load_existing
from orders.processing.gifts import give_back_gifts
from orders.processing.load import load_snapshot
from orders.processing.release import load_shipment_requests
from orders.states import BEFORE_CS_AUDIT, FINANCE_REVIEW, OPEN, ORDER, RESERVED
from orders.undo import release_orders
from promotions.allotment import CANCELLED
from warehouse.shipments import clear_intercept, intercept, release_shipments
from warehouse.states import CALLABLE_BACK, SHIPPED

Versions = Mapping[int, int] | None

PROCESS_TASK = "orders.process_due"


@in_chunks
def audit(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Customer service audit: the order passes on the person's word, if goods, route and stock are right.

    An order for which they are not is refused with the reason and stays where it is.
    """
    return sum((_audit_chunk(ids, actor_id, versions) for ids in chunks(order_ids)), ActionResult())


def _audit_chunk(ids: list[int], actor_id: int, versions: Versions) -> ActionResult:
    with without_collector():
        return fresh(lambda lock_stock: _audit(ids, actor_id, versions, lock_stock=lock_stock))


def _audit(ids: list[int], actor_id: int, versions: Versions, *, lock_stock: bool) -> ActionResult:
    locked = lock_orders(ids)
    refused = check_rows(ids, locked, BEFORE_CS_AUDIT, versions)
    _refuse_stopped(ids, locked, refused)
    ready = [order_id for order_id in ids if order_id not in refused]
    if not ready:
        return ActionResult((), refused)
    now = timezone.now()
    subjects = load_existing(ready, first_key=0, approved_by=actor_id)
    drafts = [subject.draft for subject in subjects]
    plans = decide(drafts, load_snapshot(drafts, now, lock_stock=lock_stock, merging=False)).orders
    # Without merging every result has one source; the routing may have divided it, and each part must be right then.
    order_of = {subject.draft.key: order_id for subject, order_id in zip(subjects, ready, strict=True)}
    for plan in plans:
        if plan.exceptions:
            reason = plan.exceptions[0]
            refused[order_of[plan.draft.key]] = Refusal(reason, f"{label_of(reason)} {advice_of(reason)}")
    passing = [plan for plan in plans if order_of[plan.draft.key] not in refused]
    apply_plan(
        subjects,
        passing,
        now=now,
        run=uuid.uuid4(),
        actor_id=actor_id,
    )
    return ActionResult(tuple(order_id for order_id in ready if order_id not in refused), refused)


def _refuse_stopped(ids: Sequence[int], locked: Mapping[int, Mapping[str, Any]], refused: dict[int, Refusal]) -> None:
    for order_id in ids:
        if order_id in refused:
            continue
        if locked[order_id]["held"]:
            refused[order_id] = Refusal("held", _("The order is held. Release it first."))
        elif locked[order_id]["intercepted"]:
            refused[order_id] = Refusal(
                "intercepted", _("The order is intercepted. See on its page why, and cancel it or clear the reason.")
            )
        elif locked[order_id]["deposit"] is not None:
            refused[order_id] = final_payment_missing()


@in_chunks
def finance_audit(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Finance audit: the order goes to the warehouse."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            now, run = timezone.now(), uuid.uuid4()
            locked = lock_orders(ids)
            refused = check_rows(ids, locked, {FINANCE_REVIEW}, versions)
            _refuse_stopped(ids, locked, refused)
            ready = [order_id for order_id in ids if order_id not in refused]
            move(
                ORDER,
                Order,
                ready,
                "finance_audit",
                actor_id=actor_id,
                run=run,
                values={"approved_at": now},
                assignments=NEXT_VERSION,
            )
            release_shipments(load_shipment_requests(ready), at=now, actor_id=actor_id, run=run)
            result += ActionResult(tuple(ready), refused)
    return result


@in_chunks
def unaudit(order_ids: Sequence[int], *, actor_id: int, reason: str = "", versions: Versions = None) -> ActionResult:
    """Take the audit back: the shipment is called back, the stock given back, and the order waits for audit again."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            live, locked = lock_with_parcels(ids)
            refused = check_rows(ids, locked, RESERVED, versions)
            for order_id in ids:
                state = live[order_id][1] if order_id in live else ""
                if order_id not in refused and state and state not in CALLABLE_BACK:
                    refused[order_id] = Refusal(
                        "in_the_warehouse",
                        _("The warehouse is already working on the parcel. Hold the order: the next scan stops it."),
                    )
            ready = [order_id for order_id in ids if order_id not in refused]
            run = uuid.uuid4()
            release_orders(ready, reason=reason or "unaudit", actor_id=actor_id, run=run)
            move(ORDER, Order, ready, "unaudit", actor_id=actor_id, reason=reason, run=run)
            bump(ready, approved_at=None, left_alone=_MARKED)
            result += ActionResult(tuple(ready), refused)
    return result


_MARKED = Func(
    Func(F("left_alone"), Value(UNAUDITED), function="array_remove"), Value(UNAUDITED), function="array_append"
)
"""``left_alone`` with the mark of orders whose audit a person took back."""


@in_chunks
def hold(order_ids: Sequence[int], *, actor_id: int, reason: str, versions: Versions = None) -> ActionResult:
    """Put orders aside: policies leave them alone, and the warehouse is stopped at its next scan."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            _live, locked = lock_with_parcels(ids)
            refused = check_rows(ids, locked, OPEN, versions)
            ready = [order_id for order_id in ids if order_id not in refused]
            intercept(ready, reason=reason or _("held"))
            bump(ready, held=True, hold_reason=reason[:200])
            note(ready, "hold", actor_id=actor_id, reason=reason)
            result += ActionResult(tuple(ready), refused)
    return result


@in_chunks
def release(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Let held orders go on; those before the audit are looked at again at once."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            _live, locked = lock_with_parcels(ids)
            refused = check_rows(ids, locked, OPEN, versions)
            for order_id in ids:
                if order_id not in refused and not locked[order_id]["held"]:
                    refused[order_id] = Refusal("not_held", _("The order is not held."))
            ready = [order_id for order_id in ids if order_id not in refused]
            clear_intercept([order_id for order_id in ready if not locked[order_id]["intercepted"]])
            bump(ready, held=False, hold_reason="")
            _due([order_id for order_id in ready if locked[order_id]["state"] in BEFORE_CS_AUDIT])
            note(ready, "release", actor_id=actor_id)
            result += ActionResult(tuple(ready), refused)
    return result


@in_chunks
def cancel(order_ids: Sequence[int], *, actor_id: int, reason: str, versions: Versions = None) -> ActionResult:
    """Cancel orders whose parcel has not left: the shipment is cancelled and the stock given back."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            live, locked = lock_with_parcels(ids)
            refused = check_rows(ids, locked, OPEN, versions)
            for order_id in ids:
                if order_id not in refused and order_id in live and live[order_id][1] == SHIPPED:
                    refused[order_id] = Refusal("shipped", _("The parcel has already left."))
            ready = [order_id for order_id in ids if order_id not in refused]
            run = uuid.uuid4()
            give_back_gifts(ready, CANCELLED)
            release_orders(ready, reason=reason or "cancel", actor_id=actor_id, run=run)
            move(
                ORDER,
                Order,
                ready,
                "cancel",
                actor_id=actor_id,
                reason=reason,
                run=run,
                values={"reprocess_at": None},
                assignments=NEXT_VERSION,
            )
            result += ActionResult(tuple(ready), refused)
    return result


@in_chunks
def reprocess(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Have orders before the audit decided anew, with the rules and the stock of now."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            refused = check_rows(ids, lock_orders(ids), BEFORE_CS_AUDIT, versions)
            ready = [order_id for order_id in ids if order_id not in refused]
            _due(ready)
            note(ready, "reprocess", actor_id=actor_id)
            result += ActionResult(tuple(ready), refused)
    return result


def _due(order_ids: Sequence[int]) -> None:
    if order_ids:
        mark_due(order_ids)
        transaction.on_commit(lambda: ring(PROCESS_TASK))
