from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Reservation(models.Model):
    """Stock promised to a demand (an order's id, which this room does not look into)."""

    SCOPE_FIELDS = {"warehouse": "warehouse_id", "category": "sku"}

    class State(models.TextChoices):
        ACTIVE = "active", _("Reserved")
        CONSUMED = "consumed", _("Shipped")
        RELEASED = "released", pgettext_lazy("stock", "Released")

    demand_id = models.BigIntegerField()
    warehouse = models.ForeignKey("warehouse.Warehouse", on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey("catalog.Sku", on_delete=models.PROTECT, db_index=False)
    quantity = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["demand_id", "sku", "warehouse"], condition=Q(state="active"), name="reservation_active_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity_positive"),
        ]
        indexes = [
            models.Index(fields=["warehouse", "sku"], name="reservation_active", condition=Q(state="active")),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id}: {self.quantity} x {self.sku_id}"
