"""Writes the plan of a batch: everything in bulk, decisions and history in the same transaction, stock last.

Holds no business ``if``: the results of a plan are written as orders, the parents that they replace are closed and linked to them; what
the stock says at the end may make the whole plan stale. The number of statements does not depend on the size of the batch.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oms.core.bulk import Json, copy_rows, update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.lifecycle import move_each
from oms.core.numbering import business_day, number, reserve_ids
from oms.core.values import quick
from orders.actions import NEXT_VERSION
from orders.engine.values import OrderPlan
from orders.models import Order, OrderDecision, OrderLine, OrderLink, Trade
from orders.processing.columns import INSERT, LINE, REFRESH, RESULT, birth, line_rows, refresh, result
from orders.processing.gifts import allot_gifts
from orders.processing.subjects import Subject
from orders.states import ORDER, RESERVED, SUPERSEDED
from warehouse.locks import StockKey
from warehouse.models import Reservation
from warehouse.reservation import Demand, close, reserve
from warehouse.shipments import ShipmentLineRequest, ShipmentRequest, cancel_shipments, release_shipments

NUMBER_PREFIX = "SO"
OWN = "own"

ACTION_OF_STATE = {
    "exception": "except",
    "presale": "presale",
    "cs_review": "process",
    "finance_review": "cs_audit",
    "approved": "approve",
    "superseded": "supersede",
}
"""The action by which an existing order reaches the state of its plan."""


@quick
@dataclass(frozen=True, slots=True)
class Written:
    """A planned order as it stands in the database: its id, number, state, and the ids of its lines by position.

    ``is_new`` orders are inserted; ``takes_content`` of a changed trade; ``keeps`` says that an order which was replaced stays as it was.
    """

    plan: OrderPlan
    order_id: int
    order_no: str
    line_ids: tuple[int, ...]
    state: str
    is_new: bool
    takes_content: bool
    keeps: bool = False

    @property
    def relined(self) -> bool:
        """Whether the lines are written anew."""
        return not self.keeps and (self.is_new or self.takes_content or self.plan.relined)


def apply_plan(
    subjects: Sequence[Subject],
    plans: Sequence[OrderPlan],
    *,
    now: dt.datetime,
    run: uuid.UUID,
    actor_id: int | None = None,
    reason: str = "",
) -> list[Written]:
    """Write the result orders and close those they replace, in the caller's transaction; the results in their order.

    Raises StaleStock and StaleQuota. ``subjects`` are the batch's; a result may also replace locked orders outside it. ``actor_id`` and
    ``reason`` go into the history: nobody for the automatic run.
    """
    refreshed = {subject.draft.key for subject in subjects if subject.trade_id is not None}
    written = _identify(plans, refreshed, now)
    results, replaced = written[: len(plans)], written[len(plans) :]
    returned = _take_back(replaced, run, actor_id)
    copy_rows(
        Order,
        INSERT,
        (
            (*birth(w.plan, w.order_id, w.order_no, w.state, now), *refresh(w.plan, w.state, now))
            for w in written
            if w.is_new
        ),
    )
    _reline(written)
    _settle(written, now, run, actor_id, reason)
    _link(results, replaced, now, run)
    _write_decisions(written, now, run)
    _settle_trades(subjects)
    write_history(_birth_history(written, run, actor_id), at=now)
    release_shipments(
        [shipment_request(item) for item in results if item.state == "approved"], at=now, actor_id=actor_id, run=run
    )
    allot_gifts(
        [(w.plan, w.order_id) for w in results],
        [(w.plan, w.order_id) for w in replaced],
        [w.order_id for w in written if not w.is_new],
        at=now,
    )
    reserve(
        [
            Demand(item.order_id, item.plan.warehouse_id, sku_id, units)
            for item in results
            if item.plan.warehouse_id is not None
            for sku_id, units in item.plan.reserved
        ],
        returned=returned,
    )
    return results


def _identify(plans: Sequence[OrderPlan], refreshed: set[int], now: dt.datetime) -> list[Written]:
    """The results, then the orders they replace (each once), with ids, numbers and line ids for what is new."""
    parents = {parent.draft.key: parent for plan in plans for parent in plan.parents}
    wanted: list[tuple[OrderPlan, bool, bool, str]] = []
    for plan in plans:
        own = plan.origin == OWN
        takes = own and plan.draft.key in refreshed
        wanted.append((plan, not own or plan.draft.order_id is None, takes, plan.state))
    for key in sorted(parents):
        parent = parents[key]
        wanted.append((parent, parent.draft.order_id is None, key in refreshed, SUPERSEDED))
    order_ids = iter(reserve_ids(Order, sum(is_new for _plan, is_new, _takes, _state in wanted)))
    day = business_day(now)
    written: list[Written] = []
    for plan, is_new, takes, state in wanted:
        order_id = next(order_ids) if is_new else plan.draft.order_id or 0
        order_no = number(NUMBER_PREFIX, day, order_id) if is_new else plan.draft.order_no
        keeps = state == SUPERSEDED and not is_new and not takes
        written.append(Written(plan, order_id, order_no, (), state, is_new, takes, keeps))
    return _with_lines(written)


def _with_lines(written: Sequence[Written]) -> list[Written]:
    line_ids = iter(reserve_ids(OrderLine, sum(len(w.plan.lines) for w in written if w.relined)))
    return [
        Written(
            w.plan,
            w.order_id,
            w.order_no,
            tuple([next(line_ids) for _ in w.plan.lines])
            if w.relined
            else tuple([line.draft.line_id or 0 for line in w.plan.lines]),
            w.state,
            w.is_new,
            w.takes_content,
            w.keeps,
        )
        for w in written
    ]


def _take_back(replaced: Sequence[Written], run: uuid.UUID, actor_id: int | None) -> Mapping[StockKey, int]:
    """Call back the parcels of replaced orders and close what they hold; the units go back with the batch's own stock statement."""
    held = [item.order_id for item in replaced if item.plan.draft.state in RESERVED]
    if not held:
        return {}
    if cancel_shipments(held, reason="merge", actor_id=actor_id, run=run).shipped:
        raise AssertionError("a locked shipment has left")
    return close(held, Reservation.State.RELEASED)


