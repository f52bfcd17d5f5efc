from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop as N_
from django.utils.translation import pgettext_lazy


class OrderTag(models.Model):
    """A tag that staff put on orders (``Order.tags`` holds the ids). One that is not in use stays on the orders that have it."""

    SCOPE_FIELDS: dict[str, str] = {}

    class Colour(models.TextChoices):
        WAIT = "wait", pgettext_lazy("colour", "Grey")
        WORK = "work", pgettext_lazy("colour", "Blue")
        DONE = "done", pgettext_lazy("colour", "Green")
        LOOK = "look", pgettext_lazy("colour", "Amber")
        STOP = "stop", pgettext_lazy("colour", "Red")

    name = models.CharField(_("name"), max_length=24, unique=True)
    colour = models.CharField(_("colour"), max_length=8, choices=Colour.choices, default=Colour.WAIT)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        default_permissions = ()
        permissions = [("manage_tag", N_("Change the list of order tags"))]
        verbose_name = _("order tag")
        ordering = ["-enabled", "name", "id"]

    def __str__(self) -> str:
        return self.name
