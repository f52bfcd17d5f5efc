"""Lets the orders of a divided or merged trade follow it: undoes what must be undone, and tells the rest part by part."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from django.contrib.postgres.functions import TransactionNow

from oms.core.bulk import update_rows
from oms.core.lifecycle import move
from orders.actions import bump
from orders.engine.follow import FamilyVerdict, Seen, Verdict, plan_family, plan_follow
from orders.engine.reasons import Attention
from orders.locks import DueTrade
from orders.models import Order, OrderEdit, OrderLine
from orders.processing.families import Group, load_groups, undo_groups, way_back
from orders.processing.seen import seen_document
from orders.states import CS_REVIEW, ORDER, RESERVED, SUPERSEDED
from orders.undo import release_orders

Rows = dict[int, dict[str, Any]]


class Following(NamedTuple):
    """One changed trade, an order of it as locked, and what is to be done with that order."""

    trade: DueTrade
    order: dict[str, Any]
    verdict: Verdict


class _Member(NamedTuple):
    trade: DueTrade
    born: int
    verdict: FamilyVerdict
    way: list[list[Group]] | None


def follow_families(
    trades: Sequence[DueTrade], orders: Rows, seen: Mapping[int, Seen], run: uuid.UUID
) -> list[Following]:
    """What is to be done with each order of trades whose own order was replaced; splits and merges in the way are undone here.

    ``orders`` are the locked families; the states of those that come back are brought up to date in it.
    """
    if not trades:
        return []
    groups = load_groups(orders)
    standing = _standing(trades, orders)
    members = [_member(trade, orders, groups, seen, standing[trade.id]) for trade in trades]
    undone = _undo(members, orders, run)
    lost = set(OrderEdit.objects.filter(order_id__in=sorted(undone)).values_list("order_id", flat=True))
    following: list[Following] = []
    for trade, born, verdict, way in members:
        if way is not None and (verdict.undo or undone.intersection(standing[trade.id])):
            mine = verdict.verdict if verdict.undo else _verdict(trade, CS_REVIEW, seen[born])
            if lost.intersection(standing[trade.id]):
                mine = replace(mine, attention=(*mine.attention, Attention.CHANGED_AFTER_EDIT))
            following.append(Following(trade, orders[born], mine))
            continue
        following += [Following(trade, orders[order_id], part) for order_id, part in verdict.parts]
        if any(part.texts_only or part.take_refunds for _order_id, part in verdict.parts):
            # The order that was replaced keeps what the trade said last, so that the next change is told from it.
            following.append(Following(trade, orders[born], Verdict(texts_only=True)))
    return following


def _verdict(trade: DueTrade, state: str, seen: Seen) -> Verdict:
    return plan_follow(state, seen, seen_document(trade), trade.document["status"])


def _standing(trades: Sequence[DueTrade], orders: Rows) -> dict[int, list[int]]:
    """The orders that hold lines of each trade and stand."""
    standing: dict[int, list[int]] = {trade.id: [] for trade in trades}
    pairs = (
        OrderLine.objects.filter(trade_id__in=list(standing), order_id__in=list(orders))
        .order_by("trade_id", "order_id")
        .values_list("trade_id", "order_id")
        .distinct()
    )
    for trade_id, order_id in pairs:
        if trade_id is not None and orders[order_id]["state"] != SUPERSEDED:
            standing[trade_id].append(order_id)
    return standing


def _member(
    trade: DueTrade, orders: Rows, groups: Sequence[Group], seen: Mapping[int, Seen], standing: Sequence[int]
) -> _Member:
    born = trade.order_id or 0
    if trade.reason_code:
        told = Verdict(attention=(Attention.TRADE_UNREADABLE,))
        return _Member(trade, born, FamilyVerdict(False, told, tuple((i, told) for i in standing)), None)
    way = way_back(born, groups, orders)
    states = {order_id: orders[order_id]["state"] for order_id in standing}
    status = trade.document["status"]
    verdict = plan_family(states, seen[born], seen_document(trade), status, can_undo=way is not None)
    return _Member(trade, born, verdict, way)


def _undo(members: Iterable[_Member], orders: Rows, run: uuid.UUID) -> set[int]:
    """Undo the groups in the way of those that must come back, step by step; returns the orders that do not stand any more."""
    steps: dict[int, list[Group]] = defaultdict(list)
    known: set[Group] = set()
    for member in members:
        if member.verdict.undo and member.way is not None:
            for step, groups in enumerate(member.way):
                steps[step] += [group for group in groups if group not in known]
                known.update(groups)
    undone: set[int] = set()
    for step in sorted(steps):
        undo_groups(steps[step], orders, reason="follow_trade", actor_id=None, run=run, left_alone=False)
        for group in steps[step]:
            undone.update(group.children)
            for child in group.children:
                orders[child]["state"] = SUPERSEDED
            for parent in group.parents:
                orders[parent]["state"] = CS_REVIEW
    return undone


def take_refunds(following: Sequence[Following], run: uuid.UUID, readdressed: Collection[int] = ()) -> None:
    """Write refunds onto the lines of orders that stayed behind; what has nothing left to ship is cancelled, the rest decided anew.

    The receiver of ``readdressed`` orders was given by a person and stays.
    """
    told = [item for item in following if item.verdict.take_refunds]
    if not told:
        return
    ids = [item.order["id"] for item in told]
    trades = {item.trade.id: item.trade for item in told}
    born = [trade.order_id for trade in trades.values() if trade.order_id is not None]
    update_rows(
        OrderLine,
        ("refund",),
        [
            (trade.id, line["oid"], "refunded" if trade.document["status"] == "closed" else line["refund"])
            for trade in trades.values()
            for line in trade.document["lines"]
        ],
        key=("trade_id", "oid"),
        where="t.order_id = ANY(%s)",
        params=[[*ids, *born]],
    )
    _take_receiver([item for item in told if item.order["id"] not in readdressed])
    reserved = [item.order["id"] for item in told if item.order["state"] in RESERVED]
    if reserved:
        release_orders(reserved, reason=Attention.PART_SHIPPED.value, actor_id=None, run=run)
        move(ORDER, Order, reserved, "unaudit", reason=Attention.PART_SHIPPED.value, run=run)
    left = set(
        OrderLine.objects.filter(order_id__in=ids)
        .exclude(refund=OrderLine.Refund.REFUNDED)
        .values_list("order_id", flat=True)
    )
    empty = sorted(set(ids) - left)
    if empty:
        move(ORDER, Order, empty, "cancel", reason=Attention.CLOSED_BY_PLATFORM.value, run=run)
        bump(empty, reprocess_at=None)
    bump(sorted(left), reprocess_at=TransactionNow(), approved_at=None)


def _take_receiver(told: Sequence[Following]) -> None:
    """The parts of a split trade that stayed behind go to the new receiver; a merged parcel is left to a person (attention)."""
    rows = [
        (order_id, item.trade.receiver_id, item.trade.region_code, item.trade.document.get("region_name", ""))
        for item in told
        if item.trade.receiver_id is not None
        for order_id in (item.order["id"], item.trade.order_id)
        if item.order["origin"] != "merge"
    ]
    unique = {row[0]: row for row in rows}
    update_rows(Order, ("receiver_id", "region_id", "region_name"), list(unique.values()))