def _reline(written: Sequence[Written]) -> None:
    """Write the lines of new orders, and anew those of orders whose lines are not what they were; of others what was matched now."""
    update_rows(
        OrderLine,
        ("sku_id",),
        [
            (line.draft.line_id, line.sku_id)
            for w in written
            if not w.relined and not w.keeps
            for line in w.plan.lines
            if line.sku_id != line.draft.sku_id
        ],
    )
    stale = [w.order_id for w in written if w.relined and not w.is_new]
    if stale:
        OrderLine.objects.filter(order_id__in=stale).delete()
    copy_rows(OrderLine, LINE, (row for w in written if w.relined for row in line_rows(w.plan, w.order_id, w.line_ids)))


def _settle(written: Sequence[Written], now: dt.datetime, run: uuid.UUID, actor_id: int | None, reason: str) -> None:
    """Bring existing orders into the states of their plans: with header and result those that take a trade's content, those that were
    replaced as they are, the others with their result."""
    existing = [w for w in written if not w.is_new]
    taking = {w.order_id: refresh(w.plan, w.state, now) for w in existing if w.takes_content}
    again = {w.order_id: result(w.plan, w.state, now) for w in existing if not w.takes_content and not w.keeps}
    kept = {w.order_id: (None, None) for w in existing if w.keeps}
    action_of = {w.order_id: ACTION_OF_STATE[w.state] for w in existing}
    for columns, values in ((REFRESH, taking), (RESULT, again), (("reprocess_at", "approved_at"), kept)):
        moved = move_each(
            ORDER,
            Order,
            {order_id: action_of[order_id] for order_id in values},
            columns,
            values,
            actor_id=actor_id,
            reason=reason,
            run=run,
            assignments=NEXT_VERSION,
        )
        if moved.missed:
            raise AssertionError("locked orders left their state")


def _link(results: Sequence[Written], replaced: Sequence[Written], now: dt.datetime, run: uuid.UUID) -> None:
    ids = {w.plan.draft.key: w.order_id for w in replaced}
    copy_rows(
        OrderLink,
        ("parent_id", "child_id", "kind", "run", "made_at"),
        (
            (ids[key], w.order_id, "merge" if len(w.plan.parents) > 1 else "split", str(run), now)
            for w in results
            if w.plan.parents
            for key in w.plan.sources
        ),
    )


def _birth_history(written: Sequence[Written], run: uuid.UUID, actor_id: int | None) -> Iterable[HistoryRow]:
    for w in written:
        if w.is_new:
            yield HistoryRow(
                kind=ORDER.kind,
                subject_id=w.order_id,
                action="create",
                to_state=w.state,
                reason=",".join(w.plan.exceptions) if w.plan.origin == OWN else w.plan.origin,
                actor_id=actor_id,
                run=run,
            )


def _write_decisions(written: Sequence[Written], now: dt.datetime, run: uuid.UUID) -> None:
    copy_rows(
        OrderDecision,
        ("at", "order_id", "run", "decisions"),
        (
            (now, w.order_id, str(run), Json([decision.to_json() for decision in w.plan.decisions]))
            for w in written
            if w.plan.decisions
        ),
    )


def _settle_trades(subjects: Sequence[Subject]) -> None:
    trades = [subject.trade_id for subject in subjects if subject.trade_id is not None]
    if trades:
        Trade.objects.filter(id__in=trades).update(state=Trade.State.SETTLED)


def shipment_request(item: Written) -> ShipmentRequest:
    """What the warehouse is asked to ship for an approved order."""
    plan = item.plan
    if plan.warehouse_id is None or plan.carrier_id is None:
        raise AssertionError("an approved order is routed")
    lines = tuple(
        ShipmentLineRequest(line.sku_id, line_id, line.quantity)
        for line_id, line in zip(item.line_ids, plan.lines, strict=True)
        if line.ships and line.sku_id is not None
    )
    return ShipmentRequest(
        order_id=item.order_id,
        order_no=item.order_no,
        shop_id=plan.draft.shop_id,
        warehouse_id=plan.warehouse_id,
        carrier_id=plan.carrier_id,
        receiver_id=plan.draft.receiver_id,
        summary=plan.draft.summary,
        quantity=sum(line.quantity for line in lines),
        weight_g=plan.weight_g,
        ship_by=plan.draft.ship_by,
        lines=lines,
    )
