from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class IdempotentCall(models.Model):
    """The first answer to a call with an Idempotency-Key, stored in the transaction of what the call did."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["staff", "key"], name="idempotent_call_once")]

    def __str__(self) -> str:
        return self.key
