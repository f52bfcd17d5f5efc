"""Celery tasks of finance."""

from __future__ import annotations

from celery import shared_task

from finance.posting import post_all


@shared_task(name="finance.post_due", ignore_result=True)
def post_due() -> int:
    """Post shipped orders until nothing is due."""
    return post_all().total
