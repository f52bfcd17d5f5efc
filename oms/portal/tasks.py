"""Celery tasks of the portal."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from oms.portal import tally


@shared_task(name="portal.fill_tallies")
def fill_tallies() -> None:
    """Count what of today is settled."""
    tally.fill(timezone.now())
