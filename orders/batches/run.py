"""The job of a batch: part after part, each in one transaction with its own record.

A part's deed, what became of each order, and the job's position are one commit; the position is written last and only by who still
holds the job. So a worker that is killed leaves a part wholly undone, one that slept past its lease undoes its own work, and no part
is done twice. May the person still do this, and see these orders? Asked anew for every part.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.core import jobs
from oms.core.actions import ActionResult, Refusal
from oms.core.again import again
from oms.core.errors import UnableTo
from orders.batches.deeds import DEEDS, Deed, permission_of
from orders.batches.start import KIND, kept
from orders.models import Order, OrderBatch, OrderBatchPart


@jobs.runs(KIND)
def run_batch(context: jobs.JobContext) -> Mapping[str, Any]:
    """Do the parts that are not done. Raises UnableTo when the person lost the permission."""
    batch = OrderBatch.objects.select_related("undoes").get(job_id=context.id)
    with translation.override(context.params.get("language")):
        open_parts = OrderBatchPart.objects.filter(batch=batch, finished=False).order_by("seq")
        for seq in list(open_parts.values_list("seq", flat=True)):
            context.stop_if_cancelled()
            again(functools.partial(_run_part, context, batch, seq))
    batch.refresh_from_db()
    return {"done": batch.done, "refused": batch.refused}


def _run_part(context: jobs.JobContext, batch: OrderBatch, seq: int) -> None:
    with transaction.atomic():
        _do_part(context, batch, seq)


def _do_part(context: jobs.JobContext, batch: OrderBatch, seq: int) -> None:
    part = OrderBatchPart.objects.get(batch=batch, seq=seq)
    if part.finished:  # by the worker that took the job over
        return
    deed = deed_of(batch)
    staff = _person(context.created_by_id, permission_of(batch))
    versions = dict(zip(part.order_ids, part.versions, strict=True))
    mine = set(scoped(Order.objects.filter(id__any_of=part.order_ids), staff).values_list("id", flat=True))
    ids = [order_id for order_id in part.order_ids if order_id in mine]
    result = deed.run(ids, staff.pk, batch.params, versions) if ids else ActionResult()
    foreign = Refusal("unknown", _("Nothing is here that you may change."))
    refused = {**dict.fromkeys((one for one in part.order_ids if one not in mine), foreign), **result.refused}
    OrderBatchPart.objects.filter(pk=part.pk).update(finished=True, **kept(refused, result.changes))
    OrderBatch.objects.filter(pk=batch.pk).update(
        done=F("done") + len(result.done), refused=F("refused") + len(refused)
    )
    reached = OrderBatch.objects.values_list("done", "refused").get(pk=batch.pk)
    context.record(sum(reached), batch.total, checkpoint={"part": seq})


def deed_of(batch: OrderBatch) -> Deed:
    """The deed of a batch. Raises UnableTo when this version of the product knows no such one."""
    deed = DEEDS.get(batch.action)
    if deed is None:
        raise UnableTo(_("This action is not known any more."), code="unknown_action")
    return deed


def _person(staff_id: int | None, permission: str) -> Staff:
    staff = None if staff_id is None else Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff is None or not staff.has_perm(permission):
        raise UnableTo(
            _("You may not do this any more. What was done until then stays; the other orders were not touched."),
            code="not_allowed_any_more",
        )
    return staff
