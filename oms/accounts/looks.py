"""Receivers seen in clear: each look has a reason, is written into the audit log, and is counted against what is usual.

Masked data is what pages show; opening it is an action of its own. A few reasons are one key away, since a clerk does it fifty times
a day; any other is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.accounts.audit_log import record
from oms.accounts.models import AuditEntry, Staff
from oms.accounts.models.audit_entry import VIEW_RECEIVER
from oms.core.errors import UnableTo
from oms.core.numbering import BUSINESS_ZONE

OTHER = "other"
EDIT, COPY = "edit", "copy"
REASONS: Mapping[str, Promise] = {
    "contact": gettext_lazy("Contact the buyer"),
    "address": gettext_lazy("Check the address"),
    "after_sales": gettext_lazy("After-sales"),
    "tracing": gettext_lazy("Trace the parcel"),
    OTHER: gettext_lazy("Another reason"),
}
"""What a person chooses from, in the order of their keys."""

ALL_REASONS: Mapping[str, Promise] = {
    **REASONS,
    EDIT: gettext_lazy("Edit the receiver"),
    COPY: gettext_lazy("Copy the order"),
}
"""With those that the work itself is: nobody is asked why when they edit an address."""

LONGEST = 200
USUAL_DAYS = 14
MANY_TIMES = 2
"""How often what is usual for a person may be opened in a day, once that is more than the setting."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody looks: a code of ``ALL_REASONS``, and words for it (needed for another reason)."""

    code: str
    words: str = ""


def read_reason(code: str, words: str = "") -> Reason:
    """The reason that a person gave. Raises UnableTo when there is none."""
    words = words.replace("\0", "").strip()[:LONGEST]
    if code not in REASONS:
        raise UnableTo(_("Say why you look at the receiver: choose a reason."), code="reason_missing")
    if code == OTHER and not words:
        raise UnableTo(_("Say why you look at the receiver: write the reason."), code="reason_missing")
    return Reason(code, words)


def record_look(
    request: HttpRequest, kind: str, subject_id: int, reason: Reason, *, staff: Staff | None = None
) -> AuditEntry:
    """Write down that somebody sees a receiver in clear, and why; to be called before it is shown."""
    return record(
        request, VIEW_RECEIVER, kind, subject_id, reason=reason.words, details={"why": reason.code}, staff=staff
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """How many receivers somebody opened within the last hour and today, and on a usual day; each order counts once."""

    staff: Staff
    hour: int
    today: int
    usual: int

    @property
    def is_unusual(self) -> bool:
        """More in an hour than the setting allows for a day, or today more than that and more than twice what is usual."""
        limit = settings.RECEIVERS_A_DAY
        return self.hour > limit or self.today > max(limit, MANY_TIMES * self.usual)


def look_rates(now: dt.datetime) -> list[Rate]:
    """Of everybody who opened a receiver today, the most first. Two queries, through an index of the looks alone."""
    today = now.astimezone(BUSINESS_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    looks = AuditEntry.objects.filter(action=VIEW_RECEIVER, staff__isnull=False).order_by()

    def opened(*conditions: Q) -> Count:
        return Count("subject_id", filter=Q(*conditions), distinct=True)

    rows = (
        looks.filter(at__gte=today)
        .values("staff")
        .annotate(hour=opened(Q(at__gte=now - dt.timedelta(hours=1))), today=opened())
    )
    counts = {row["staff"]: (row["hour"], row["today"]) for row in rows}
    before = looks.filter(at__gte=today - dt.timedelta(days=USUAL_DAYS), at__lt=today, staff__in=list(counts))
    by_day = before.annotate(day=TruncDate("at", tzinfo=BUSINESS_ZONE)).values_list("staff", "day")
    days: dict[int, list[int]] = {}
    for staff_id, _day, orders in by_day.annotate(n=Count("subject_id", distinct=True)):
        days.setdefault(staff_id, []).append(orders)
    people = Staff.objects.in_bulk(list(counts))
    rates = [
        Rate(people[pk], hour, count, round(sum(days[pk]) / len(days[pk])) if pk in days else 0)
        for pk, (hour, count) in counts.items()
    ]
    return sorted(rates, key=lambda rate: (-rate.today, rate.staff.pk))


def unusual_looks(now: dt.datetime) -> list[Rate]:
    """Those of today that an administrator should ask about."""
    return [rate for rate in look_rates(now) if rate.is_unusual]
