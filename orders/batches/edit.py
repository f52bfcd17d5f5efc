"""One field changed on many orders, and changed back.

Each order's old and new values are the answer, by which the change can be taken back later: where the value is still the new one.
(Not by the version: the pipeline decides an order anew after some changes and counts it up, and nobody's work would be lost.)

Warehouse and carrier of orders that passed the audit are more than a field: the parcel and its stock move (``orders.rerouting``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from oms.core.actions import ActionResult, Refusal
from oms.core.again import fresh, in_chunks
from oms.core.bulk import update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.tasks import ring
from orders.actions import check_rows
from orders.audit import PROCESS_TASK, Versions
from orders.batches.fields import Change, Field, Row
from orders.locks import lock_orders, lock_with_parcels, mark_due
from orders.memos import tell_platforms, told_with
from orders.models import Order, OrderBatchPart
from orders.rerouting import Ask, ask_back, ask_for, changed_since, reroute
from orders.states import BEFORE_CS_AUDIT, ORDER, RESERVED

Changes = dict[int, dict[str, tuple[Any, Any]]]


Decide = Callable[[Row], Row | Refusal]
"""The new values of an order's columns, or why they cannot be."""


@dataclass(frozen=True, slots=True)
class _Work:
    """How a chunk is changed. ``prepare`` gives for orders what they become, and what is asked for those whose parcel is to move."""

    field: Field
    prepare: Callable[[list[int]], tuple[Decide, Callable[[int], Ask]]]
    told: str
    actor_id: int
    versions: Versions = None


def edit(
    order_ids: Sequence[int], field: Field, change: Change, *, actor_id: int, versions: Versions = None
) -> ActionResult:
    """Change the field; orders that have the value already count as done and are not touched."""

    def prepare(_ids: list[int]) -> tuple[Decide, Callable[[int], Ask]]:
        return lambda row: field.change(row, change), lambda _id: ask_for(field.columns[0], change.value)

    return _in_chunks(order_ids, _Work(field, prepare, field.told(change), actor_id, versions))


def take_back(order_ids: Sequence[int], batch_id: int, field: Field, *, actor_id: int) -> ActionResult:
    """Give orders back what a batch changed, where it is still as the batch left it."""

    def prepare(ids: list[int]) -> tuple[Decide, Callable[[int], Ask]]:
        then_of = recorded(batch_id, ids)

        def decide(row: Row) -> Row | Refusal:
            then = {name: pair for name, pair in then_of.get(row["id"], {}).items() if name in field.columns}
            if any(row[name] != new for name, (_old, new) in then.items()):
                return changed_since()
            return {name: old for name, (old, _new) in then.items()}

        return decide, lambda order_id: ask_back(field.columns[0], then_of.get(order_id, {}))

    return _in_chunks(order_ids, _Work(field, prepare, _("taken back"), actor_id))


@in_chunks
def _in_chunks(order_ids: Sequence[int], work: _Work) -> ActionResult:
    return fresh(functools.partial(_chunk, list(order_ids), work))


def _chunk(ids: list[int], work: _Work, lock_stock: bool) -> ActionResult:
    field = work.field
    born = told_with(ids) if field.memo else {}
    live, locked = _lock(field, [*ids, *(other for others in born.values() for other in others)])
    refused = check_rows(ids, locked, field.states, work.versions)
    ready = [order_id for order_id in ids if order_id not in refused]
    moving = [order_id for order_id in ready if field.moves and locked[order_id]["state"] in RESERVED]
    decide, ask = work.prepare(ready)
    rows = _read(field, [order_id for order_id in ready if order_id not in moving])
    changes: Changes = {}
    for order_id, row in rows.items():
        answer = field.check(row) or decide(row)
        if isinstance(answer, Refusal):
            refused[order_id] = answer
        elif changed := {name: (row[name], new) for name, new in answer.items() if row[name] != new}:
            changes[order_id] = changed
    _write(field, rows, changes, work.actor_id, work.told)
    _tell(field, changes, born)
    if moving:
        moved = reroute(
            {order_id: ask(order_id) for order_id in moving},
            live,
            actor_id=work.actor_id,
            action=f"edit_{field.name}",
            reason=work.told,
            lock_stock=lock_stock,
        )
        refused, changes = {**refused, **moved.refused}, {**changes, **moved.changes}
    return ActionResult(tuple(one for one in ids if one not in refused), refused, changes)


def _lock(field: Field, ids: list[int]) -> tuple[dict[int, tuple[int, str]], dict[int, dict[str, Any]]]:
    return lock_with_parcels(ids) if field.moves else ({}, lock_orders(ids))


def _read(field: Field, ids: list[int]) -> dict[int, dict[str, Any]]:
    found = Order.objects.filter(id__in=ids).values("id", "state", *dict.fromkeys((*field.columns, *field.reads)))
    by_id = {row["id"]: row for row in found}
    return {order_id: by_id[order_id] for order_id in ids}


def recorded(batch_id: int, ids: Sequence[int]) -> Mapping[int, Mapping[str, tuple[Any, Any]]]:
    """Old and new value of each column that the batch changed on these orders. One query."""
    parts = OrderBatchPart.objects.filter(batch_id=batch_id, order_ids__overlap=list(ids)).values_list(
        "changes", flat=True
    )
    wanted = set(ids)
    return {int(key): changed for changes in parts for key, changed in changes.items() if int(key) in wanted}


def _tell(field: Field, changes: Changes, born: Mapping[int, Sequence[int]]) -> None:
    """Memo and flag are the platform's too."""
    if field.memo and changes:
        memos = Order.objects.filter(id__in=changes).values_list("id", "seller_memo", "flag")
        tell_platforms({order_id: (memo, flag) for order_id, memo, flag in memos}, born)


def _write(field: Field, rows: Mapping[int, Mapping[str, Any]], changes: Changes, actor_id: int, reason: str) -> None:
    if not changes:
        return
    values = [
        (order_id, *(changed[name][1] if name in changed else rows[order_id][name] for name in field.columns))
        for order_id, changed in changes.items()
    ]
    update_rows(Order, field.columns, values, assignments="version = t.version + 1")
    write_history(
        HistoryRow(
            kind=ORDER.kind,
            subject_id=order_id,
            action=f"edit_{field.name}",
            reason=reason,
            actor_id=actor_id,
            changes=changed,
        )
        for order_id, changed in changes.items()
    )
    due = [order_id for order_id in changes if rows[order_id]["state"] in BEFORE_CS_AUDIT] if field.due else []
    if due:
        mark_due(due)
        transaction.on_commit(lambda: ring(PROCESS_TASK))
