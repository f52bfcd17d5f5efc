from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_

from oms.core.fields import EncryptedTextField


class Shop(models.Model):
    """One store on one platform, with its own authorisation. Keys and session are sealed and never shown again."""

    SCOPE_FIELDS = {"shop": "id"}

    class Authorisation(models.TextChoices):
        UNKNOWN = "unknown", _("Not checked yet")
        VALID = "valid", _("Authorised")
        EXPIRED = "expired", _("Must be authorised again")
        REFUSED = "refused", _("Refused by the platform")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)
    platform = models.CharField(_("platform"), max_length=24)
    gateway_url = models.URLField(_("gateway address"), max_length=300, default="", blank=True)
    app_key = models.CharField(_("app key"), max_length=128, default="", blank=True)
    app_secret = EncryptedTextField(purpose="shop.app_secret")
    session = EncryptedTextField(purpose="shop.session")
    session_index = models.BinaryField(max_length=16, null=True, blank=True)
    session_expires_at = models.DateTimeField(_("session expires"), null=True, blank=True)
    authorisation = models.CharField(
        _("authorisation"), max_length=12, choices=Authorisation.choices, default=Authorisation.UNKNOWN
    )
    authorisation_note = models.TextField(default="", blank=True)
    options = models.JSONField(default=dict, blank=True)
    ship_within_hours = models.PositiveSmallIntegerField(_("hours promised for shipping"), default=48)
    enabled = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        permissions = [
            ("view_shop", N_("See shops")),
            ("manage_shop", N_("Change shops and their keys")),
            ("download_shop", N_("Download trades")),
        ]
        ordering = ["code"]
        verbose_name = _("shop")

    def __str__(self) -> str:
        return self.name
