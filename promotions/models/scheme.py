from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from promotions.engine import values


class Scheme(models.Model):
    """One rule of a campaign (docs/algorithms/promotions.md). Empty shops, regions, levels, tags and goods mean all.

    ``scope`` holds the lists skus, products, categories, brands and without_skus. A limit of None does not limit.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    class Kind(models.TextChoices):
        BUY_AND_GET = values.Kind.BUY_AND_GET.value, _("Buy and get")
        QUANTITY_REACHED = values.Kind.QUANTITY_REACHED.value, _("Units reached")
        AMOUNT_REACHED = values.Kind.AMOUNT_REACHED.value, _("Amount reached")
        BUY_A_GET_A = values.Kind.BUY_A_GET_A.value, _("Buy A get A")

    class Mode(models.TextChoices):
        HIGHEST = values.TierMode.HIGHEST.value, _("The highest step alone")
        EACH = values.TierMode.EACH.value, _("Each reached step once")
        MULTIPLE = values.TierMode.MULTIPLE.value, _("As often as it is reached")

    class NoStock(models.TextChoices):
        DROP = values.NoStock.DROP.value, _("Leave the gift out")
        SUBSTITUTE = values.NoStock.SUBSTITUTE.value, _("Give a substitute")
        WAIT = values.NoStock.WAIT.value, _("Let the order wait")

    class Unit(models.TextChoices):
        UNITS = values.LimitUnit.UNITS.value, _("gifts")
        ORDERS = values.LimitUnit.ORDERS.value, _("orders")

    campaign = models.ForeignKey("promotions.Campaign", on_delete=models.PROTECT, related_name="schemes")
    name = models.CharField(_("name"), max_length=100)
    priority = models.IntegerField(_("priority"), default=100)
    enabled = models.BooleanField(_("in use"), default=True)
    version = models.IntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    mode = models.CharField(_("steps"), max_length=12, choices=Mode.choices, default=Mode.HIGHEST)
    by_payment = models.BooleanField(_("by the moment of payment"), default=True)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    shops = ArrayField(models.BigIntegerField(), default=list, blank=True)
    regions = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    member_levels = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    member_tags = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    scope = models.JSONField(default=dict, blank=True)
    group = models.CharField(_("group"), max_length=32, default="", blank=True)
    alone = models.BooleanField(_("stands alone"), default=False)
    skip_discounted = models.BooleanField(_("without discounted goods"), default=False)
    skip_presale = models.BooleanField(_("without pre-sale goods"), default=False)
    prefer_stock = models.BooleanField(_("prefer gifts in stock"), default=True)
    no_stock = models.CharField(
        _("when a gift is out of stock"), max_length=12, choices=NoStock.choices, default=NoStock.DROP
    )
    substitutes = ArrayField(models.BigIntegerField(), default=list, blank=True)
    total_limit = models.PositiveIntegerField(_("in all at most"), null=True, blank=True)
    total_unit = models.CharField(max_length=8, choices=Unit.choices, default=Unit.UNITS)
    day_limit = models.PositiveIntegerField(_("a day at most"), null=True, blank=True)
    day_unit = models.CharField(max_length=8, choices=Unit.choices, default=Unit.UNITS)
    buyer_limit = models.PositiveIntegerField(_("each buyer at most"), null=True, blank=True)
    buyer_unit = models.CharField(max_length=8, choices=Unit.choices, default=Unit.UNITS)
    give_back_on_cancel = models.BooleanField(_("a cancelled order gives its share back"), default=True)
    give_back_on_refund = models.BooleanField(_("a refunded order gives its share back"), default=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("scheme")
        ordering = ["priority", "id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="scheme_name_once"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")),
                name="scheme_window",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SchemeTier(models.Model):
    """A step: ``threshold`` in units, or in yuan for schemes by amount. ``pick`` counts for any-of choices and buy A get A.

    ``gifts`` lists [SKU id, units] in the order of the list; SKUs are never deleted.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    class Choice(models.TextChoices):
        ALL = values.Choice.ALL.value, _("All gifts")
        ONE_OF = values.Choice.ONE_OF.value, _("One of them")
        ANY_OF = values.Choice.ANY_OF.value, _("Any combination up to a number")

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="tiers")
    threshold = models.DecimalField(pgettext_lazy("threshold", "from"), max_digits=12, decimal_places=2)
    choice = models.CharField(_("gifts"), max_length=8, choices=Choice.choices, default=Choice.ALL)
    pick = models.PositiveIntegerField(pgettext_lazy("how many", "number"), default=1)
    gifts = models.JSONField(default=list, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["threshold", "id"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "threshold"], name="scheme_tier_once"),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="scheme_tier_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.threshold}"
