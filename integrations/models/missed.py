from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MissedTrade(models.Model):
    """A trade that a list named and that could not be fetched: tried again by itself, and shown until it is there."""

    SCOPE_FIELDS = {"shop": "shop_id"}

    shop = models.ForeignKey("catalog.Shop", on_delete=models.CASCADE, related_name="missed_trades", db_index=False)
    trade_no = models.CharField(_("trade number"), max_length=64)
    reason_code = models.CharField(max_length=128, default="", blank=True)
    reason = models.TextField(_("reason"), default="", blank=True)
    attempts = models.IntegerField(_("attempts"), default=1)
    next_due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["shop", "trade_no"], name="missed_trade_once")]
        indexes = [models.Index(fields=["shop", "next_due_at"], name="missed_trade_due")]

    def __str__(self) -> str:
        return self.trade_no
