from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from warehouse.models.freight import PREFIX_VALIDATOR


class Coverage(models.Model):
    """Where a carrier delivers (``carrier``; with ``warehouse``: from there), or a warehouse ships to (``warehouse`` alone).

    A carrier or warehouse without one delivers everywhere.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    carrier = models.ForeignKey(
        "warehouse.Carrier", null=True, blank=True, on_delete=models.PROTECT, related_name="coverages"
    )
    warehouse = models.ForeignKey(
        "warehouse.Warehouse", null=True, blank=True, on_delete=models.PROTECT, related_name="coverages"
    )
    enabled = models.BooleanField(_("in use"), default=True)
    version = models.IntegerField(_("version"), default=1)

    class Meta:
        default_permissions = ()
        verbose_name = _("delivery regions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "warehouse"],
                name="coverage_once",
                nulls_distinct=False,
                violation_error_message=_("There is a list of regions for this carrier and warehouse already."),
            ),
            models.CheckConstraint(
                condition=Q(carrier__isnull=False) | Q(warehouse__isnull=False),
                name="coverage_of_something",
                violation_error_message=_("Name a carrier or a warehouse."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier_id or '-'}/{self.warehouse_id or '-'}"


class CoverageRow(models.Model):
    """A region (code prefix, empty: everywhere) that is covered or ``excluded``, from a day on and before another (empty: always).

    Of the rows that fit a region the longest prefix decides.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    coverage = models.ForeignKey(Coverage, on_delete=models.CASCADE, related_name="rows")
    prefix = models.CharField(_("region"), max_length=6, default="", blank=True, validators=[PREFIX_VALIDATOR])
    excluded = models.BooleanField(_("not delivered"), default=False)
    valid_from = models.DateField(pgettext_lazy("first day", "from"), null=True, blank=True)
    valid_until = models.DateField(_("before"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["coverage", "prefix", "valid_from"], name="coverage_row_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
                name="coverage_row_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{'-' if self.excluded else '+'}{self.prefix}"

    def clean(self) -> None:
        """Refuse a period that holds no day."""
        if self.valid_from is not None and self.valid_until is not None and self.valid_from >= self.valid_until:
            raise ValidationError(
                {"valid_until": _("The region would never be valid: the period ends before it begins.")}
            )


class StockingWarehouse(models.Model):
    """A SKU is kept and shipped at these warehouses alone; a SKU without any may ship from wherever there is stock."""

    SCOPE_FIELDS = {"warehouse": "warehouse_id", "category": "sku"}

    sku = models.ForeignKey("catalog.Sku", on_delete=models.CASCADE, related_name="stocking_warehouses")
    warehouse = models.ForeignKey("warehouse.Warehouse", on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["sku", "warehouse"], name="stocking_warehouse_once")]

    def __str__(self) -> str:
        return f"{self.sku_id} at {self.warehouse_id}"
