from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ScopeGrant(models.Model):
    """One shop, warehouse or category of products (with all below it) whose data a staff member may see and change."""

    class Dimension(models.TextChoices):
        SHOP = "shop", _("Shop")
        WAREHOUSE = "warehouse", _("Warehouse")
        CATEGORY = "category", _("Category")

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="scope_grants")
    dimension = models.CharField(max_length=12, choices=Dimension.choices)
    object_id = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["staff", "dimension", "object_id"], name="scope_grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.dimension} {self.object_id}"
