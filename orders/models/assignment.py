from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.rules import RoutingRule, Rule


class BusinessType(models.TextChoices):
    """The kinds of sale that the vouchers of an ERP tell apart."""

    ORDINARY = "ordinary", _("Ordinary sale")
    CONSIGNMENT = "consignment", _("Consignment sale")
    WHOLESALE = "wholesale", _("Wholesale")
    DROP_SHIP = "drop_ship", _("Drop shipping")


class Department(models.Model):
    """A department of the company to which orders are assigned, under the code that the ERP knows."""

    SCOPE_FIELDS: dict[str, str] = {}

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("department")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class AssignmentRule(Rule):
    """Sets department, salesperson and business type of orders (each may be left open, then a later rule may set it)."""

    regions = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    payment = models.CharField(
        _("payment"), max_length=8, choices=RoutingRule.Payment.choices, default=RoutingRule.Payment.ANY
    )
    warehouses = ArrayField(models.BigIntegerField(), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=64), verbose_name=_("categories"), default=list, blank=True)
    min_amount = models.DecimalField(_("paid at least"), max_digits=12, decimal_places=2, null=True, blank=True)
    max_amount = models.DecimalField(_("paid at most"), max_digits=12, decimal_places=2, null=True, blank=True)
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("department")
    )
    salesperson = models.ForeignKey(
        "accounts.Staff",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("salesperson"),
    )
    business_type = models.CharField(
        _("business type"), max_length=16, choices=BusinessType.choices, default="", blank=True
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("assignment rule")
        ordering = ["priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(department__isnull=False) | Q(salesperson__isnull=False) | ~Q(business_type=""),
                name="assignment_sets_something",
                violation_error_message=_(
                    "The rule sets nothing: give a department, a salesperson or a business type."
                ),
            ),
        ]
