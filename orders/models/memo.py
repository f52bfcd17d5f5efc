from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MemoUpload(models.Model):
    """The seller's memo and flag of one trade as people wrote them here, and whether the platform has them.

    One row a trade: a newer memo takes the place of an older one and counts ``revision`` up, so that an older message tells the platform
    nothing any more. Until the platform has it, what it says of memo and flag is not taken over.
    """

    SCOPE_FIELDS = {"shop": "shop_id", "warehouse": "order__warehouse_id", "category": "order__lines__sku"}

    class State(models.TextChoices):
        DUE = "due", _("To be uploaded")
        ACCEPTED = "accepted", _("Accepted")
        FAILED = "failed", _("Upload failed")
        HANDLED = "handled", _("Handled by a person")

    trade = models.OneToOneField("orders.Trade", on_delete=models.PROTECT, related_name="memo_upload")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="memo_uploads")
    shop = models.ForeignKey("catalog.Shop", on_delete=models.PROTECT, db_index=False)
    memo = models.TextField(_("memo"), default="", blank=True)
    flag = models.PositiveSmallIntegerField(_("flag"), default=0)
    revision = models.IntegerField(default=1)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DUE)
    will_retry = models.BooleanField(default=True)
    reason_code = models.CharField(max_length=128, default="", blank=True)
    reason = models.TextField(_("platform's reason"), default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("memo for the platform")
        indexes = [
            models.Index(fields=["shop", "-id"], name="memo_upload_open", condition=Q(state__in=["due", "failed"])),
        ]

    def __str__(self) -> str:
        return f"{self.trade_id} {self.revision}"
