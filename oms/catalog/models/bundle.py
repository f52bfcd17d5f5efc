from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Bundle(models.Model):
    """A SKU that is sold as one and shipped as its components. What is paid for it is shared by ``weigh_by``.

    Written by ``oms.catalog.bundles`` alone, which refuses a bundle in a bundle.
    """

    SCOPE_FIELDS = {"category": "sku"}

    class WeighBy(models.TextChoices):
        PRICE = "price", _("By the components' prices")
        COST = "cost", _("By the components' costs")
        EQUAL = "equal", _("Equally")

    sku = models.OneToOneField("catalog.Sku", on_delete=models.PROTECT, related_name="bundle")
    weigh_by = models.CharField(_("shares what is paid"), max_length=8, choices=WeighBy.choices, default=WeighBy.PRICE)
    version = models.IntegerField(_("version"), default=1)

    class Meta:
        default_permissions = ()
        verbose_name = _("bundle")

    def __str__(self) -> str:
        return str(self.sku)


class BundleComponent(models.Model):
    """``quantity`` units of a SKU are in each bundle."""

    SCOPE_FIELDS = {"category": "bundle__sku"}

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="components")
    sku = models.ForeignKey("catalog.Sku", on_delete=models.PROTECT, related_name="in_bundles")
    quantity = models.IntegerField(_("quantity"))

    class Meta:
        default_permissions = ()
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["bundle", "sku"], name="bundle_component_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bundle_component_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku_id}"
