from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.core.fields import EncryptedTextField

NAME_PURPOSE = "receiver.name"
PHONE_PURPOSE = "receiver.phone"
ADDRESS_PURPOSE = "receiver.address"


class Receiver(models.Model):
    """Who receives a parcel and where: an immutable value that trades, orders and shipments point at.

    A change makes a new row. Name, phone and address are sealed and findable by blind index; masked forms are for
    display. The table can be erased by date (``erased_at``) while the facts of trade stay.
    """

    name = EncryptedTextField(purpose=NAME_PURPOSE)
    phone = EncryptedTextField(purpose=PHONE_PURPOSE)
    address = EncryptedTextField(purpose=ADDRESS_PURPOSE)
    name_index = models.BinaryField(max_length=16, null=True, blank=True)
    phone_index = models.BinaryField(max_length=16, null=True, blank=True)
    address_index = models.BinaryField(max_length=16, null=True, blank=True)
    name_masked = models.CharField(max_length=64, default="", blank=True)
    phone_masked = models.CharField(max_length=32, default="", blank=True)
    province = models.CharField(_("province"), max_length=64, default="", blank=True)
    city = models.CharField(_("city"), max_length=64, default="", blank=True)
    district = models.CharField(_("district"), max_length=64, default="", blank=True)
    town = models.CharField(_("town"), max_length=64, default="", blank=True)
    zip_code = models.CharField(_("postal code"), max_length=16, default="", blank=True)
    region = models.ForeignKey("catalog.Region", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    oaid = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["name_index"], name="receiver_name"),
            models.Index(fields=["phone_index"], name="receiver_phone"),
            models.Index(fields=["address_index"], name="receiver_address"),
        ]

    def __str__(self) -> str:
        return f"{self.name_masked} {self.phone_masked}"
