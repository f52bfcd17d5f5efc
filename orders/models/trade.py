from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RawTrade(models.Model):
    """A trade as the platform gave it, once for every different content. Append-only, partitioned by month of ``at``.

    ``payload`` is the platform's own bytes, compressed (zlib) and sealed, since it names the receiver.
    """

    SCOPE_FIELDS = {"shop": "shop_id"}
    SEALED_FIELDS = ("payload",)

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField(editable=False)
    at = models.DateTimeField(default=timezone.now)
    shop = models.ForeignKey("catalog.Shop", on_delete=models.DO_NOTHING, db_constraint=False)
    trade_no = models.CharField(max_length=64)
    modified = models.DateTimeField(null=True, blank=True)
    digest = models.BinaryField(max_length=16)
    payload = models.BinaryField()

    class Meta:
        default_permissions = ()
        managed = False
        db_table = "orders_rawtrade"

    def __str__(self) -> str:
        return self.trade_no


class Trade(models.Model):
    """A platform's trade as it stands now: the newest version of its neutral document, and whether it is worked off.

    ``due`` waits for the pipeline, ``waiting`` for the buyer or the platform (not paid, on hold), ``settled`` needs nothing more,
    ``rejected`` cannot be understood and waits for a person or a newer version.
    """

    SCOPE_FIELDS = {"shop": "shop_id", "category": "orderline__sku"}
    SCOPE_NULLABLE = frozenset({"category"})

    class State(models.TextChoices):
        DUE = "due", _("To be processed")
        WAITING = "waiting", _("Waits for the platform")
        SETTLED = "settled", _("Processed")
        REJECTED = "rejected", _("Cannot be understood")

    shop = models.ForeignKey("catalog.Shop", on_delete=models.PROTECT, db_index=False)
    trade_no = models.CharField(_("trade number"), max_length=64)
    modified = models.DateTimeField(_("changed on the platform"), null=True, blank=True)
    digest = models.BinaryField(max_length=16)
    status = models.CharField(_("platform status"), max_length=24, default="", blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DUE)
    reason_code = models.CharField(max_length=64, default="", blank=True)
    reason = models.TextField(_("reason"), default="", blank=True)
    document = models.JSONField(default=dict)
    receiver = models.ForeignKey("catalog.Receiver", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    placed_at = models.DateTimeField(_("placed"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    paid_amount = models.DecimalField(_("paid amount"), max_digits=12, decimal_places=2, default=0)
    version = models.IntegerField(default=1)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)
    """When the platform was last asked for the trade, of those times that it answered what stands here; by our clock."""

    class Meta:
        default_permissions = ()
        verbose_name = _("trade")
        constraints = [models.UniqueConstraint(fields=["trade_no", "shop"], name="trade_once")]
        indexes = [
            models.Index(fields=["paid_at", "id"], name="trade_due", condition=Q(state="due")),
            models.Index(fields=["shop", "-changed_at"], name="trade_rejected", condition=Q(state="rejected")),
            models.Index(fields=["shop", "-received_at"], name="trade_received"),
        ]

    def __str__(self) -> str:
        return self.trade_no
