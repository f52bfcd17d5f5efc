from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Carrier(models.Model):
    """A parcel carrier. ``code`` is the field's usual one (SF, YTO, ZTO …); platforms with another code for it have an
    entry in ``platform_codes`` (platform to code). ``carries`` lists the restrictions of goods (``Sku.restrictions``) it is fit for;
    among equals the lower ``priority`` is chosen."""

    SCOPE_FIELDS: dict[str, str] = {}

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)
    platform_codes = models.JSONField(default=dict, blank=True)
    cash_on_delivery = models.BooleanField(_("collects cash on delivery"), default=False)
    carries = ArrayField(
        models.CharField(max_length=16), verbose_name=_("carries restricted goods"), default=list, blank=True
    )
    max_weight_g = models.PositiveIntegerField(_("heaviest parcel (g)"), null=True, blank=True)
    priority = models.IntegerField(_("priority"), default=100)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        default_permissions = ()
        ordering = ["code"]
        verbose_name = _("carrier")

    def __str__(self) -> str:
        return self.name


class WaybillRange(models.Model):
    """Waybill numbers that a carrier gave us to use: ``prefix`` and a number of ``width`` digits up to ``last``."""

    SCOPE_FIELDS: dict[str, str] = {}

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="ranges")
    prefix = models.CharField(_("prefix"), max_length=12, default="", blank=True)
    width = models.PositiveSmallIntegerField(_("digits"), default=12)
    next = models.BigIntegerField(_("next number"))
    last = models.BigIntegerField(_("last number"))
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(next__gte=0) & Q(next__lte=F("last") + 1), name="waybill_range_within"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.next}-{self.last}"
