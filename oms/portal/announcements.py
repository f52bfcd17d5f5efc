"""Announcements: written for everybody or for roles, shown while they are valid, and who has read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Least
from django.http import HttpRequest
from django.utils import timezone

from oms.accounts.audit_log import record
from oms.accounts.models import Staff
from oms.portal.models import Announcement, AnnouncementRead

WRITTEN, CHANGED, ENDED = "write_announcement", "change_announcement", "end_announcement"
MOMENT = dt.timedelta(microseconds=1)


def for_staff(staff: Staff) -> QuerySet[Announcement]:
    """Everything that was ever announced to the person's roles, with ``read``: whether they have read it."""
    roles = list(staff.groups.values_list("name", flat=True))
    mine = AnnouncementRead.objects.filter(announcement=OuterRef("pk"), staff=staff)
    meant = Q() if staff.is_superuser else Q(roles=[]) | Q(roles__overlap=roles)
    return Announcement.objects.filter(meant).annotate(read=Exists(mine)).select_related("created_by")


def valid(found: QuerySet[Announcement], now: dt.datetime) -> QuerySet[Announcement]:
    """Those that hold now: pinned ones first, then the newest."""
    live = found.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), valid_from__lte=now)
    return live.order_by("-pinned", "-valid_from", "-id")


def unread_count(staff: Staff, now: dt.datetime) -> int:
    """How many valid announcements the person has not read."""
    mine = AnnouncementRead.objects.filter(staff=staff).values("announcement_id")
    return valid(for_staff(staff), now).exclude(pk__in=mine).count()


def mark_read(staff: Staff, announcement: Announcement) -> None:
    """The person has read it; the first time counts."""
    AnnouncementRead.objects.bulk_create(
        [AnnouncementRead(announcement=announcement, staff=staff)], ignore_conflicts=True
    )


def written(now: dt.datetime) -> QuerySet[Announcement]:
    """All announcements for who writes them: those that hold now or later first (``live``), the newest first."""
    live = ExpressionWrapper(Q(valid_until__isnull=True) | Q(valid_until__gt=now), output_field=BooleanField())
    return Announcement.objects.annotate(live=live).select_related("created_by").order_by("-live", "-valid_from", "-id")


def write(
    values: Mapping[str, Any], *, by: HttpRequest | Staff, announcement: Announcement | None = None
) -> Announcement:
    """Write or change an announcement. Who had read it before its text changed has to read it again."""
    author = by if isinstance(by, Staff) else by.user
    with transaction.atomic():
        kept = announcement or Announcement(created_by=author if isinstance(author, Staff) else None)
        changed = announcement is None or (kept.title, kept.body) != (values["title"], values["body"])
        for name, value in values.items():
            setattr(kept, name, value)
        kept.changed_at = timezone.now()
        kept.save()
        if announcement is not None and changed:
            kept.reads.all().delete()
        action = WRITTEN if announcement is None else CHANGED
        record(by, action, "announcement", kept.pk, details={"title": kept.title, "roles": list(kept.roles)})
    return kept


def end(announcement: Announcement, now: dt.datetime, *, by: HttpRequest) -> bool:
    """Take it from everybody's pages; who read it stays known. False when it had ended already."""
    running = Announcement.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), pk=announcement.pk)
    with transaction.atomic():
        # One that was to begin later never does: its window ends now and must not begin after its end.
        ended = running.update(valid_from=Least(F("valid_from"), Value(now - MOMENT)), valid_until=now)
        if ended:
            record(by, ENDED, "announcement", announcement.pk, details={"title": announcement.title})
    return bool(ended)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody for whom an announcement is; ``at`` is None while they have not read it."""

    staff: Staff
    at: dt.datetime | None


def readers(announcement: Announcement) -> list[Reader]:
    """For whom it is, those who have not read it first. Two queries."""
    people = Staff.objects.filter(is_active=True).order_by("username")
    if announcement.roles:
        people = people.filter(groups__name__in=announcement.roles).distinct()
    read = dict(announcement.reads.values_list("staff_id", "at"))
    found = [Reader(staff, read.get(staff.pk)) for staff in people]
    return sorted(found, key=lambda reader: reader.at is not None)
