from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class Rule(models.Model):
    """What all rules have: a name, a rank (lower first, then id), a switch, and a version that grows with each change."""

    SCOPE_FIELDS: dict[str, str] = {}

    name = models.CharField(_("name"), max_length=100)
    priority = models.IntegerField(_("priority"), default=100)
    enabled = models.BooleanField(_("in use"), default=True)
    version = models.IntegerField(_("version"), default=1)
    shops = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class RoutingRule(Rule):
    """Chooses the warehouse or the carrier of orders of some shops (empty: all) to some regions (code prefixes; empty: all).

    It names one (``named``), or takes the cheapest of ``candidates`` (empty: all in use). Weights in grams, the upper bound not
    included. ``in_stock``: only a warehouse that holds everything; ``max_parts``: over how many warehouses an order may be divided
    when ``may_split``. ``restrictions``: only for goods with one of them. A ``fallback`` is asked after all other rules.
    """

    class Kind(models.TextChoices):
        WAREHOUSE = "warehouse", _("Warehouse")
        CARRIER = "carrier", _("Carrier")

    class Payment(models.TextChoices):
        ANY = "any", _("Any payment")
        ONLINE = "online", _("Paid online")
        COD = "cod", _("Cash on delivery")

    class Choice(models.TextChoices):
        NAMED = "named", _("The one named")
        CHEAPEST = "cheapest", _("The cheapest")

    kind = models.CharField(_("chooses"), max_length=10, choices=Kind.choices)
    regions = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    payment = models.CharField(_("payment"), max_length=8, choices=Payment.choices, default=Payment.ANY)
    from_warehouse = models.ForeignKey(
        "warehouse.Warehouse", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    choice = models.CharField(_("choice"), max_length=10, choices=Choice.choices, default=Choice.NAMED)
    warehouse = models.ForeignKey("warehouse.Warehouse", null=True, blank=True, on_delete=models.PROTECT)
    carrier = models.ForeignKey("warehouse.Carrier", null=True, blank=True, on_delete=models.PROTECT)
    candidates = ArrayField(models.BigIntegerField(), verbose_name=_("candidates"), default=list, blank=True)
    min_weight_g = models.PositiveIntegerField(_("weight from (g)"), null=True, blank=True)
    max_weight_g = models.PositiveIntegerField(_("weight below (g)"), null=True, blank=True)
    in_stock = models.BooleanField(_("only with stock for everything"), default=False)
    may_split = models.BooleanField(_("may divide orders over warehouses"), default=False)
    max_parts = models.PositiveSmallIntegerField(
        _("parts at most"), default=2, validators=[MinValueValidator(2), MaxValueValidator(4)]
    )
    restrictions = ArrayField(
        models.CharField(max_length=16), verbose_name=_("for restricted goods"), default=list, blank=True
    )
    fallback = models.BooleanField(_("default, when no other rule decides"), default=False)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_rule", N_("See the rules")),
            ("manage_rule", N_("Change the rules")),
        ]
        verbose_name = _("routing rule")
        ordering = ["kind", "priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="warehouse", carrier__isnull=True)
                    & (Q(choice="named", warehouse__isnull=False) | Q(choice="cheapest", warehouse__isnull=True))
                )
                | (
                    Q(kind="carrier", warehouse__isnull=True)
                    & (Q(choice="named", carrier__isnull=False) | Q(choice="cheapest", carrier__isnull=True))
                ),
                name="routing_rule_chooses_one",
                violation_error_message=_("Name one warehouse or one carrier, or choose by price."),
            ),
        ]


class ApprovalPolicy(Rule):
    """Lets an order pass an audit by itself when every condition holds. Amounts in yuan, on what the buyer paid.

    The five plain columns are the conditions that nearly every policy has; ``conditions`` lists further ones
    (``orders.engine.approval.kinds``).
    """

    class Audit(models.TextChoices):
        CUSTOMER_SERVICE = "cs", _("Customer service audit")
        FINANCE = "finance", _("Finance audit")

    audit = models.CharField(_("audit"), max_length=8, choices=Audit.choices)
    max_amount = models.DecimalField(_("paid at most"), max_digits=12, decimal_places=2, null=True, blank=True)
    min_amount = models.DecimalField(_("paid at least"), max_digits=12, decimal_places=2, null=True, blank=True)
    allow_message = models.BooleanField(_("with a buyer's message"), default=False)
    allow_memo = models.BooleanField(_("with a seller's memo"), default=False)
    allow_cod = models.BooleanField(_("with cash on delivery"), default=False)
    conditions = models.JSONField(_("further conditions"), default=list, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("approval policy")
        verbose_name_plural = _("approval policies")
        ordering = ["audit", "priority", "id"]
