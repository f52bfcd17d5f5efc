from __future__ import annotations

from django.db import models
from django.utils import timezone


class HistoryEntry(models.Model):
    """One immutable line of what happened to a business object: who, when, what, why. Partitioned by month of ``at``."""

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField(editable=False)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    action = models.CharField(max_length=40)
    from_state = models.CharField(max_length=24, default="", blank=True)
    to_state = models.CharField(max_length=24, default="", blank=True)
    reason = models.TextField(default="", blank=True)
    actor_id = models.BigIntegerField(null=True, blank=True)
    run = models.UUIDField(null=True, blank=True)
    changes = models.JSONField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        managed = False
        db_table = "core_historyentry"

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.action}"
