from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.rules import Rule


class PresaleRule(Rule):
    """An option that waits: a listing or a SKU, ``until`` a moment, or until there is stock when none is given."""

    listing = models.ForeignKey("catalog.Listing", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    sku = models.ForeignKey("catalog.Sku", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("pre-sale rule")
        ordering = ["priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(listing__isnull=False) & Q(sku__isnull=True))
                | (Q(listing__isnull=True) & Q(sku__isnull=False)),
                name="presale_rule_names_one",
            ),
        ]


class SplitRule(Rule):
    """Divides orders by themselves. ``limit_g`` grams for weight; ``skus`` are those that travel apart, for product."""

    class Kind(models.TextChoices):
        PRODUCT = "product", _("By product")
        BOX = "box", _("By box")
        WEIGHT = "weight", _("By weight")
        SHORTAGE = "shortage", _("By shortage")

    kind = models.CharField(_("splits"), max_length=10, choices=Kind.choices)
    limit_g = models.PositiveIntegerField(_("at most (g)"), default=0)
    skus = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("split rule")
        ordering = ["priority", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="weight") | Q(limit_g__gt=0), name="split_rule_weight_has_limit"),
            models.CheckConstraint(condition=~Q(kind="product") | ~Q(skus=[]), name="split_rule_product_names_skus"),
        ]


class MergeRule(Rule):
    """Merges orders of one buyer and receiver by themselves when their payments lie at most ``window_minutes`` apart.

    ``shops`` are the shops it is for; with ``across_shops`` their orders merge with one another too, else each shop's alone.
    """

    window_minutes = models.PositiveIntegerField(_("window (minutes)"), default=60)
    across_shops = models.BooleanField(_("across shops"), default=False)
    max_trades = models.PositiveSmallIntegerField(_("trades at most"), default=10)
    max_weight_g = models.PositiveIntegerField(_("weight at most (g)"), default=0)

    class Meta:
        default_permissions = ()
        verbose_name = _("merge rule")
        ordering = ["priority", "id"]
