from __future__ import annotations

from django.db import models
from django.utils import timezone


class PostingDue(models.Model):
    """A shipped order that is to be posted: written when it ships, removed in the transaction that posts it."""

    SCOPE_FIELDS = {"shop": "order__shop_id"}

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    shipment = models.ForeignKey("warehouse.Shipment", on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"order {self.order_id}"
