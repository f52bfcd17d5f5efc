from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.core.money import ZERO


class OrderEdit(models.Model):
    """What people changed of an order's receiver, lines or amounts: from then on its trade's content is not simply taken over.

    ``seen_lines`` and ``seen_receiver`` are what the order had taken from its trade last (``orders.engine.follow.Seen``), by which
    later changes of the trade are told. ``removed`` says that lines of the trade were taken out. ``adjustment`` is, in yuan, what the
    discounts of the lines contain beyond those given to single lines: the reduction by hand that keeps the amount paid.
    """

    SCOPE_FIELDS = {"shop": "order__shop_id", "warehouse": "order__warehouse_id", "category": "order__lines__sku"}
    SCOPE_NULLABLE = frozenset({"warehouse"})

    order = models.OneToOneField("orders.Order", on_delete=models.CASCADE, related_name="edit")
    receiver = models.BooleanField(default=False)
    lines = models.BooleanField(default=False)
    removed = models.BooleanField(default=False)
    seen_lines = models.JSONField(default=list, blank=True)
    seen_receiver = models.CharField(max_length=20, default="", blank=True)
    adjustment = models.DecimalField(_("adjustment by hand"), max_digits=12, decimal_places=2, default=ZERO)
    reason = models.CharField(_("reason"), max_length=200, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("edited order")

    def __str__(self) -> str:
        return f"{self.order_id} edited"
