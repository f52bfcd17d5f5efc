from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Warehouse(models.Model):
    """A place that keeps stock and ships. Among equals the lower ``priority`` is chosen."""

    SCOPE_FIELDS = {"warehouse": "id"}

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)
    region = models.ForeignKey("catalog.Region", null=True, blank=True, on_delete=models.PROTECT)
    priority = models.IntegerField(_("priority"), default=100)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        default_permissions = ()
        ordering = ["code"]
        verbose_name = _("warehouse")

    def __str__(self) -> str:
        return self.name
