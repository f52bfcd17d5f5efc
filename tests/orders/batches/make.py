"""Batches as tests start and run them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oms.accounts.models import Staff
from oms.catalog.models import Sku
from oms.core import jobs
from orders.batches.deeds import DEEDS
from orders.batches.start import start_batch
from orders.models import Order, OrderBatch
from orders.pipeline import process_due
from tests.factories import Company, make_document, make_line, store


def make_waiting(company: Company, count: int, *, skus: Sequence[Sku] | None = None) -> list[Order]:
    """Orders that wait for the audit since the buyer wrote something, one unit of each SKU."""
    lines = skus or [company.sku]
    documents = [make_document([make_line(sku) for sku in lines], buyer_message="请核对") for _ in range(count)]
    store(company.shop, *documents)
    process_due()
    return list(Order.objects.filter(trade_no__in=[document.trade_no for document in documents]).order_by("id"))


def begin(staff: Staff, name: str, orders: Sequence[Order], *, part: int = 0, **params: Any) -> OrderBatch:
    """A batch whose job is due; ``part`` orders in a transaction (the deed's own number when 0)."""
    deed = DEEDS[name]
    if part:
        from dataclasses import replace

        deed = replace(deed, part=part)
    return start_batch(staff, deed, params, [(order.pk, order.version) for order in orders])


def work(batch: OrderBatch) -> OrderBatch:
    """Run its job, and read it again."""
    jobs.run_due(only=batch.job_id)
    return OrderBatch.objects.select_related("job").get(pk=batch.pk)
