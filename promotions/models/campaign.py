from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class Campaign(models.Model):
    """What operations plan: a name, a time, and schemes. Schemes give gifts while the campaign is live, in its window."""

    SCOPE_FIELDS: dict[str, str] = {}

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")
        STOPPED = "stopped", _("Stopped")

    name = models.CharField(_("name"), max_length=100, unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    priority = models.IntegerField(_("priority"), default=100)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    note = models.TextField(_("note"), default="", blank=True)
    version = models.IntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_campaign", N_("See campaigns")),
            ("manage_campaign", N_("Plan, start and stop campaigns")),
        ]
        verbose_name = _("campaign")
        ordering = ["priority", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="campaign_window"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="campaign_live", condition=Q(state="live"))]

    def __str__(self) -> str:
        return self.name
