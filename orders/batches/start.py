"""Freezes which orders a batch is about and queues its job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.actions import ActionResult, Refusal
from oms.core.bulk import copy_rows
from oms.core.errors import UnableTo
from oms.core.models import Job
from orders.batches.deeds import DEEDS, UNDO, Deed
from orders.models import Order, OrderBatch, OrderBatchPart

KIND = "orders.batch"
MOST_AT_ONCE = 200
"""Orders that are done while the person waits; more go to a job."""
MOST = 100_000
"""Orders of one batch."""

Seen = tuple[int, int]
"""An order's id, and the version that the person saw or that stood when the set was frozen."""


def start_batch(
    staff: Staff, deed: Deed, params: Mapping[str, Any], orders: Iterable[Seen], *, undoes: OrderBatch | None = None
) -> OrderBatch:
    """Keep the orders in their given order, each once, and queue the job. Raises PermissionDenied and UnableTo.

    The caller has narrowed the orders to what the person may see; the worker asks again, for each part.
    """
    does = deed if undoes is None else DEEDS[undoes.action]
    if not staff.has_perm(does.permission):
        raise PermissionDenied
    seen = list(dict(orders).items())
    check_size(len(seen))
    parts = _parts(seen, deed.part, together=does.together)
    title = f"{deed.label} · {counted_orders(len(seen))}"
    with transaction.atomic():
        # Sentences are kept as they are told: in the language of who asked.
        language = {"language": get_language()}
        job = jobs.start(KIND, language, title=title, staff_id=staff.pk)
        batch = OrderBatch.objects.create(
            job=job, action=deed.name, params=dict(params), total=len(seen), undoes=undoes
        )
        copy_rows(
            OrderBatchPart,
            ("batch_id", "seq", "order_ids", "versions", "finished", "refused", "changes"),
            (
                (batch.pk, seq, [one for one, _version in part], [version for _one, version in part], False, {}, {})
                for seq, part in enumerate(parts)
            ),
        )
    return batch


def _parts(seen: list[Seen], size: int, *, together: bool) -> list[list[Seen]]:
    """The orders in parts of at most ``size``; ``together``: orders of one merge key are not divided where they fit into a part."""
    if not together:
        return [seen[start : start + size] for start in range(0, len(seen), size)]
    keys = dict(Order.objects.filter(id__in=[one for one, _version in seen]).values_list("id", "merge_key"))
    groups: dict[Any, list[Seen]] = {}
    for one in seen:
        key = keys.get(one[0])
        groups.setdefault(one[0] if key is None else bytes(key), []).append(one)
    parts: list[list[Seen]] = [[]]
    for group in groups.values():
        for start in range(0, len(group), size):
            piece = group[start : start + size]
            if len(parts[-1]) + len(piece) > size:
                parts.append([])
            parts[-1].extend(piece)
    return parts


def keep_done(
    staff: Staff, deed: Deed, params: Mapping[str, Any], orders: Iterable[Seen], result: ActionResult
) -> OrderBatch:
    """Keep what was done at once as a batch that has ended, so that it can be looked at and taken back."""
    seen = list(dict(orders).items())
    now = timezone.now()
    with transaction.atomic():
        job = Job.objects.create(
            kind=KIND,
            title=f"{deed.label} · {counted_orders(len(seen))}",
            state=Job.State.DONE,
            done=len(seen),
            total=len(seen),
            result={"done": len(result.done), "refused": len(result.refused)},
            created_by=staff,
            finished_at=now,
        )
        batch = OrderBatch.objects.create(
            job=job,
            action=deed.name,
            params=dict(params),
            total=len(seen),
            done=len(result.done),
            refused=len(result.refused),
        )
        OrderBatchPart.objects.create(
            batch=batch,
            seq=0,
            order_ids=[order_id for order_id, _version in seen],
            versions=[version for _order_id, version in seen],
            finished=True,
            **kept(result.refused, result.changes),
        )
    return batch


def kept(refused: Mapping[int, Refusal], changes: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """What a part keeps of its outcome."""
    return {
        "refused": {str(one): [refusal.code, refusal.sentence] for one, refusal in refused.items()},
        "changes": {str(one): changed for one, changed in changes.items()},
    }


def start_undo(staff: Staff, batch: OrderBatch) -> OrderBatch:
    """Queue taking a batch back. Raises UnableTo when there is nothing (any more) to take back."""
    if batch.job.state in Job.OPEN:
        raise UnableTo(_("The batch is not at its end yet. Stop it or wait."), code="batch_open")
    ids = changed_ids(batch)
    if batch.undoes is not None or not ids or hasattr(batch, "undone_by"):
        raise UnableTo(_("There is nothing to take back."), code="nothing_to_undo")
    params = {"batch": batch.pk, "action": batch.action}
    return start_batch(staff, UNDO, params, [(order_id, 0) for order_id in ids], undoes=batch)


def changed_ids(batch: OrderBatch) -> list[int]:
    """The orders that the batch changed so that it can be taken back."""
    parts = OrderBatchPart.objects.filter(batch=batch).order_by("seq").values_list("changes", flat=True)
    return [int(key) for changes in parts for key in changes]


def counted_orders(count: int) -> str:
    """“3 orders”."""
    return ngettext("%(count)s order", "%(count)s orders", count) % {"count": count}


def check_size(count: int) -> None:
    """Raises UnableTo for no order, and for more than one batch holds."""
    if not count:
        raise UnableTo(_("No order is chosen. Choose some, or take a condition away."), code="nothing_chosen")
    if count > MOST:
        raise UnableTo(
            _("These are more than %(most)s orders. Narrow the list down and do it in several batches.")
            % {"most": f"{MOST:,}"},
            code="too_many_orders",
        )
