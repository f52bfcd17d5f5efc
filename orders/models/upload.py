from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class WaybillUpload(models.Model):
    """The waybill of a shipment told to the platform for one trade, whole or for the lines in ``part_oids``."""

    SCOPE_FIELDS = {"shop": "shop_id", "warehouse": "shipment__warehouse_id", "category": "order__lines__sku"}

    class State(models.TextChoices):
        DUE = "due", _("To be uploaded")
        SENT = "sent", _("Sent")
        ACCEPTED = "accepted", _("Accepted")
        FAILED = "failed", _("Upload failed")
        HANDLED = "handled", _("Handled by a person")

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="uploads")
    trade = models.ForeignKey("orders.Trade", on_delete=models.PROTECT, related_name="uploads")
    shop = models.ForeignKey("catalog.Shop", on_delete=models.PROTECT, db_index=False)
    shipment = models.ForeignKey("warehouse.Shipment", on_delete=models.PROTECT, related_name="+", db_index=False)
    carrier = models.ForeignKey("warehouse.Carrier", on_delete=models.PROTECT, db_index=False)
    waybill_no = models.CharField(_("waybill number"), max_length=64)
    part_oids = models.JSONField(null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DUE)
    will_retry = models.BooleanField(default=True)
    reason_code = models.CharField(max_length=128, default="", blank=True)
    reason = models.TextField(_("platform's reason"), default="", blank=True)
    already_shipped = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_upload", N_("See waybill uploads")),
            ("manage_upload", N_("Repeat and hand over waybill uploads")),
        ]
        verbose_name = _("waybill upload")
        constraints = [models.UniqueConstraint(fields=["shipment", "trade"], name="upload_once")]
        indexes = [
            models.Index(fields=["shop", "-id"], name="upload_open", condition=Q(state__in=["due", "sent", "failed"])),
        ]

    def __str__(self) -> str:
        return self.waybill_no
