"""Post shipped orders: each becomes one sales order, one delivery note and one outbound note, never twice.

    shipped → posting due (same transaction) → claim → plan → vouchers written, or set aside with the reason

One transaction a batch. Claimed rows are skipped by other processes; the due row goes in the transaction that writes the vouchers,
and a unique constraint stands behind it. An order that cannot be posted, or on which an error of ours stops, is set aside and stops nobody
else.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from finance.locks import ClaimedPosting, claim_postings, reopen_postings
from finance.models import PostingDue, Voucher, VoucherLine, VoucherSource
from finance.plan import LineFacts, OrderFacts, SetAside, VoucherPlan, plan_posting
from oms.core.boundary import is_of_one, work_apart
from oms.core.bulk import Json, copy_rows, update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.numbering import business_day, number, reserve_ids
from oms.core.tasks import ring
from orders.actions import bump
from orders.events import OrdersShipped
from orders.locks import lock_orders
from orders.models import Order, OrderLine
from orders.states import ORDER
from warehouse.models import Shipment, ShipmentLine

BATCH = 500
POST_TASK = "finance.post_due"
INTERNAL_ERROR = "internal_error"
PREFIXES = {"sales_order": "VS", "delivery": "VD", "outbound": "VO"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PostingResult:
    """Orders that were posted, and orders that were set aside."""

    posted: int = 0
    set_aside: int = 0

    @property
    def total(self) -> int:
        return self.posted + self.set_aside

    def __add__(self, other: PostingResult) -> PostingResult:
        return PostingResult(self.posted + other.posted, self.set_aside + other.set_aside)


def make_due(event: OrdersShipped) -> None:
    """Have the orders posted; in the transaction that ships them."""
    copy_rows(
        PostingDue,
        ("order_id", "shipment_id", "reason_code", "facts", "created_at"),
        ((order_id, shipment_id, "", Json({}), event.at) for order_id, shipment_id in event.shipped),
    )
    transaction.on_commit(lambda: ring(POST_TASK))


def post_due(limit: int = BATCH, *, actor_id: int | None = None, only: Sequence[int] | None = None) -> PostingResult:
    """Post up to ``limit`` orders that are due (of these due rows alone, if given); an empty result means that none was."""
    claimed: list[ClaimedPosting] = []
    try:
        return _post(limit, claimed, actor_id, only)
    except Exception as error:
        if not claimed or not is_of_one(error):
            raise
        logger.warning("a batch of %s stopped (%s) and is done in parts", len(claimed), type(error).__name__)
    results, poisoned = work_apart([row.id for row in claimed], lambda part: _post(len(part), [], actor_id, part))
    for due_id, cause in poisoned:
        aside = PostingDue.objects.filter(id=due_id, reason_code="")
        aside.update(reason_code=INTERNAL_ERROR, facts={"name": type(cause).__name__})
    return sum(results, PostingResult(set_aside=len(poisoned)))


def _post(limit: int, claimed: list[ClaimedPosting], actor_id: int | None, only: Sequence[int] | None) -> PostingResult:
    """One batch; ``claimed`` is told what it holds."""
    with transaction.atomic():
        claimed += claim_postings(limit, only=only)
        if not claimed:
            return PostingResult()
        with translation.override(settings.LANGUAGE_CODE):
            postage_text = _("Postage")
        plans = [plan_posting(order, postage_text=postage_text) for order in load_orders(claimed)]
        vouchers = [plan for plan in plans if not isinstance(plan, SetAside)]
        aside = [plan for plan in plans if isinstance(plan, SetAside)]
        _apply(vouchers, actor_id)
        _set_aside(claimed, aside)
    return PostingResult(len(vouchers), len(aside))


def post_all(
    batch: int = BATCH,
    *,
    actor_id: int | None = None,
    only: Sequence[int] | None = None,
    progress: Callable[[PostingResult], None] | None = None,
) -> PostingResult:
    """Post batch after batch until nothing is due."""
    total = PostingResult()
    while (result := post_due(batch, actor_id=actor_id, only=only)).total:
        total += result
        if progress is not None:
            progress(total)
    return total


def post_again(due_ids: Sequence[int]) -> int:
    """Make orders that were set aside due again; returns how many."""
    with transaction.atomic():
        count = reopen_postings(due_ids)
        transaction.on_commit(lambda: ring(POST_TASK))
    return count


def load_orders(claimed: Sequence[ClaimedPosting]) -> list[OrderFacts]:
    """What is to be posted of the claimed orders, in the given order; locks the orders. A constant number of queries."""
    order_ids = [row.order_id for row in claimed]
    lock_orders(order_ids)
    shipment_ids = [row.shipment_id for row in claimed]
    units: defaultdict[int, int] = defaultdict(int)
    for line_id, quantity in ShipmentLine.objects.filter(shipment_id__in=shipment_ids).values_list(
        "order_line_id", "quantity"
    ):
        units[line_id] += quantity
    lines: defaultdict[int, list[LineFacts]] = defaultdict(list)
    for line in OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "position"):
        refunded = line.refund == OrderLine.Refund.REFUNDED
        text = f"{line.title} {line.spec}".strip()[:300]
        lines[line.order_id].append(LineFacts(line.sku_id, text, line.quantity, line.amount, refunded, units[line.id]))
    orders = Order.objects.in_bulk(order_ids)
    shipments = Shipment.objects.in_bulk(shipment_ids)
    return [
        OrderFacts(
            order_id=order.id,
            shop_id=order.shop_id,
            warehouse_id=shipment.warehouse_id,
            state=order.state,
            posted=order.posted,
            day=business_day(shipment.shipped_at or timezone.now()),
            paid_amount=order.paid_amount,
            post_fee=order.post_fee,
            lines=tuple(lines[order.id]),
        )
        for order, shipment in ((orders[row.order_id], shipments[row.shipment_id]) for row in claimed)
    ]


def _apply(planned: Sequence[tuple[VoucherPlan, ...]], actor_id: int | None) -> None:
    if not planned:
        return
    now, run = timezone.now(), uuid.uuid4()
    plans = [plan for vouchers in planned for plan in vouchers]
    ids = reserve_ids(Voucher, len(plans))
    numbers = [number(PREFIXES[plan.kind], plan.order.day, id_) for id_, plan in zip(ids, plans, strict=True)]
    copy_rows(
        Voucher,
        ("id", "no", "kind", "shop_id", "warehouse_id", "day", "quantity", "amount", "posted_at"),
        (
            (id_, no, p.kind, p.order.shop_id, p.order.warehouse_id, p.order.day, p.quantity, p.amount, now)
            for id_, no, p in zip(ids, numbers, plans, strict=True)
        ),
    )
    copy_rows(
        VoucherLine,
        ("voucher_id", "sku_id", "text", "quantity", "amount"),
        (
            (id_, entry.sku_id, entry.text, entry.quantity, entry.amount)
            for id_, plan in zip(ids, plans, strict=True)
            for entry in plan.entries
        ),
    )
    copy_rows(
        VoucherSource,
        ("voucher_id", "kind", "order_id"),
        ((id_, plan.kind, plan.order.order_id) for id_, plan in zip(ids, plans, strict=True)),
    )
    order_ids = [vouchers[0].order.order_id for vouchers in planned]
    PostingDue.objects.filter(order_id__in=order_ids).delete()
    bump(order_ids, posted=True)
    named: defaultdict[int, list[str]] = defaultdict(list)
    for no, plan in zip(numbers, plans, strict=True):
        named[plan.order.order_id].append(no)
    write_history(
        (
            HistoryRow(ORDER.kind, order_id, "post", actor_id=actor_id, run=run, changes={"vouchers": named[order_id]})
            for order_id in order_ids
        ),
        at=now,
    )


def _set_aside(claimed: Sequence[ClaimedPosting], aside: Sequence[SetAside]) -> None:
    ids = {row.order_id: row.id for row in claimed}
    update_rows(
        PostingDue,
        ("reason_code", "facts"),
        [(ids[one.order_id], one.code, Json(dict(one.facts))) for one in aside],
    )
