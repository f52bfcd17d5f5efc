from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class Announcement(models.Model):
    """What the company tells its staff: plain text, for everybody or for some roles (their codes), while it is valid."""

    title = models.CharField(_("title"), max_length=100)
    body = models.TextField(_("text of the announcement"), max_length=5000)
    roles = ArrayField(models.CharField(max_length=150), default=list, blank=True)
    pinned = models.BooleanField(_("pinned"), default=False)
    valid_from = models.DateTimeField(_("valid from"), default=timezone.now)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        permissions = [("manage_announcement", N_("Write announcements"))]
        verbose_name = _("announcement")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")), name="announcement_window"
            )
        ]

    def __str__(self) -> str:
        return self.title


class AnnouncementRead(models.Model):
    """That somebody read an announcement, and when."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="reads")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["staff", "announcement"], name="announcement_read_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.announcement_id}"
