from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _


class PostingDue(models.Model):
    """A shipped order that is to be posted: written when it ships, removed in the transaction that posts it.

    One with a ``reason_code`` is set aside: it cannot be posted as it stands and waits for a person; ``facts`` fill its sentence.
    """

    SCOPE_FIELDS = {
        "shop": "order__shop_id",
        "warehouse": "shipment__warehouse_id",
        "category": "order__lines__sku",
    }

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    shipment = models.ForeignKey("warehouse.Shipment", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason_code = models.CharField(max_length=32, default="", blank=True)
    facts = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["id"], name="posting_due_ready", condition=Q(reason_code="")),
            models.Index(fields=["-id"], name="posting_due_aside", condition=~Q(reason_code="")),
        ]

    def __str__(self) -> str:
        return f"order {self.order_id}"

    @property
    def reason(self) -> str:
        """Why the order was set aside, as a sentence that says what to do; empty when it was not."""
        sentences = {
            "amounts_differ": _(
                "The lines come to %(lines)s and the postage to %(postage)s, but the buyer paid %(paid)s. "
                "Compare the order with its trade, then post again."
            ),
            "parcel_differs": _(
                "The parcel did not hold what the lines of the order say. Ask the warehouse what has left, then post again."
            ),
            "not_shipped": _("The order is not shipped, though its parcel has left. Tell the administrator."),
            "internal_error": _(
                "It stopped on an internal error (%(name)s). Tell the administrator; the log has the details."
            ),
            "posted_already": _("The order has vouchers already. Tell the administrator."),
        }
        return sentences[self.reason_code] % self.facts if self.reason_code else ""
