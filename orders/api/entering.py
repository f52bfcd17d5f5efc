"""What an order that a program enters looks like (POST /api/v1/orders/)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Shop
from oms.catalog.receivers import ReceiverData
from oms.core.money import ZERO
from orders.editing.values import InvoiceWish, LineWish
from orders.engine.amounts import MOST_UNITS, UnableToAdd
from orders.entering import Entry, enter_one
from orders.models import Order
from warehouse.models import Carrier, Warehouse

MOST_LINES = 200


class EntryLineSerializer(serializers.Serializer[Any]):
    """Units of one SKU, by our merchant code; price of a unit and discount of the line in yuan."""

    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)
    price = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=ZERO)
    discount = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=ZERO, default=ZERO)


class EntryReceiverSerializer(serializers.Serializer[Any]):
    """Who receives the parcel, in clear."""

    name = serializers.CharField(max_length=64)
    phone = serializers.CharField(max_length=40, min_length=7)
    province = serializers.CharField(max_length=32)
    city = serializers.CharField(max_length=32, allow_blank=True, default="")
    district = serializers.CharField(max_length=32, allow_blank=True, default="")
    town = serializers.CharField(max_length=32, allow_blank=True, default="")
    address = serializers.CharField(max_length=200)
    zip_code = serializers.CharField(max_length=16, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ReceiverData(**attrs).region_code is None:
            raise serializers.ValidationError({"province": [_("This province is not known.")]})
        return attrs


class EntrySerializer(serializers.Serializer[Any]):
    """An order that no platform knows. ``external_no`` is taken once in a shop; shop, warehouse and carrier by their codes."""

    shop = serializers.CharField(max_length=32)
    origin = serializers.ChoiceField(
        choices=[choice for choice in Order.Origin.choices if choice[0] in Order.ENTERED], default="phone"
    )
    external_no = serializers.CharField(max_length=64, allow_blank=True, default="")
    receiver = EntryReceiverSerializer()
    lines = serializers.ListField(child=EntryLineSerializer(), allow_empty=False, max_length=MOST_LINES)
    post_fee = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=ZERO, default=ZERO)
    adjustment = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=ZERO, default=ZERO)
    payment_kind = serializers.ChoiceField(choices=Order.PaymentKind.choices, default="online")
    buyer_nick = serializers.CharField(max_length=128, allow_blank=True, default="")
    buyer_message = serializers.CharField(max_length=500, allow_blank=True, default="")
    seller_memo = serializers.CharField(max_length=500, allow_blank=True, default="")
    warehouse = serializers.CharField(max_length=32, allow_blank=True, default="")
    carrier = serializers.CharField(max_length=32, allow_blank=True, default="")
    invoice_kind = serializers.ChoiceField(choices=Order.InvoiceKind.choices, allow_blank=True, default="")
    invoice_title = serializers.CharField(max_length=200, allow_blank=True, default="")
    invoice_tax_no = serializers.CharField(max_length=20, allow_blank=True, default="")
    invoice_email = serializers.EmailField(allow_blank=True, default="")
    placed_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


def enter(data: dict[str, Any], staff: Staff) -> Order:
    """Enter the validated order. Raises ValidationError with its place, NumberTaken."""
    shop = scoped(Shop.objects.filter(enabled=True), staff).filter(code=data["shop"]).first()
    if shop is None:
        raise serializers.ValidationError({"shop": [_("There is no such shop in use.")]})
    lines = tuple(
        LineWish(f"new{at}", line["sku"].strip(), line["quantity"], line["price"], line["discount"])
        for at, line in enumerate(data["lines"])
    )
    entry = Entry(
        shop_id=shop.pk,
        lines=lines,
        receiver=ReceiverData(**data["receiver"]),
        origin=data["origin"],
        external_no=data["external_no"].strip(),
        post_fee=data["post_fee"],
        adjustment=data["adjustment"],
        payment_kind=data["payment_kind"],
        buyer_nick=data["buyer_nick"],
        buyer_message=data["buyer_message"],
        seller_memo=data["seller_memo"],
        warehouse_id=_named("warehouse", scoped(Warehouse.objects.filter(enabled=True), staff), data["warehouse"]),
        carrier_id=_named("carrier", Carrier.objects.filter(enabled=True), data["carrier"]),
        invoice=InvoiceWish(
            data["invoice_kind"], data["invoice_title"], data["invoice_tax_no"].upper(), data["invoice_email"]
        ),
        placed_at=data["placed_at"],
    )
    try:
        return enter_one(entry, actor_id=staff.pk)
    except UnableToAdd as error:
        where = "lines" if error.line is None else f"lines.{error.line}"
        raise serializers.ValidationError({where: [_(error.text)]}) from None


def _named(name: str, found: Any, code: str) -> int | None:
    if not code:
        return None
    one = found.filter(code=code).values_list("id", flat=True).first()
    if one is None:
        raise serializers.ValidationError({name: [_("There is nothing in use with this code.")]})
    return int(one)
