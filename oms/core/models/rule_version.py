from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RuleVersion(models.Model):
    """What a rule says in one of its versions, or a draft of what it is to say (``oms.core.versions``).

    ``content`` never changes. A draft has no number yet; ``rule_id`` is null while the rule itself is a draft. ``base_version`` is
    the version that a draft started from.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")
        PAST = "past", _("Earlier version")
        DROPPED = "dropped", _("Dropped")

    kind = models.CharField(_("kind"), max_length=32)
    rule_id = models.BigIntegerField(null=True, blank=True)
    version = models.IntegerField(_("version"), null=True, blank=True)
    base_version = models.IntegerField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    content = models.JSONField()
    author_id = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField(_("changed"), default=timezone.now)
    note = models.CharField(_("note"), max_length=300, default="", blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "rule_id", "version"], name="rule_version_once", condition=Q(version__isnull=False)
            ),
            models.UniqueConstraint(fields=["kind", "rule_id"], name="rule_live_once", condition=Q(state="live")),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"]) | (Q(rule_id__isnull=False) & Q(version__isnull=False)),
                name="rule_version_numbered",
            ),
        ]
        indexes = [models.Index(fields=["kind", "-at"], name="rule_draft", condition=Q(state="draft"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.rule_id} v{self.version}"
