from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class GiftGrant(models.Model):
    """What a scheme gave an order (an order's id, which this room does not look into).

    ``gifts`` maps SKU ids to units, ``tiers`` lists [threshold, times], ``counters`` maps the keys of limits to what they grew by. ``cost``
    is the gifts' cost and ``sales`` what the buyer paid for the goods that qualified, both in yuan at the moment of the grant.
    """

    SCOPE_FIELDS = {"shop": "shop_id"}

    class State(models.TextChoices):
        ACTIVE = "active", _("Given")
        GIVEN_BACK = "given_back", _("Given back")

    scheme = models.ForeignKey("promotions.Scheme", on_delete=models.PROTECT, related_name="grants")
    scheme_version = models.IntegerField()
    order_id = models.BigIntegerField()
    shop = models.ForeignKey("catalog.Shop", on_delete=models.PROTECT, db_index=False)
    buyer = models.CharField(max_length=160, default="", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    units = models.IntegerField()
    gifts = models.JSONField(default=dict)
    tiers = models.JSONField(default=list)
    counters = models.JSONField(default=dict)
    cost = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    sales = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    at = models.DateTimeField(default=timezone.now)
    given_back_at = models.DateTimeField(null=True, blank=True)
    given_back_for = models.CharField(max_length=24, default="", blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "scheme"], condition=Q(state="active"), name="gift_grant_active_once"
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="gift_grant_units_positive"),
        ]
        indexes = [models.Index(fields=["scheme", "at"], name="gift_grant_of_scheme")]

    def __str__(self) -> str:
        return f"{self.scheme_id} → {self.order_id}: {self.units}"
