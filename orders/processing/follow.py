"""Lets orders follow their changed trades: reads, asks ``orders.engine.follow``, and does what the verdicts say.

Runs inside the pipeline's transaction, after the trades were claimed. Locks shipments, then orders (docs/locking.md).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from oms.core.bulk import update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.lifecycle import move
from orders.engine.follow import Seen, Verdict, keep_edit, plan_follow
from orders.engine.reasons import Attention
from orders.engine.values import DraftLine
from orders.locks import DueTrade
from orders.models import Order, OrderLine
from orders.processing.edits import EditFacts, load_edits, remember_seen
from orders.processing.families import lock_family
from orders.processing.follow_family import Following, follow_families, take_refunds
from orders.processing.gifts import give_back_gifts, keep_gifts_by_hand, match_anew
from orders.processing.kept import load_kept
from orders.processing.seen import load_seen, seen_document
from orders.processing.subjects import Subject, subject_of_trade
from orders.states import ORDER, SUPERSEDED
from orders.trades.document import TradeStatus
from orders.undo import release_orders
from promotions.allotment import CANCELLED, REFUNDED
from warehouse.shipments import intercept


def follow_changes(trades: Sequence[DueTrade], *, first_key: int, run: uuid.UUID) -> list[Subject]:
    """Do what the changes ask for and return the orders that are to be processed again with their new content."""
    if not trades:
        return []
    born = [trade.order_id for trade in trades if trade.order_id is not None]
    locked = lock_family(born)
    seen = load_seen(born)
    own = [trade for trade in trades if locked[trade.order_id or 0]["state"] != SUPERSEDED]
    replaced = [trade for trade in trades if locked[trade.order_id or 0]["state"] == SUPERSEDED]
    following = [
        Following(trade, locked[order_id], _verdict(trade, locked[order_id], seen[order_id]))
        for trade in own
        if (order_id := trade.order_id) is not None
    ]
    following += follow_families(replaced, locked, seen, run)
    edits = load_edits(item.order["id"] for item in following)
    if edits:
        following = [_with_edit(item, edits.get(item.order["id"]), seen) for item in following]
        remember_seen({trade.order_id or 0: seen_document(trade) for trade in trades if not trade.reason_code})
    by_hand = _give_back(following)
    _stop(following, run)
    take_refunds(following, run, {order_id for order_id, edit in edits.items() if edit.receiver})
    _note(following, seen, run)
    refreshed = [item for item in following if item.verdict.refresh]
    kept = load_kept([item.order["id"] for item in refreshed])
    return [
        _with_gifts(
            _with_receiver(
                subject_of_trade(
                    first_key + offset,
                    item.trade,
                    order=item.order,
                    attention=_united(item.order["attention"], item.verdict.attention),
                    kept=kept[item.order["id"]],
                ),
                edits.get(item.order["id"]),
            ),
            by_hand.get(item.order["id"], ()),
        )
        for offset, item in enumerate(refreshed)
    ]


def _give_back(following: Sequence[Following]) -> dict[int, tuple[DraftLine, ...]]:
    """Give campaigns back what cancelled, refunded and rewritten orders were granted; the gifts that people added to the latter."""
    refreshed = [item.order["id"] for item in following if item.verdict.refresh]
    give_back_gifts([item.order["id"] for item in following if item.verdict.cancel], CANCELLED)
    after = [i.order["id"] for i in following if Attention.REFUND_AFTER_SHIPMENT in i.verdict.attention]
    give_back_gifts([order_id for order_id in after if order_id not in refreshed], REFUNDED)
    match_anew(refreshed)
    return keep_gifts_by_hand(refreshed)


def _with_gifts(subject: Subject, gifts: tuple[DraftLine, ...]) -> Subject:
    if not gifts:
        return subject
    return replace(subject, draft=replace(subject.draft, lines=(*subject.draft.lines, *gifts)))


def _with_edit(item: Following, edit: EditFacts | None, seen: Mapping[int, Seen]) -> Following:
    """What people edited stays as they made it."""
    if edit is None or item.trade.reason_code or item.order["id"] not in seen:
        return item
    document = seen_document(item.trade)
    kept = keep_edit(item.verdict, seen[item.order["id"]], document, receiver=edit.receiver, lines=edit.lines)
    return item._replace(verdict=kept)


def _with_receiver(subject: Subject, edit: EditFacts | None) -> Subject:
    if edit is None or not edit.receiver:
        return subject
    draft = replace(
        subject.draft,
        receiver_id=edit.receiver_id,
        region_code=edit.region_id,
        region_name=edit.region_name,
        merge_key=edit.merge_key,
    )
    return replace(subject, draft=draft)


def _united(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *map(str, new)]))


def _verdict(trade: DueTrade, order: dict[str, Any], seen: Seen) -> Verdict:
    if trade.reason_code:
        return Verdict(attention=(Attention.TRADE_UNREADABLE,))
    return plan_follow(order["state"], seen, seen_document(trade), trade.document["status"])


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
    completed = _all_completed({item.order["id"] for item in following if item.verdict.complete})
    if completed:
        move(ORDER, Order, completed, "complete", run=run)


def _all_completed(order_ids: Collection[int]) -> list[int]:
    """Those of the orders whose trades are all completed: a merged parcel waits for its last trade."""
    if not order_ids:
        return []
    waiting = OrderLine.objects.filter(order_id__in=order_ids, trade__isnull=False).exclude(
        trade__status=TradeStatus.COMPLETED
    )
    return sorted(set(order_ids) - set(waiting.values_list("order_id", flat=True)))


def _note(following: Sequence[Following], seen: Mapping[int, Seen], run: uuid.UUID) -> None:
    """Write texts, attention and interception onto the orders, with history."""
    rows: list[tuple[Any, ...]] = []
    history: list[HistoryRow] = []
    merged = _merged_texts(following)
    for trade, order, verdict in following:
        if not (verdict.texts_only or verdict.attention or verdict.intercept):
            continue
        document = trade.document
        attention = _united(order["attention"], verdict.attention)
        intercepted = order["intercepted"] or verdict.intercept
        # Another trade of the same order may have its say after this one.
        order["attention"], order["intercepted"] = attention, intercepted
        message, memo, flag = document["buyer_message"], document["seller_memo"], document["flag"]
        if order["id"] in merged:
            before = seen[trade.order_id or 0].text
            message = _exchanged(merged[order["id"]][0], before[0], message)
            memo = _exchanged(merged[order["id"]][1], before[1], memo)
            merged[order["id"]] = (message, memo)
        rows.append(
            (
                order["id"],
                message,
                memo,
                flag,
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
    # An order with several changed trades has a row for each; the last one holds what all of them said.
    rows = list({row[0]: row for row in rows}.values())
    update_rows(
        Order,
        ("buyer_message", "seller_memo", "flag", "attention", "intercepted", "intercept_reason"),
        rows,
        assignments="version = t.version + 1",
    )
    write_history(history)
    _intercept([item.order["id"] for item in following if item.verdict.intercept])


def _merged_texts(following: Sequence[Following]) -> dict[int, tuple[str, str]]:
    """Message and memo of the merged orders among those that are written: their trades' texts joined."""
    ids = [item.order["id"] for item in following if item.order["origin"] == "merge"]
    if not ids:
        return {}
    rows = Order.objects.filter(id__in=ids).values_list("id", "buyer_message", "seller_memo")
    return {order_id: (message, memo) for order_id, message, memo in rows}


def _exchanged(joined: str, old: str, new: str) -> str:
    """The joined text with one trade's part exchanged."""
    if old and old in joined:
        return joined.replace(old, new, 1).strip("\n")
    return "\n".join(filter(None, [joined, new])) if new and new not in joined else joined


def _intercept(order_ids: Sequence[int]) -> None:
    if order_ids:
        intercept(order_ids, reason=Attention.SHIPPED_ELSEWHERE.value)
