from __future__ import annotations

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_

PREFIX_VALIDATOR = RegexValidator(
    r"^(\d{2}){0,3}$", _("A region is given by 2 (province), 4 (city) or 6 digits (district), or left empty for all.")
)
NOT_NEGATIVE = MinValueValidator(0)


class FreightTable(models.Model):
    """What a carrier charges, everywhere or from one warehouse. ``volume_divisor`` is cm³ per kg (empty: no volume weight)."""

    SCOPE_FIELDS: dict[str, str] = {}

    class Rounding(models.TextChoices):
        UP = "up", _("Each begun step")
        HALF = "half", _("Half a step and more")
        EXACT = "exact", _("By the gram")

    name = models.CharField(_("name"), max_length=100)
    carrier = models.ForeignKey("warehouse.Carrier", on_delete=models.PROTECT, related_name="freight_tables")
    warehouse = models.ForeignKey(
        "warehouse.Warehouse", null=True, blank=True, on_delete=models.PROTECT, related_name="freight_tables"
    )
    volume_divisor = models.PositiveIntegerField(
        _("volume divisor (cm³/kg)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    rounding = models.CharField(_("rounding"), max_length=8, choices=Rounding.choices, default=Rounding.UP)
    enabled = models.BooleanField(_("in use"), default=True)
    version = models.IntegerField(_("version"), default=1)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_tariff", N_("See carriers, their regions and freight")),
            ("manage_tariff", N_("Change carriers, their regions and freight")),
        ]
        verbose_name = _("freight table")
        ordering = ["carrier", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "warehouse"],
                name="freight_table_once",
                condition=Q(enabled=True),
                nulls_distinct=False,
                violation_error_message=_("The carrier has a table in use for this warehouse already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FreightRate(models.Model):
    """One zone of a table: a region code prefix (empty: everywhere) and its prices in yuan, weights in grams."""

    SCOPE_FIELDS: dict[str, str] = {}

    table = models.ForeignKey(FreightTable, on_delete=models.CASCADE, related_name="rates")
    prefix = models.CharField(_("region"), max_length=6, default="", blank=True, validators=[PREFIX_VALIDATOR])
    first_weight_g = models.PositiveIntegerField(_("first weight (g)"), default=1000)
    first_price = models.DecimalField(_("first price"), max_digits=9, decimal_places=2, validators=[NOT_NEGATIVE])
    added_weight_g = models.PositiveIntegerField(_("added weight step (g)"), default=1000)
    added_price = models.DecimalField(
        _("price of a step"), max_digits=9, decimal_places=2, default=0, validators=[NOT_NEGATIVE]
    )
    distance_km = models.PositiveIntegerField(_("distance (km)"), default=0)
    price_per_km = models.DecimalField(
        _("price per km"), max_digits=9, decimal_places=4, default=0, validators=[NOT_NEGATIVE]
    )
    fixed = models.DecimalField(_("fixed part"), max_digits=9, decimal_places=2, default=0, validators=[NOT_NEGATIVE])
    surcharge = models.DecimalField(
        _("regional surcharge"), max_digits=9, decimal_places=2, default=0, validators=[NOT_NEGATIVE]
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["table", "prefix"], name="freight_rate_once"),
            models.CheckConstraint(
                condition=Q(
                    first_price__gte=0, added_price__gte=0, price_per_km__gte=0, fixed__gte=0, surcharge__gte=0
                ),
                name="freight_rate_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(added_price=0) | Q(added_weight_g__gt=0),
                name="freight_rate_has_step",
                violation_error_message=_("A price for added weight needs the size of its step."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table_id} {self.prefix}"
