from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_noop as N_

EXPORTS = (
    ("orders", N_("Export orders")),
    ("uploads", N_("Export waybill uploads")),
    ("memos", N_("Export memos for the platforms")),
    ("announcements", N_("Export announcements")),
    ("rejected", N_("Export trades that cannot be understood")),
    ("rules", N_("Export rules and comparisons")),
    ("blacklist", N_("Export the blacklist")),
    ("campaigns", N_("Export campaigns and their statistics")),
    ("shipments", N_("Export shipments")),
    ("stock", N_("Export stock")),
    ("purchases", N_("Export purchase orders")),
    ("products", N_("Export products")),
    ("listings", N_("Export listings")),
    ("shops", N_("Export shops")),
    ("vouchers", N_("Export vouchers")),
    ("set_aside", N_("Export orders that could not be posted")),
    ("staff", N_("Export staff")),
    ("audit", N_("Export the audit log")),
    ("jobs", N_("Export jobs")),
)
"""The lists that can be taken away (``oms.accounts.exports``), and what the permission is called: all stand with the audit log, which
records every export."""


VIEW_RECEIVER = "view_receiver"


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
            *((f"export_{code}", label) for code, label in EXPORTS),
        ]
        indexes = [
            models.Index(fields=["kind", "subject_id"], name="audit_subject"),
            models.Index(fields=["at", "staff"], name="audit_looks", condition=models.Q(action=VIEW_RECEIVER)),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.subject_id}"
