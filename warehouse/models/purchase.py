from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class PurchaseOrder(models.Model):
    """Goods that a supplier is to bring to a warehouse; drafts are not ordered yet. ``external_no`` is its number in another system."""

    SCOPE_FIELDS = {"warehouse": "warehouse_id", "category": "lines__sku"}

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ORDERED = "ordered", _("Ordered")
        PARTLY_ARRIVED = "partly_arrived", _("Partly arrived")
        ARRIVED = "arrived", _("Arrived")
        CLOSED = "closed", _("Closed short")
        CANCELLED = "cancelled", _("Cancelled")

    no = models.CharField(_("number"), max_length=24, unique=True)
    external_no = models.CharField(_("external number"), max_length=64, default="", blank=True)
    warehouse = models.ForeignKey("warehouse.Warehouse", on_delete=models.PROTECT, db_index=False)
    supplier = models.CharField(_("supplier"), max_length=100)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.DRAFT)
    expected_on = models.DateField(_("expected on"))
    note = models.CharField(_("note"), max_length=200, default="", blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_purchase", N_("See purchase orders")),
            ("manage_purchase", N_("Order goods and receive them")),
        ]
        verbose_name = _("purchase order")
        constraints = [
            models.UniqueConstraint(fields=["external_no"], condition=~Q(external_no=""), name="purchase_external_once")
        ]
        indexes = [
            models.Index(
                fields=["expected_on", "id"],
                name="purchase_on_the_way",
                condition=Q(state__in=["ordered", "partly_arrived"]),
            ),
        ]

    def __str__(self) -> str:
        return self.no


class PurchaseOrderLine(models.Model):
    """Units of one SKU that are ordered, and how many of them have arrived: the sum of its arrival lines, kept in their transaction.

    What is still to come is found by a partial index of the lines of which not all has arrived, however old the archive grows.
    """

    SCOPE_FIELDS = {"warehouse": "purchase_order__warehouse_id", "category": "sku"}

    purchase_order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines", db_index=False)
    sku = models.ForeignKey("catalog.Sku", on_delete=models.PROTECT, db_index=False)
    quantity = models.IntegerField(_("units"))
    arrived = models.IntegerField(_("arrived"), default=0)
    unit_cost = models.DecimalField(
        _("unit cost"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["purchase_order", "sku"], name="purchase_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_line_quantity_positive"),
            models.CheckConstraint(condition=Q(arrived__gte=0), name="purchase_line_arrived_not_negative"),
        ]
        indexes = [models.Index(fields=["sku"], name="purchase_line_open", condition=Q(arrived__lt=F("quantity")))]

    def __str__(self) -> str:
        return f"{self.sku_id} x {self.quantity}"

    @property
    def to_come(self) -> int:
        """Units that have not arrived; more than was ordered is nothing to come."""
        return max(self.quantity - self.arrived, 0)

    @property
    def amount(self) -> Decimal | None:
        """What the ordered units cost, where their cost is known."""
        return None if self.unit_cost is None else self.unit_cost * self.quantity


class Arrival(models.Model):
    """What came with one delivery note of the supplier. The note counts once for its purchase order."""

    SCOPE_FIELDS = {"warehouse": "purchase_order__warehouse_id", "category": "lines__line__sku"}

    no = models.CharField(_("number"), max_length=24, unique=True)
    purchase_order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="arrivals", db_index=False)
    delivery_note = models.CharField(_("delivery note"), max_length=64)
    at = models.DateTimeField(_("arrived"), default=timezone.now)
    actor_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("arrival")
        constraints = [models.UniqueConstraint(fields=["purchase_order", "delivery_note"], name="arrival_note_once")]

    def __str__(self) -> str:
        return self.no


class ArrivalLine(models.Model):
    """Units of one line that came; one move of the ledger each (``StockMove.arrival_line_id``)."""

    SCOPE_FIELDS = {"warehouse": "arrival__purchase_order__warehouse_id", "category": "line__sku"}

    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line = models.ForeignKey(PurchaseOrderLine, on_delete=models.PROTECT, related_name="arrival_lines")
    quantity = models.IntegerField(_("units"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["arrival", "line"], name="arrival_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="arrival_line_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} x {self.quantity}"
