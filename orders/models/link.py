from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OrderLink(models.Model):
    """``child`` replaces ``parent``, in whole or in part: what a split or a merge made, until it is undone.

    All links of one ``run`` and one set of orders belong together and are undone together.
    """

    SCOPE_FIELDS = {"shop": "child__shop_id", "warehouse": "child__warehouse_id", "category": "child__lines__sku"}
    SCOPE_NULLABLE = frozenset({"warehouse"})

    class Kind(models.TextChoices):
        SPLIT = "split", _("Split")
        MERGE = "merge", _("Merge")

    parent = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="replaced_by")
    child = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="made_of")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    run = models.UUIDField()
    made_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["parent", "child"], name="order_link_once"),
            models.CheckConstraint(condition=~Q(parent=F("child")), name="order_link_other"),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} -> {self.child_id}"
