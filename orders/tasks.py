"""Celery tasks of the orders."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from oms.core.numbering import business_day
from orders import apart, merging, pipeline, wake


@shared_task(name="orders.process_due", ignore_result=True)
def process_due() -> int:
    """Process due trades and orders until nothing is due."""
    return pipeline.process_due().total


@shared_task(name="orders.merge_due", ignore_result=True)
def merge_due() -> int:
    """Merge orders that two workers made at the same moment, when neither could see the other's."""
    return merging.merge_due()


@shared_task(name="orders.wake_periods", ignore_result=True)
def wake_periods() -> None:
    """Look again at orders that waited for regions which are covered from today on."""
    with transaction.atomic():
        wake.tell_periods(business_day(timezone.now()))


@shared_task(name="orders.try_again", ignore_result=True)
def try_again() -> int:
    """Have trades that were set aside because of an error of ours processed again."""
    return apart.try_again()
