from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import pgettext_lazy


class Voucher(models.Model):
    """A document of the ERP: sales order, delivery note or outbound note. Posted ones are corrected by red ones alone."""

    SCOPE_FIELDS = {"shop": "shop_id", "warehouse": "warehouse_id", "category": "sources__order__lines__sku"}

    class Kind(models.TextChoices):
        SALES_ORDER = "sales_order", _("Sales order")
        DELIVERY = "delivery", _("Delivery note")
        OUTBOUND = "outbound", _("Outbound note")

    no = models.CharField(_("number"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    shop = models.ForeignKey("catalog.Shop", on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey("warehouse.Warehouse", on_delete=models.PROTECT, db_index=False)
    day = models.DateField(_("date"))
    quantity = models.IntegerField(_("units"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    posted_at = models.DateTimeField(pgettext_lazy("when", "posted"), default=timezone.now)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_voucher", N_("See vouchers")),
            ("post_voucher", N_("Post shipped orders")),
        ]
        verbose_name = _("voucher")
        indexes = [models.Index(fields=["kind", "-day", "-id"], name="voucher_kind_day")]

    def __str__(self) -> str:
        return self.no


class VoucherLine(models.Model):
    """Units of one SKU on a voucher, with what the buyer paid for them (yuan); ``sku`` is empty for postage."""

    SCOPE_FIELDS = {
        "shop": "voucher__shop_id",
        "warehouse": "voucher__warehouse_id",
        "category": "voucher__sources__order__lines__sku",
    }

    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey("catalog.Sku", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    text = models.CharField(_("text"), max_length=300, default="", blank=True)
    quantity = models.IntegerField(_("quantity"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.text} x {self.quantity}"


class VoucherSource(models.Model):
    """The order a voucher was made from; an order has one voucher of each kind, never two."""

    SCOPE_FIELDS = {
        "shop": "voucher__shop_id",
        "warehouse": "voucher__warehouse_id",
        "category": "voucher__sources__order__lines__sku",
    }

    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=12, choices=Voucher.Kind.choices)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="voucher_sources")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="voucher_order_kind_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"
