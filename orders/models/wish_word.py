from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.rules import Rule


class WishWord(Rule):
    """A word of buyers or sellers that stands for a carrier, such as 顺丰 (``orders.engine.routing.wishes``)."""

    class Source(models.TextChoices):
        BOTH = "both", _("Message and memo")
        MESSAGE = "message", _("Buyer's message")
        MEMO = "memo", _("Seller's memo")

    word = models.CharField(_("word"), max_length=32)
    carrier = models.ForeignKey("warehouse.Carrier", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(_("read from"), max_length=8, choices=Source.choices, default=Source.BOTH)

    class Meta:
        default_permissions = ()
        verbose_name = _("wish word")
        ordering = ["priority", "id"]
