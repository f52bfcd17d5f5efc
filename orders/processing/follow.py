"""Lets orders follow their changed trades: reads, asks ``orders.engine.follow``, and does what the verdicts say.

Runs inside the pipeline's transaction, after the trades were claimed. Locks shipments, then orders (docs/locking.md).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from oms.core.bulk import update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.lifecycle import move
from orders.engine.follow import Seen, Verdict, plan_follow
from orders.engine.reasons import Attention
from orders.locks import DueTrade, lock_orders
from orders.models import Order, OrderLine
from orders.processing.subjects import Subject, subject_of_trade
from orders.states import ORDER
from orders.undo import release_orders
from warehouse.locks import lock_live_shipments
from warehouse.shipments import intercept


class Following(NamedTuple):
    """One changed trade, its order as locked, and what is to be done."""

    trade: DueTrade
    order: dict[str, Any]
    verdict: Verdict


def follow_changes(trades: Sequence[DueTrade], *, first_key: int, run: uuid.UUID) -> list[Subject]:
    """Do what the changes ask for and return the orders that are to be processed again with their new content."""
    if not trades:
        return []
    order_ids = [trade.order_id for trade in trades if trade.order_id is not None]
    lock_live_shipments(order_ids)
    locked = lock_orders(order_ids)
    seen = _load_seen(order_ids)
    following = [
        Following(trade, locked[trade.order_id], _verdict(trade, locked[trade.order_id], seen[trade.order_id]))
        for trade in trades
        if trade.order_id is not None
    ]
    _stop(following, run)
    _note(following, run)
    refreshed = [item for item in following if item.verdict.refresh]
    return [
        subject_of_trade(
            first_key + offset,
            item.trade,
            order=item.order,
            attention=_united(item.order["attention"], item.verdict.attention),
        )
        for offset, item in enumerate(refreshed)
    ]


def _united(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *map(str, new)]))


def _verdict(trade: DueTrade, order: dict[str, Any], seen: Seen) -> Verdict:
    if trade.reason_code:
        return Verdict(attention=(Attention.TRADE_UNREADABLE,))
    return plan_follow(order["state"], seen, _seen_document(trade), trade.document["status"])


def _seen_document(trade: DueTrade) -> Seen:
    document = trade.document
    return Seen(
        lines=tuple(
            sorted((line["oid"], line["quantity"], line["paid"], line["refund"]) for line in document["lines"])
        ),
        receiver=str(trade.receiver_id),
        text=(document["buyer_message"], document["seller_memo"], document["flag"]),
    )


def _load_seen(order_ids: Sequence[int]) -> dict[int, Seen]:
    lines: dict[int, list[tuple[str, int, str, str]]] = defaultdict(list)
    for order_id, oid, quantity, amount, refund in OrderLine.objects.filter(order_id__in=order_ids).values_list(
        "order_id", "oid", "quantity", "amount", "refund"
    ):
        lines[order_id].append((oid, quantity, str(amount), refund))
    return {
        order.id: Seen(
            tuple(sorted(lines[order.id])),
            str(order.receiver_id),
            (order.buyer_message, order.seller_memo, order.flag),
        )
        for order in Order.objects.filter(id__in=order_ids)
    }


def _stop(following: Sequence[Following], run: uuid.UUID) -> None:
    """Un-audit, cancel and complete, each kind of action in one move."""
    by_reason: dict[str, list[int]] = defaultdict(list)
    for item in following:
        if item.verdict.unaudit:
            by_reason[item.verdict.reason].append(item.order["id"])
    for reason, ids in sorted(by_reason.items()):
        release_orders(ids, reason=reason, actor_id=None, run=run)
        move(ORDER, Order, ids, "unaudit", reason=reason, run=run)
    cancelled = [item.order["id"] for item in following if item.verdict.cancel]
    if cancelled:
        move(
            ORDER,
            Order,
            cancelled,
            "cancel",
            reason=Attention.CLOSED_BY_PLATFORM.value,
            run=run,
            values={"reprocess_at": None},
        )
    completed = [item.order["id"] for item in following if item.verdict.complete]
    if completed:
        move(ORDER, Order, completed, "complete", run=run)


def _note(following: Sequence[Following], run: uuid.UUID) -> None:
    """Write texts, attention and interception onto the orders, with history."""
    rows: list[tuple[Any, ...]] = []
    history: list[HistoryRow] = []
    for trade, order, verdict in following:
        if not (verdict.texts_only or verdict.attention or verdict.intercept):
            continue
        document = trade.document
        attention = _united(order["attention"], verdict.attention)
        intercepted = order["intercepted"] or verdict.intercept
        rows.append(
            (
                order["id"],
                document["buyer_message"],
                document["seller_memo"],
                document["flag"],
                attention,
                intercepted,
                verdict.reason if verdict.intercept else "",
            )
        )
        history.append(
            HistoryRow(
                kind=ORDER.kind,
                subject_id=order["id"],
                action="follow_trade",
                reason=verdict.reason or ",".join(map(str, verdict.attention)),
                run=run,
            )
        )
    update_rows(
        Order,
        ("buyer_message", "seller_memo", "flag", "attention", "intercepted", "intercept_reason"),
        rows,
        assignments="version = t.version + 1",
    )
    write_history(history)
    _intercept([item.order["id"] for item in following if item.verdict.intercept])


def _intercept(order_ids: Sequence[int]) -> None:
    if order_ids:
        intercept(order_ids, reason=Attention.SHIPPED_ELSEWHERE.value)
