from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class Shipment(models.Model):
    """What the warehouse works on: made of one order when it is approved. Weight in grams.

    ``reprint_due`` says that its papers are of before a change of warehouse or carrier: it does not leave until they are printed anew.
    """

    SCOPE_FIELDS = {"shop": "shop_id", "warehouse": "warehouse_id", "category": "lines__sku"}

    class State(models.TextChoices):
        RELEASED = "released", _("Released")
        PRINTED = "printed", _("Printed")
        PICKING = "picking", _("In picking")
        PICKED = "picked", _("Picked")
        SORTED = "sorted", _("Sorted")
        VERIFIED = "verified", _("Verified")
        WEIGHED = "weighed", _("Weighed")
        SHIPPED = "shipped", _("Shipped")
        CANCELLED = "cancelled", _("Cancelled")

    no = models.CharField(_("number"), max_length=24, unique=True)
    order_id = models.BigIntegerField()
    order_no = models.CharField(_("order"), max_length=24)
    shop = models.ForeignKey("catalog.Shop", on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey("warehouse.Warehouse", on_delete=models.PROTECT, db_index=False)
    carrier = models.ForeignKey("warehouse.Carrier", on_delete=models.PROTECT, db_index=False)
    receiver = models.ForeignKey("catalog.Receiver", on_delete=models.PROTECT, db_index=False)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RELEASED)
    waybill_no = models.CharField(_("waybill number"), max_length=64, default="", blank=True)
    summary = models.CharField(_("goods"), max_length=200, default="", blank=True)
    quantity = models.IntegerField(_("units"), default=0)
    weight_g = models.IntegerField(_("estimated weight (g)"), default=0)
    intercepted = models.BooleanField(_("intercepted"), default=False)
    intercept_reason = models.CharField(max_length=200, default="", blank=True)
    reprint_due = models.BooleanField(_("to be printed anew"), default=False, db_default=False)
    ship_by = models.DateTimeField(_("ship by"), null=True, blank=True)
    released_at = models.DateTimeField(_("released"), default=timezone.now)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_shipment", N_("See shipments")),
            ("ship_shipment", N_("Ship parcels")),
        ]
        verbose_name = _("shipment")
        constraints = [
            models.UniqueConstraint(fields=["order_id"], condition=~Q(state="cancelled"), name="shipment_live_once"),
            models.UniqueConstraint(
                fields=["waybill_no", "carrier"], condition=~Q(waybill_no=""), name="shipment_waybill_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="shipped") | (Q(shipped_at__isnull=False) & ~Q(waybill_no="")),
                name="shipment_shipped_has_waybill",
            ),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "ship_by", "id"],
                name="shipment_open",
                condition=~Q(state__in=["shipped", "cancelled"]),
            ),
            models.Index(fields=["order_id"], name="shipment_of_order"),
            models.Index(fields=["-shipped_at"], name="shipment_shipped", condition=Q(state="shipped")),
        ]

    def __str__(self) -> str:
        return self.no


class ShipmentLine(models.Model):
    """Units of one SKU in a shipment."""

    SCOPE_FIELDS = {
        "shop": "shipment__shop_id",
        "warehouse": "shipment__warehouse_id",
        "category": "shipment__lines__sku",
    }

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey("catalog.Sku", on_delete=models.PROTECT, db_index=False)
    order_line_id = models.BigIntegerField()
    quantity = models.IntegerField(_("quantity"))

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.sku_id} x {self.quantity}"


class VoidWaybill(models.Model):
    """A waybill number that a parcel had before its warehouse or carrier changed: never given out or taken again."""

    SCOPE_FIELDS = {"shop": "shipment__shop_id", "warehouse": "shipment__warehouse_id"}

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="void_waybills")
    carrier = models.ForeignKey("warehouse.Carrier", on_delete=models.PROTECT, db_index=False)
    waybill_no = models.CharField(_("waybill number"), max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["waybill_no", "carrier"], name="void_waybill_once")]

    def __str__(self) -> str:
        return self.waybill_no
