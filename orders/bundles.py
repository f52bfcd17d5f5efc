"""Bundles of an order: put together again on request, and expanded anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import connection, transaction
from django.utils.translation import gettext as _

from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.again import in_chunks
from oms.core.bulk import copy_rows, update_rows
from oms.core.numbering import reserve_ids
from oms.core.tasks import ring
from orders.actions import check_rows, note
from orders.engine.expand import collapse
from orders.engine.values import OrderPlan
from orders.locks import lock_orders, mark_due
from orders.models import Order, OrderLine
from orders.processing.columns import LINE, line_rows
from orders.processing.existing import load_existing
from orders.states import BEFORE_CS_AUDIT

PROCESS_TASK = "orders.process_due"
KEEP = "bundles"

Versions = Mapping[int, int] | None


@in_chunks
def collapse_bundles(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Put the bundles of orders before the audit together again; they are not expanded by themselves any more."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            refused = check_rows(ids, lock_orders(ids), BEFORE_CS_AUDIT, versions)
            ready = [order_id for order_id in ids if order_id not in refused]
            plans: list[OrderPlan] = []
            divided = _divided(ready)
            for subject in load_existing(ready, first_key=0):
                draft = subject.draft
                order_id = draft.order_id or 0
                lines = None if order_id in divided else collapse(draft.lines)
                if not any(line.bundle is not None for line in draft.lines):
                    refused[order_id] = Refusal("no_bundle", _("The order holds no expanded bundle."))
                elif lines is None:
                    refused[order_id] = Refusal(
                        "bundle_divided",
                        _(
                            "Parts of a bundle are in another order. Undo the split first, then put the bundle together."
                        ),
                    )
                else:
                    left_alone = tuple(dict.fromkeys((*draft.left_alone, KEEP)))
                    plans.append(OrderPlan(replace(draft, left_alone=left_alone), lines))
            _write(plans)
            _finish([plan.draft.order_id or 0 for plan in plans], "collapse_bundles", actor_id)
            result += ActionResult(tuple(order_id for order_id in ready if order_id not in refused), refused)
    return result


@in_chunks
def expand_bundles(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Have the bundles of orders that a person put together expanded again by the pipeline."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            locked = lock_orders(ids)
            refused = check_rows(ids, locked, BEFORE_CS_AUDIT, versions)
            for order_id in ids:
                if order_id not in refused and KEEP not in locked[order_id]["left_alone"]:
                    refused[order_id] = Refusal("not_collapsed", _("Nobody put the bundles of this order together."))
            ready = [order_id for order_id in ids if order_id not in refused]
            update_rows(
                Order,
                ("left_alone",),
                [(i, [stage for stage in locked[i]["left_alone"] if stage != KEEP]) for i in ready],
                assignments="version = t.version + 1",
            )
            _finish(ready, "expand_bundles", actor_id)
            result += ActionResult(tuple(ready), refused)
    return result


def _divided(order_ids: Sequence[int]) -> set[int]:
    """The orders of which a bundle's trade line is also in another order that stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT l.order_id FROM orders_orderline l "
            "JOIN orders_orderline x ON x.trade_id = l.trade_id AND x.oid = l.oid AND x.order_id <> l.order_id "
            "JOIN orders_order o ON o.id = x.order_id AND o.state <> 'superseded' "
            "WHERE l.order_id = ANY(%s) AND l.bundle_sku_id IS NOT NULL",
            [list(order_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def _write(plans: Sequence[OrderPlan]) -> None:
    orders = [plan.draft.order_id or 0 for plan in plans]
    OrderLine.objects.filter(order_id__in=orders).delete()
    ids = iter(reserve_ids(OrderLine, sum(len(plan.lines) for plan in plans)))
    copy_rows(
        OrderLine,
        LINE,
        (
            row
            for plan in plans
            for row in line_rows(plan, plan.draft.order_id or 0, tuple(next(ids) for _line in plan.lines))
        ),
    )
    update_rows(
        Order,
        ("left_alone", "quantity", "line_count"),
        [
            (
                plan.draft.order_id,
                list(plan.draft.left_alone),
                sum(line.quantity for line in plan.lines),
                len(plan.lines),
            )
            for plan in plans
        ],
        assignments="version = t.version + 1",
    )


def _finish(order_ids: Sequence[int], action: str, actor_id: int) -> None:
    note(order_ids, action, actor_id=actor_id)
    if order_ids:
        mark_due(order_ids)
        transaction.on_commit(lambda: ring(PROCESS_TASK))
