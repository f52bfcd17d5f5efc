"""Celery tasks of the orders."""

from __future__ import annotations

from celery import shared_task

from orders import pipeline


@shared_task(name="orders.process_due", ignore_result=True)
def process_due() -> int:
    """Process due trades and orders until nothing is due."""
    return pipeline.process_due().total
