"""Writes the plan of a batch: everything in bulk, decisions and history in the same transaction, stock last.

Holds no business ``if``: what a plan says is written; what the stock says at the end may make the whole plan stale.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oms.core.bulk import Json, copy_rows, update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.lifecycle import move
from oms.core.numbering import business_day, number, reserve_ids
from orders.engine.values import OrderPlan
from orders.models import Order, OrderDecision, OrderLine, Trade
from orders.processing.subjects import Content, Subject
from orders.states import ORDER
from warehouse.reservation import Demand, reserve
from warehouse.shipments import ShipmentLineRequest, ShipmentRequest, release_shipments

NUMBER_PREFIX = "SO"

ACTION_OF_STATE = {
    "exception": "except",
    "cs_review": "process",
    "finance_review": "cs_audit",
    "approved": "approve",
}
"""The action by which an existing order reaches the state of its plan."""

_CONTENT = (
    "trade_version",
    "buyer_nick",
    "buyer_id",
    "receiver_id",
    "region_id",
    "region_name",
    "payment_kind",
    "goods_amount",
    "discount_amount",
    "post_fee",
    "paid_amount",
    "quantity",
    "line_count",
    "summary",
    "buyer_message",
    "seller_memo",
    "flag",
    "placed_at",
    "paid_at",
    "ship_by",
)
_RESULT = ("warehouse_id", "carrier_id", "weight_g", "exceptions", "attention", "approved_at", "reprocess_at")
_BIRTH = (
    "id",
    "no",
    "shop_id",
    "origin_trade_id",
    "trade_no",
    "state",
    "held",
    "hold_reason",
    "intercepted",
    "intercept_reason",
    "urgent",
    "posted",
    "version",
    "created_at",
)
_LINE = (
    "id",
    "order_id",
    "position",
    "trade_id",
    "oid",
    "item_id",
    "platform_sku_id",
    "item_code",
    "sku_code",
    "sku_id",
    "title",
    "spec",
    "quantity",
    "price",
    "discount",
    "amount",
    "is_gift",
    "refund",
)


@dataclass(frozen=True, slots=True)
class Written:
    """A planned order as it stands in the database: its id, number and the ids of its lines by position."""

    subject: Subject
    plan: OrderPlan
    order_id: int
    order_no: str
    line_ids: tuple[int, ...]


def apply_plan(
    subjects: Sequence[Subject],
    plans: Sequence[OrderPlan],
    *,
    now: dt.datetime,
    run: uuid.UUID,
    actor_id: int | None = None,
    reason: str = "",
) -> list[Written]:
    """Write the plans of the subjects, position by position, in the caller's transaction. Raises StaleStock.

    ``actor_id`` and ``reason`` go into the history: nobody for the automatic run.
    """
    written = _identify(subjects, plans, now)
    born = [item for item in written if item.subject.is_new]
    refreshed = [item for item in written if not item.subject.is_new and item.subject.content is not None]
    again = [item for item in written if item.subject.content is None]
    _insert_orders(born, now)
    _refresh_orders(refreshed, now)
    _update_orders(again, now)
    _move([*refreshed, *again], run, actor_id, reason)
    _write_decisions(written, now, run)
    _settle_trades(item.subject.content for item in written)
    write_history(_birth_history(born, run), at=now)
    _release_to_warehouse(written, now, run, actor_id)
    reserve(
        [
            Demand(item.order_id, item.plan.warehouse_id, sku_id, units)
            for item in written
            if item.plan.warehouse_id is not None
            for sku_id, units in item.plan.reserved
        ]
    )
    return written


def _identify(subjects: Sequence[Subject], plans: Sequence[OrderPlan], now: dt.datetime) -> list[Written]:
    """Give new orders their ids and numbers, and lines that are (re)written their ids."""
    order_ids = iter(reserve_ids(Order, sum(subject.is_new for subject in subjects)))
    line_ids = iter(reserve_ids(OrderLine, sum(len(s.draft.lines) for s in subjects if s.content is not None)))
    day = business_day(now)
    written: list[Written] = []
    for subject, plan in zip(subjects, plans, strict=True):
        if plan.draft.key != subject.draft.key:
            raise AssertionError("plans and subjects are out of step")
        if subject.draft.order_id is None:
            order_id = next(order_ids)
            order_no = number(NUMBER_PREFIX, day, order_id)
        else:
            order_id, order_no = subject.draft.order_id, subject.order_no
        if subject.content is None:
            lines = tuple(line.draft.line_id or 0 for line in plan.lines)
        else:
            lines = tuple(next(line_ids) for _ in plan.lines)
        written.append(Written(subject, plan, order_id, order_no, lines))
    return written


def _content(item: Written, content: Content) -> tuple[Any, ...]:
    document = content.document
    draft = item.plan.draft
    return (
        content.trade_version,
        document.buyer_nick,
        document.buyer_id,
        content.receiver_id,
        draft.region_code,
        content.region_name,
        document.payment_kind,
        document.goods_amount,
        document.discount_amount,
        document.post_fee,
        document.paid_amount,
        sum(line.quantity for line in item.plan.lines),
        len(item.plan.lines),
        item.subject.summary,
        document.buyer_message,
        document.seller_memo,
        document.flag,
        content.placed_at,
        document.paid_at,
        document.ship_by,
    )


def _result(item: Written, now: dt.datetime) -> tuple[Any, ...]:
    plan = item.plan
    approved_at = now if plan.state == "approved" else None
    return (
        plan.warehouse_id,
        plan.carrier_id,
        plan.weight_g,
        list(plan.exceptions),
        list(plan.draft.attention),
        approved_at,
        None,
    )


def _insert_orders(born: Sequence[Written], now: dt.datetime) -> None:
    copy_rows(
        Order,
        (*_BIRTH, *_CONTENT, *_RESULT),
        (
            (
                item.order_id,
                item.order_no,
                item.plan.draft.shop_id,
                content.trade_id,
                content.trade_no,
                item.plan.state,
                False,
                "",
                False,
                "",
                False,
                False,
                1,
                now,
                *_content(item, content),
                *_result(item, now),
            )
            for item in born
            if (content := item.subject.content) is not None
        ),
    )
    _insert_lines(born)


def _insert_lines(items: Iterable[Written]) -> None:
    copy_rows(
        OrderLine,
        _LINE,
        (
            (
                line_id,
                item.order_id,
                line.draft.position,
                content.trade_id,
                line.draft.oid,
                line.draft.item_id,
                line.draft.platform_sku_id,
                line.draft.item_code,
                line.draft.sku_code,
                line.sku_id,
                line.draft.title[:300],
                line.draft.spec[:300],
                line.quantity,
                line.price,
                line.discount,
                line.amount,
                line.draft.is_gift,
                line.draft.refund,
            )
            for item in items
            if (content := item.subject.content) is not None
            for line_id, line in zip(item.line_ids, item.plan.lines, strict=True)
        ),
    )


def _refresh_orders(items: Sequence[Written], now: dt.datetime) -> None:
    """Give orders the new content of their trades: header and lines."""
    update_rows(
        Order,
        (*_CONTENT, *_RESULT),
        [
            (item.order_id, *_content(item, content), *_result(item, now))
            for item in items
            if (content := item.subject.content) is not None
        ],
        assignments="version = t.version + 1",
    )
    OrderLine.objects.filter(order_id__in=[item.order_id for item in items]).delete()
    _insert_lines(items)


def _update_orders(items: Sequence[Written], now: dt.datetime) -> None:
    update_rows(
        Order,
        _RESULT,
        [(item.order_id, *_result(item, now)) for item in items],
        assignments="version = t.version + 1",
    )
    update_rows(
        OrderLine,
        ("sku_id",),
        [
            (line.draft.line_id, line.sku_id)
            for item in items
            for line in item.plan.lines
            if line.sku_id != line.draft.sku_id
        ],
    )


def _move(items: Sequence[Written], run: uuid.UUID, actor_id: int | None, reason: str) -> None:
    """Bring existing orders into the states of their plans, one move for each action."""
    for state, action in ACTION_OF_STATE.items():
        ids = [item.order_id for item in items if item.plan.state == state]
        if ids and move(ORDER, Order, ids, action, run=run, actor_id=actor_id, reason=reason).missed:
            raise AssertionError("locked orders left their state")


def _birth_history(born: Sequence[Written], run: uuid.UUID) -> Iterable[HistoryRow]:
    for item in born:
        yield HistoryRow(
            kind=ORDER.kind,
            subject_id=item.order_id,
            action="create",
            to_state=item.plan.state,
            reason=",".join(item.plan.exceptions),
            run=run,
        )


def _write_decisions(items: Sequence[Written], now: dt.datetime, run: uuid.UUID) -> None:
    copy_rows(
        OrderDecision,
        ("at", "order_id", "run", "decisions"),
        (
            (now, item.order_id, str(run), Json([decision.to_json() for decision in item.plan.decisions]))
            for item in items
        ),
    )


def _settle_trades(contents: Iterable[Content | None]) -> None:
    Trade.objects.filter(id__in=[content.trade_id for content in contents if content is not None]).update(
        state=Trade.State.SETTLED
    )


def _release_to_warehouse(items: Sequence[Written], now: dt.datetime, run: uuid.UUID, actor_id: int | None) -> None:
    release_shipments(
        [shipment_request(item) for item in items if item.plan.state == "approved"], at=now, actor_id=actor_id, run=run
    )


def shipment_request(item: Written) -> ShipmentRequest:
    """What the warehouse is asked to ship for an approved order."""
    plan = item.plan
    if plan.warehouse_id is None or plan.carrier_id is None:
        raise AssertionError("an approved order is routed")
    lines = tuple(
        ShipmentLineRequest(line.sku_id, line_id, line.quantity)
        for line_id, line in zip(item.line_ids, plan.lines, strict=True)
        if line.draft.ships and line.sku_id is not None
    )
    return ShipmentRequest(
        order_id=item.order_id,
        order_no=item.order_no,
        shop_id=plan.draft.shop_id,
        warehouse_id=plan.warehouse_id,
        carrier_id=plan.carrier_id,
        receiver_id=item.subject.receiver_id,
        summary=item.subject.summary,
        quantity=sum(line.quantity for line in lines),
        weight_g=plan.weight_g,
        ship_by=item.subject.ship_by,
        lines=lines,
    )
