"""The actions on many orders by name: who may do them, and the function that does them.

The same functions answer at once for a few orders and part by part within a job for many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.core.actions import ActionResult
from orders import audit, bundles, gifts, merging, reminders, splitting
from orders.audit import Versions
from orders.batches.dividing import read_wish
from orders.batches.edit import edit, recorded, take_back
from orders.batches.fields import FIELDS, Change, Field
from orders.models import OrderBatch

Params = Mapping[str, Any]
Run = Callable[[Sequence[int], int, Params, Versions], ActionResult]


@dataclass(frozen=True, slots=True)
class Deed:
    """An action. ``run`` takes ids (already narrowed to what the person may touch), the actor, JSON parameters and versions.

    ``together`` puts orders that may travel together into the same part. ``part`` is how many orders one transaction holds. ``back``
    takes what a batch (its id) did to orders back.
    """

    name: str
    label: Promise
    permission: str
    run: Run
    together: bool = False
    part: int = 500
    back: Callable[[Sequence[int], int, int], ActionResult] | None = None


def _reason(params: Params) -> str:
    return str(params.get("reason", ""))


_ALL = (
    Deed(
        "audit",
        _("Audit"),
        "orders.audit_order",
        lambda ids, who, _p, seen: audit.audit(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "finance_audit",
        _("Finance audit"),
        "orders.finance_audit_order",
        lambda ids, who, _p, seen: audit.finance_audit(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "hold",
        _("Hold"),
        "orders.hold_order",
        lambda ids, who, p, seen: audit.hold(ids, actor_id=who, reason=_reason(p), versions=seen),
    ),
    Deed(
        "release",
        _("Release hold"),
        "orders.hold_order",
        lambda ids, who, _p, seen: audit.release(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "unaudit",
        _("Un-audit"),
        "orders.unaudit_order",
        lambda ids, who, p, seen: audit.unaudit(ids, actor_id=who, reason=_reason(p), versions=seen),
    ),
    Deed(
        "reprocess",
        _("Process again"),
        "orders.edit_order",
        lambda ids, who, _p, seen: audit.reprocess(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "cancel",
        _("Cancel order"),
        "orders.cancel_order",
        lambda ids, who, p, seen: audit.cancel(ids, actor_id=who, reason=_reason(p), versions=seen),
    ),
    Deed(
        "merge_all",
        _("Merge"),
        "orders.split_order",
        lambda ids, who, _p, seen: merging.merge_all(ids, actor_id=who, versions=seen),
        together=True,
        back=lambda ids, batch, who: merging.unmerge(ids, actor_id=who, made=_made(batch, ids)),
    ),
    Deed(
        "split_all",
        _("Split"),
        "orders.split_order",
        lambda ids, who, p, seen: splitting.split(ids, read_wish(p), actor_id=who, versions=seen),
        back=lambda ids, batch, who: splitting.undo_split(ids, actor_id=who, made=_made(batch, ids)),
    ),
    Deed(
        "undo_split",
        _("Undo the split"),
        "orders.split_order",
        lambda ids, who, _p, seen: splitting.undo_split(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "unmerge",
        _("Unmerge"),
        "orders.split_order",
        lambda ids, who, _p, seen: merging.unmerge(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "collapse_bundles",
        _("Put bundles together"),
        "orders.split_order",
        lambda ids, who, _p, seen: bundles.collapse_bundles(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "expand_bundles",
        _("Expand bundles"),
        "orders.split_order",
        lambda ids, who, _p, seen: bundles.expand_bundles(ids, actor_id=who, versions=seen),
    ),
    Deed(
        "gifts",
        _("Gifts"),
        "orders.edit_order",
        lambda ids, who, p, seen: gifts.adjust(
            ids, gifts.read_wish(str(p["mode"]), str(p["code"]), str(p["units"])), actor_id=who, versions=seen
        ),
    ),
    Deed(
        "remind",
        _("Remind"),
        "orders.mark_order",
        lambda ids, who, p, seen: reminders.remind(ids, actor_id=who, reason=_reason(p), versions=seen),
    ),
)


def _made(batch_id: int, ids: Sequence[int]) -> dict[int, list[int]]:
    """The orders that a batch of splits or merges made of each."""
    return {order_id: changed[splitting.MADE][1] for order_id, changed in recorded(batch_id, ids).items()}


def _edits(field: Field) -> Deed:
    def run(ids: Sequence[int], who: int, params: Params, seen: Versions) -> ActionResult:
        change = Change(str(params["mode"]), params["value"])
        return edit(ids, field, change, actor_id=who, versions=seen)

    def back(ids: Sequence[int], batch_id: int, who: int) -> ActionResult:
        return take_back(ids, batch_id, field, actor_id=who)

    return Deed(f"edit_{field.name}", field.label, field.permission, run, back=back)


def _undo(ids: Sequence[int], who: int, params: Params, _seen: Versions) -> ActionResult:
    back = DEEDS[str(params["action"])].back
    if back is None:
        raise AssertionError("a batch that cannot be taken back has no changes")
    return back(ids, int(params["batch"]), who)


UNDO = Deed(
    "undo",
    _("Undo"),
    "orders.view_order",
    _undo,
)
"""Takes a batch back; who may do that is who may do what is taken back (``permission_of``)."""

DEEDS: dict[str, Deed] = {deed.name: deed for deed in (*_ALL, *map(_edits, FIELDS.values()), UNDO)}


def permission_of(batch: OrderBatch) -> str:
    """What somebody must be allowed to run the batch. Raises KeyError for an action that this version does not know."""
    return DEEDS[batch.action if batch.undoes is None else batch.undoes.action].permission
