from __future__ import annotations

from django.conf import settings
from django.db import models


class OrderImportMapping(models.Model):
    """Which column a heading of a clerk's order files means: heading → key of ``orders.importing.columns``, as they chose it last."""

    SCOPE_FIELDS: dict[str, str] = {}

    staff = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    columns = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.staff_id)
