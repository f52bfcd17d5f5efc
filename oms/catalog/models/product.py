from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class Product(models.Model):
    """An article of the one item master; its SKUs are what stock is kept of."""

    SCOPE_FIELDS = {"category": "category"}

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        "catalog.Category",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        to_field="name",
        db_column="category",
        related_name="products",
    )
    brand = models.CharField(_("brand"), max_length=64, default="", blank=True)
    picture_url = models.URLField(_("picture"), max_length=500, default="", blank=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_product", N_("See products")),
            ("manage_product", N_("Import and change products")),
        ]
        ordering = ["code"]
        verbose_name = _("product")

    def __str__(self) -> str:
        return self.name


class Sku(models.Model):
    """One variant. ``code`` is the merchant code by which listings are matched. Weight in grams, volume in cm³.

    ``restrictions`` say what not every carrier may take (``Restriction``).
    """

    SCOPE_FIELDS = {"category": "product"}

    class Restriction(models.TextChoices):
        NO_AIR = "no_air", _("Not by air")
        COLD = "cold", _("Cold chain")
        FRAGILE = "fragile", _("Fragile")
        LIQUID = "liquid", _("Liquid")
        BULKY = "bulky", _("Bulky")

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus")
    code = models.CharField(_("merchant code"), max_length=64, unique=True)
    spec = models.CharField(_("specification"), max_length=200, default="", blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, default=0)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, default=0)
    weight_g = models.PositiveIntegerField(_("weight (g)"), default=0)
    volume_cm3 = models.PositiveIntegerField(_("volume (cm³)"), default=0)
    restrictions = ArrayField(
        models.CharField(max_length=16, choices=Restriction.choices),
        verbose_name=_("restrictions"),
        default=list,
        blank=True,
    )
    box_quantity = models.PositiveIntegerField(_("units in a box"), default=0)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        default_permissions = ()
        ordering = ["code"]
        verbose_name = _("SKU")
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0) & Q(cost__gte=0), name="sku_amounts_not_negative"),
        ]

    def __str__(self) -> str:
        return self.code


class Barcode(models.Model):
    """A barcode that a scanner may read from the goods; one belongs to one SKU, a SKU may have several."""

    SCOPE_FIELDS = {"category": "sku"}

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="barcodes")
    code = models.CharField(_("barcode"), max_length=64, unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.code
