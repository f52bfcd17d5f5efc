"""Freezes which orders a batch is about and queues its job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.core import jobs
from oms.core.bulk import copy_rows
from oms.core.errors import UnableTo
from orders.batches.deeds import Deed
from orders.models import OrderBatch, OrderBatchPart

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
    if not staff.has_perm(deed.permission):
        raise PermissionDenied
    seen = list(dict(orders).items())
    check_size(len(seen))
    parts = [seen[start : start + deed.part] for start in range(0, len(seen), deed.part)]
    counted = ngettext("%(count)s order", "%(count)s orders", len(seen)) % {"count": len(seen)}
    with transaction.atomic():
        # Sentences are kept as they are told: in the language of who asked.
        language = {"language": get_language()}
        job = jobs.start(KIND, language, title=f"{deed.label} · {counted}", staff_id=staff.pk)
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
