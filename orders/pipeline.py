"""An order's way, from a due trade to a parcel that the warehouse may pick. One line a stage.

    claim due trades and orders → follow changed trades → load a snapshot → the stages → apply

One transaction a batch: the claimed rows are locked and skipped by other workers, so that any number of processes share the
work, and a process that dies leaves no trace. When another batch took the stock that a plan counted on, the batch is rolled back
and planned anew, this time with the stock locked first. A batch that stops on an error of ours is done in parts, and what cannot
be done alone is set aside (``orders.apart``), so that it holds up nobody.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from oms.core.again import again, fresh
from oms.core.boundary import is_of_one, work_apart
from oms.core.collector import without_collector
from oms.core.errors import StalePlan
from orders import apart
from orders.apart import DueThing
from orders.engine.approve import plan_approve
from orders.engine.assign import plan_assign
from orders.engine.deposit import plan_deposit
from orders.engine.expand import plan_expand
from orders.engine.match import plan_match
from orders.engine.merge import plan_merge
from orders.engine.presale import plan_presale
from orders.engine.promote import plan_promote, plan_promote_merged
from orders.engine.reserve import plan_reserve
from orders.engine.route import plan_route
from orders.engine.screen import plan_screen
from orders.engine.split_rules import plan_split
from orders.engine.values import Draft, Plan, Snapshot, start_plan
from orders.locks import DueTrade, claim_due_orders, claim_due_trades
from orders.memos import with_own_memos
from orders.models import Trade
from orders.processing.apply import apply_plan
from orders.processing.existing import load_existing
from orders.processing.follow import follow_changes
from orders.processing.load import load_snapshot
from orders.processing.subjects import Subject, subject_of_trade
from orders.trades.intake import plan_state, standing_of

Stage = Callable[[Plan, Snapshot], Plan]

LINE_STAGES: tuple[Stage, ...] = (
    plan_screen,
    plan_match,
    plan_expand,
    plan_deposit,
    plan_promote,
    plan_presale,
    plan_split,
    plan_merge,
    plan_promote_merged,
)
"""What an order is: its lines, and which orders there are."""

PARCEL_STAGES: tuple[Stage, ...] = (
    plan_route,
    plan_assign,
    plan_approve,
    plan_reserve,
)
"""What becomes of it."""

STAGES = LINE_STAGES + PARCEL_STAGES

BATCH = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch: trades and orders looked at, and orders by the state they reached."""

    trades: int = 0
    orders: int = 0
    states: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.trades + self.orders

    def __add__(self, other: BatchResult) -> BatchResult:
        return BatchResult(
            self.trades + other.trades,
            self.orders + other.orders,
            self.states + other.states,
            self.exceptions + other.exceptions,
        )


def decide(drafts: Sequence[Draft], snapshot: Snapshot) -> Plan:
    """The whole decision about a batch: pure, and the same for a real run, a preview and a what-if."""
    return run_stages(start_plan(tuple(drafts), snapshot), snapshot, STAGES)


def run_stages(plan: Plan, snapshot: Snapshot, stages: Sequence[Stage]) -> Plan:
    """The plan after the stages, one after the other."""
    for stage in stages:
        plan = stage(plan, snapshot)
    return plan


def process_batch(limit: int = BATCH) -> BatchResult:
    """Process up to ``limit`` due trades and orders; an empty result means that nothing was due."""
    claimed: list[DueThing] = []
    try:
        return _process_again(limit, claimed)
    except Exception as error:
        if not claimed or not is_of_one(error):
            raise
        logger.warning("a batch of %s stopped (%s) and is done in parts", len(claimed), type(error).__name__)
    results, poisoned = work_apart(claimed, lambda part: _process_again(len(part), [], only=part))
    apart.set_aside(poisoned)
    return sum(results, BatchResult(trades=len(poisoned)))


def process_orders(order_ids: Sequence[int]) -> BatchResult:
    """Process these orders now, if they are due and nobody holds them: for a person who waits for the answer.

    What cannot be done at once stays due, and the next sweep does it.
    """
    try:
        return _process_again(len(order_ids), [], only=[DueThing("order", order_id) for order_id in order_ids])
    except StalePlan:
        return BatchResult()


def _process_again(limit: int, claimed: list[DueThing], *, only: Sequence[DueThing] | None = None) -> BatchResult:
    """One batch, again when others took what its plan counted on. ``claimed`` is told what the batch holds."""

    def process(lock_stock: bool) -> BatchResult:
        claimed.clear()
        return _process(limit, timezone.now(), lock_stock=lock_stock, only=only, claimed=claimed)

    # A batch that follows changes gives stock back before it counts gifts; two of them may lock each other out.
    with without_collector():
        return again(lambda: fresh(process))


def process_due(batch: int = BATCH, *, progress: Callable[[BatchResult], None] | None = None) -> BatchResult:
    """Process batch after batch until nothing is due."""
    total = BatchResult()
    while (result := process_batch(batch)).total:
        total += result
        if progress is not None:
            progress(total)
    return total


def _process(
    limit: int,
    now: dt.datetime,
    *,
    lock_stock: bool,
    only: Sequence[DueThing] | None = None,
    claimed: list[DueThing] | None = None,
) -> BatchResult:
    run = uuid.uuid4()
    claimed = [] if claimed is None else claimed
    trades = with_own_memos(claim_due_trades(limit, only=apart.ids_of(only, "trade")))
    claimed += [DueThing("trade", trade.id) for trade in trades]
    ripe = _put_aside([trade for trade in trades if trade.order_id is None])
    subjects: list[Subject] = [subject_of_trade(key, trade) for key, trade in enumerate(ripe)]
    changed = [trade for trade in trades if trade.order_id is not None]
    subjects += follow_changes(changed, first_key=len(subjects), run=run)
    Trade.objects.filter(id__in=[trade.id for trade in changed]).update(state=Trade.State.SETTLED)
    following = {subject.draft.order_id for subject in subjects}
    due = claim_due_orders(limit - len(trades), only=apart.ids_of(only, "order"))
    claimed += [DueThing("order", order_id) for order_id in due]
    others = [order_id for order_id in due if order_id not in following]
    subjects += load_existing(others, first_key=len(subjects))
    if not subjects:
        return BatchResult(trades=len(trades))
    drafts = [subject.draft for subject in subjects]
    plan = decide(drafts, load_snapshot(drafts, now, lock_stock=lock_stock))
    apply_plan(subjects, plan.orders, now=now, run=run)
    return BatchResult(
        trades=len(trades),
        orders=len(others),
        states=Counter(order.state for order in plan.orders),
        exceptions=Counter(reason for order in plan.orders for reason in order.exceptions),
    )


def _put_aside(trades: Sequence[DueTrade]) -> list[DueTrade]:
    """The trades that are to become orders now; those that were closed or stopped meanwhile get the state that fits them."""
    ripe: list[DueTrade] = []
    aside: dict[str, list[int]] = {}
    for trade in trades:
        state = Trade.State.REJECTED if trade.reason_code else plan_state(**standing_of(trade.document), before="")
        if state == Trade.State.DUE:
            ripe.append(trade)
        else:
            aside.setdefault(state, []).append(trade.id)
    for state, ids in aside.items():
        Trade.objects.filter(id__in=ids).update(state=state)
    return ripe
