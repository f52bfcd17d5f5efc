from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class Check(models.Model):
    """What the last check of an invariant said (``oms.core.watch``). ``broken_since`` is set while it does not hold; ``full_at`` is when
    everything was looked at, ``took_ms`` how long that took."""

    SCOPE_FIELDS: dict[str, str] = {}

    code = models.CharField(max_length=64, unique=True)
    checked_at = models.DateTimeField(_("checked"))
    full_at = models.DateTimeField(null=True, blank=True)
    broken_since = models.DateTimeField(_("broken since"), null=True, blank=True)
    count = models.BigIntegerField(_("rows"), default=0)
    examples: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    took_ms = models.IntegerField(_("took (ms)"), default=0)

    class Meta:
        default_permissions = ()
        permissions = [("view_check", N_("See what is checked every minute"))]

    def __str__(self) -> str:
        return self.code


class Stop(models.Model):
    """Something that must not go on while an invariant does not hold: ``kind`` says of what ``first`` and ``second`` are the keys."""

    SCOPE_FIELDS: dict[str, str] = {}

    kind = models.CharField(max_length=16)
    first = models.BigIntegerField()
    second = models.BigIntegerField(default=0)
    code = models.CharField(max_length=64)
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "first", "second", "code"], name="stop_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.first}/{self.second}: {self.code}"
