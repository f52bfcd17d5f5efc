from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class LimitCounter(models.Model):
    """What of a limit has been used: ``key`` is ``total``, ``day:2026-11-11`` or ``buyer:…`` of a scheme.

    ``allowed`` is the limit itself, so that the database is the last guard against giving more.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    scheme = models.ForeignKey("promotions.Scheme", on_delete=models.CASCADE, related_name="counters")
    key = models.CharField(max_length=160)
    used = models.IntegerField(default=0)
    allowed = models.IntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["scheme", "key"], name="limit_counter_once"),
            models.CheckConstraint(condition=Q(used__gte=0), name="limit_counter_not_negative"),
            models.CheckConstraint(condition=Q(used__lte=F("allowed")), name="limit_counter_not_passed"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.key}: {self.used}/{self.allowed}"
