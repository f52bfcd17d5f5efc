from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.core.models.lease import Leased


class OutboxMessage(Leased):
    """Something another system must be told, written in the transaction that made it true.

    ``topic`` and ``key`` name it for ever: putting the same again changes nothing.
    """

    class State(models.TextChoices):
        DUE = "due", _("Due")
        DONE = "done", _("Done")
        DEAD = "dead", _("Needs a person")

    topic = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=128, default="", blank=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["topic", "key"], name="outbox_topic_key")]
        indexes = [
            models.Index(fields=["topic", "due_at", "id"], name="outbox_due", condition=Q(state="due")),
            models.Index(fields=["topic", "id"], name="outbox_dead", condition=Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
