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
from orders.batches.edit import edit, field_of, take_back
from orders.batches.fields import FIELDS, Change, Field
from orders.models import OrderBatch

Params = Mapping[str, Any]
Run = Callable[[Sequence[int], int, Params, Versions], ActionResult]


@dataclass(frozen=True, slots=True)
class Deed:
    """An action. ``run`` takes ids (already narrowed to what the person may touch), the actor, JSON parameters and versions.

    ``together`` puts orders that may travel together into the same part. ``part`` is how many orders one transaction holds.
    """

    name: str
    label: Promise
    permission: str
    run: Run
    together: bool = False
    part: int = 500


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


def _edits(field: Field) -> Deed:
    def run(ids: Sequence[int], who: int, params: Params, seen: Versions) -> ActionResult:
        change = Change(str(params["mode"]), params["value"])
        return edit(ids, field, change, actor_id=who, versions=seen)

    return Deed(f"edit_{field.name}", field.label, field.permission, run)


UNDO = Deed(
    "undo",
    _("Undo"),
    "orders.view_order",
    lambda ids, who, p, _seen: take_back(ids, int(p["batch"]), field_of(str(p["action"])), actor_id=who),
)
"""Takes a batch back; who may do that is who may do what is taken back (``permission_of``)."""

DEEDS: dict[str, Deed] = {deed.name: deed for deed in (*_ALL, *map(_edits, FIELDS.values()), UNDO)}


def permission_of(batch: OrderBatch) -> str:
    """What somebody must be allowed to run the batch. Raises KeyError for an action that this version does not know."""
    return DEEDS[batch.action if batch.undoes is None else batch.undoes.action].permission
