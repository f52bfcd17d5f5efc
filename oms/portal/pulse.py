"""The pulse of the top bar: jobs that run, and the figures beside the places of the navigation."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from oms.accounts.models import Staff
from oms.catalog.queries import unmatched_count
from oms.core.models import Job
from oms.portal.announcements import unread_count
from orders import states
from orders.figure_queries import trade_counts
from orders.queries import stage_counts
from orders.upload_queries import upload_counts
from warehouse.queries import shipment_counts

SHOWN = 3
RECENT = 6


def running_jobs(staff: Staff) -> QuerySet[Job]:
    """The jobs that run now: the person's own, or everybody's for who may see them."""
    found = Job.objects.filter(state__in=Job.OPEN).order_by("id")
    return (found if staff.has_perm("core.view_all_jobs") else found.filter(created_by=staff))[:SHOWN]


def own_jobs(staff: Staff) -> QuerySet[Job]:
    """What the person started, newest first."""
    return Job.objects.filter(created_by=staff).order_by("-id")[:RECENT]


def counts(staff: Staff) -> dict[str, int]:
    """The figures by the ``count_key`` of the navigation, each only for who may enter its place."""
    figures: dict[str, int] = {"announcement": unread_count(staff, timezone.now())}
    if staff.has_perm("orders.view_order"):
        stages = stage_counts(staff)
        figures["cs_review"] = stages[states.CS_REVIEW]
        figures["trade_rejected"] = trade_counts(staff)["rejected"]
        if staff.has_perm("orders.finance_audit_order"):
            figures["finance_review"] = stages[states.FINANCE_REVIEW]
    if staff.has_perm("orders.view_upload"):
        figures["upload_failed"] = upload_counts(staff)["failed"]
    if staff.has_perm("catalog.view_listing"):
        figures["listing_unmatched"] = unmatched_count(staff)
    if staff.has_perm("warehouse.view_shipment"):
        figures["shipment_open"] = shipment_counts(staff)["open"]
    return figures
