from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_noop as N_


class AuditEntry(models.Model):
    """Something a staff member did that must be answered for, such as seeing a receiver's data."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=64)
    kind = models.CharField(max_length=24, default="", blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    reason = models.TextField(default="", blank=True)
    details = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_audit", N_("See the audit log")),
        ]
        indexes = [models.Index(fields=["kind", "subject_id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.subject_id}"
