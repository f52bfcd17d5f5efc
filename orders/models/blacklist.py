from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_

from oms.catalog.platforms import platform_name


class BlacklistEntry(models.Model):
    """A buyer of a platform, a phone or an address to which nothing ships without a person.

    Phone and address are kept as blind indexes alone. With ``stops`` such an order becomes an exception; without, it waits for
    the audit where a policy asks for the blacklist.
    """

    SCOPE_FIELDS: dict[str, str] = {}

    platform = models.CharField(_("platform"), max_length=24, default="", blank=True)
    buyer_id = models.CharField(_("buyer"), max_length=128, default="", blank=True)
    phone_index = models.BinaryField(max_length=16, null=True, blank=True)
    phone_masked = models.CharField(_("phone"), max_length=32, default="", blank=True)
    address_index = models.BinaryField(max_length=16, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    stops = models.BooleanField(_("stops the order"), default=True)
    enabled = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("entered"), default=timezone.now)
    created_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_blacklist", N_("See the blacklist")),
            ("manage_blacklist", N_("Change the blacklist")),
        ]
        verbose_name = _("blacklist entry")
        constraints = [
            models.CheckConstraint(
                condition=(~Q(buyer_id="") & ~Q(platform=""))
                | Q(phone_index__isnull=False)
                | Q(address_index__isnull=False),
                name="blacklist_names_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer_id"], name="blacklist_buyer", condition=Q(enabled=True) & ~Q(buyer_id="")),
            models.Index(
                fields=["phone_index"], name="blacklist_phone", condition=Q(enabled=True, phone_index__isnull=False)
            ),
            models.Index(
                fields=["address_index"],
                name="blacklist_address",
                condition=Q(enabled=True, address_index__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def platform_name(self) -> str:
        """What people call the buyer's platform."""
        return platform_name(self.platform)
