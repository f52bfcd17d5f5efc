from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_


class Listing(models.Model):
    """What a shop sells: an item and SKU of the platform, and the SKU of ours that it is.

    Learned from trades. One without a SKU waits for a person, and so do the orders that hold it.
    """

    SCOPE_FIELDS = {"shop": "shop_id", "category": "sku"}

    class Binding(models.TextChoices):
        NONE = "none", _("Not matched")
        SKU_CODE = "sku_code", _("By the SKU's merchant code")
        ITEM_CODE = "item_code", _("By the item's merchant code")
        HAND = "hand", _("By hand")

    shop = models.ForeignKey("catalog.Shop", on_delete=models.CASCADE, related_name="listings")
    item_id = models.CharField(_("item id"), max_length=64)
    platform_sku_id = models.CharField(_("platform SKU id"), max_length=64, default="", blank=True)
    title = models.CharField(_("title"), max_length=300, default="", blank=True)
    spec = models.CharField(_("specification"), max_length=300, default="", blank=True)
    item_code = models.CharField(_("item's merchant code"), max_length=128, default="", blank=True)
    sku_code = models.CharField(_("SKU's merchant code"), max_length=128, default="", blank=True)
    sku = models.ForeignKey("catalog.Sku", null=True, blank=True, on_delete=models.PROTECT, related_name="listings")
    binding = models.CharField(_("matched"), max_length=12, choices=Binding.choices, default=Binding.NONE)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_listing", N_("See listings")),
            ("bind_listing", N_("Bind listings to SKUs")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["shop", "item_id", "platform_sku_id"], name="listing_once"),
            models.CheckConstraint(
                condition=(Q(binding="none") & Q(sku__isnull=True)) | (~Q(binding="none") & Q(sku__isnull=False)),
                name="listing_bound_has_sku",
            ),
        ]
        indexes = [models.Index(fields=["shop", "-seen_at"], name="listing_unmatched", condition=Q(sku__isnull=True))]

    def __str__(self) -> str:
        return self.title or self.item_id
