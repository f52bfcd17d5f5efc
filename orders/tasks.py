"""Celery tasks of the orders."""

from __future__ import annotations

from celery import shared_task

from orders import merging, pipeline


@shared_task(name="orders.process_due", ignore_result=True)
def process_due() -> int:
    """Process due trades and orders until nothing is due."""
    return pipeline.process_due().total


@shared_task(name="orders.merge_due", ignore_result=True)
def merge_due() -> int:
    """Merge orders that two workers made at the same moment, when neither could see the other's."""
    return merging.merge_due()
