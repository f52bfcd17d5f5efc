from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class StockBalance(models.Model):
    """What a warehouse holds of a SKU: on hand, of which reserved; ``safety`` is never promised by the machine.

    available = on hand − reserved − safety. The CHECK constraints are the last guard against overselling.
    """

    SCOPE_FIELDS = {"warehouse": "warehouse_id", "category": "sku"}

    warehouse = models.ForeignKey("warehouse.Warehouse", on_delete=models.PROTECT, related_name="balances")
    sku = models.ForeignKey("catalog.Sku", on_delete=models.PROTECT, related_name="balances")
    on_hand = models.IntegerField(_("on hand"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    safety = models.IntegerField(_("safety stock"), default=0)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_stock", N_("See stock")),
            ("manage_stock", N_("Book stock in and out")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "sku"], name="stock_balance_once"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="stock_reserved_not_negative"),
            models.CheckConstraint(condition=Q(on_hand__gte=F("reserved")), name="stock_not_oversold"),
            models.CheckConstraint(condition=Q(safety__gte=0), name="stock_safety_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.warehouse_id}/{self.sku_id}: {self.on_hand}"

    @property
    def available(self) -> int:
        """What may still be promised."""
        return self.on_hand - self.reserved - self.safety


class StockMove(models.Model):
    """One immutable entry of the ledger: ``quantity`` came in (positive) or left (negative). Partitioned by month."""

    SCOPE_FIELDS = {"warehouse": "warehouse_id", "category": "sku"}

    class Kind(models.TextChoices):
        OPENING = "opening", _("Opening balance")
        INBOUND = "inbound", _("Inbound")
        SHIPPED = "shipped", _("Shipped")
        ADJUSTED = "adjusted", _("Adjusted")

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField(editable=False)
    at = models.DateTimeField(default=timezone.now)
    warehouse = models.ForeignKey("warehouse.Warehouse", on_delete=models.DO_NOTHING, db_constraint=False)
    sku = models.ForeignKey("catalog.Sku", on_delete=models.DO_NOTHING, db_constraint=False)
    quantity = models.IntegerField(_("quantity"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    shipment_id = models.BigIntegerField(null=True, blank=True)
    arrival_line_id = models.BigIntegerField(null=True, blank=True)
    actor_id = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, default="", blank=True)

    class Meta:
        default_permissions = ()
        managed = False
        db_table = "warehouse_stockmove"

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"
