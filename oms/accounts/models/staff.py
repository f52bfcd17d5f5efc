from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import pgettext_lazy


class Staff(AbstractUser):
    """A person who signs in. Sees no shop and no warehouse until somebody grants them, and all goods until somebody limits them."""

    display_name = models.CharField(pgettext_lazy("of a person", "name"), max_length=64, blank=True, default="")
    all_shops = models.BooleanField(_("all shops"), default=False)
    all_warehouses = models.BooleanField(_("all warehouses"), default=False)
    all_categories = models.BooleanField(_("all categories"), default=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("manage_staff", N_("Manage staff, roles and data scopes")),
            ("needs_second_factor", N_("Must sign in with a second factor")),
        ]
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.display_name or self.username
