"""Celery tasks of the integrations: they say "look now", the due work is rows."""

from __future__ import annotations

from celery import shared_task

from integrations.download import download_next
from oms.core.tasks import take_turn

DOWNLOAD_TASK = "integrations.download_due"


@shared_task(name=DOWNLOAD_TASK, ignore_result=True)
def download_due_shops() -> int:
    """Download the shops that are due, one after another."""
    return take_turn(DOWNLOAD_TASK, download_next)
