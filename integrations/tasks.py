"""Celery tasks of the integrations: they say "look now", the due work is rows."""

from __future__ import annotations

from celery import shared_task

from integrations.download import download_due


@shared_task(name="integrations.download_due", ignore_result=True)
def download_due_shops() -> int:
    """Download the shops that are due."""
    return download_due()
