"""One field changed on many orders, and changed back.

Each order's old and new values are the answer, by which the change can be taken back later: where the value is still the new one.
(Not by the version: the pipeline decides an order anew after some changes and counts it up, and nobody's work would be lost.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.bulk import update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.tasks import ring
from orders.actions import check_rows
from orders.audit import PROCESS_TASK, Versions
from orders.batches.fields import FIELDS, Change, Field
from orders.locks import lock_orders, mark_due
from orders.memos import tell_platforms, told_with
from orders.models import Order, OrderBatchPart
from orders.states import BEFORE_CS_AUDIT, ORDER

Changes = dict[int, dict[str, tuple[Any, Any]]]


def edit(
    order_ids: Sequence[int], field: Field, change: Change, *, actor_id: int, versions: Versions = None
) -> ActionResult:
    """Change the field; orders that have the value already count as done and are not touched."""
    result, told = ActionResult(), field.told(change)
    for ids in chunks(order_ids):
        with transaction.atomic():
            born = told_with(ids) if field.memo else {}
            locked = lock_orders([*ids, *(other for others in born.values() for other in others)])
            refused = check_rows(ids, locked, field.states, versions)
            rows = _read(field, [order_id for order_id in ids if order_id not in refused])
            changes: Changes = {}
            for order_id, row in rows.items():
                answer = field.change(row, change)
                if isinstance(answer, Refusal):
                    refused[order_id] = answer
                elif changed := {name: (row[name], new) for name, new in answer.items() if row[name] != new}:
                    changes[order_id] = changed
            _write(field, rows, changes, actor_id, told)
            _tell(field, changes, born)
            result += ActionResult(tuple(one for one in ids if one not in refused), refused, changes)
    return result


def take_back(order_ids: Sequence[int], batch_id: int, field: Field, *, actor_id: int) -> ActionResult:
    """Give orders back what a batch changed, where it is still as the batch left it."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            born = told_with(ids) if field.memo else {}
            locked = lock_orders([*ids, *(other for others in born.values() for other in others)])
            refused = check_rows(ids, locked, field.states, None)
            rows = _read(field, [order_id for order_id in ids if order_id not in refused])
            recorded = _recorded(batch_id, list(rows))
            changes: Changes = {}
            for order_id, row in rows.items():
                then = recorded.get(order_id, {})
                if any(row[name] != new for name, (_old, new) in then.items()):
                    sentence = _("The field was changed again since. Look at the order, then change it by hand.")
                    refused[order_id] = Refusal("changed_since", sentence)
                elif then:
                    changes[order_id] = {name: (new, old) for name, (old, new) in then.items()}
            _write(field, rows, changes, actor_id, _("taken back"))
            _tell(field, changes, born)
            result += ActionResult(tuple(one for one in ids if one not in refused), refused, changes)
    return result


def _read(field: Field, ids: list[int]) -> dict[int, dict[str, Any]]:
    found = Order.objects.filter(id__in=ids).values("id", "state", *field.columns)
    by_id = {row["id"]: row for row in found}
    return {order_id: by_id[order_id] for order_id in ids}


def _recorded(batch_id: int, ids: list[int]) -> Mapping[int, Mapping[str, tuple[Any, Any]]]:
    parts = OrderBatchPart.objects.filter(batch_id=batch_id, order_ids__overlap=ids).values_list("changes", flat=True)
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


def field_of(name: str) -> Field:
    """The field of an action's name (``edit_NAME``). Raises KeyError."""
    return FIELDS[name.removeprefix("edit_")]
