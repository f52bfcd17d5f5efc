"""What the lists of orders and of waybill uploads can be narrowed by."""

from __future__ import annotations

import datetime as dt

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Shop
from oms.core.numbering import BUSINESS_ZONE
from oms.core.web.filters import ListFilters, day_box, search_box
from orders.models import Order, WaybillUpload
from orders.upload_queries import search_uploads
from orders.web.hints import SHORT
from warehouse.models import Carrier, Warehouse

Orders = QuerySet[Order]
Uploads = QuerySet[WaybillUpload]

DEADLINES: dict[str, tuple[Promise, int | None, int | None]] = {
    "late": (_("Late already"), None, 0),
    "4": (_("Due within 4 hours"), 0, 4),
    "8": (_("Due in 4 to 8 hours"), 4, 8),
    "16": (_("Due in 8 to 16 hours"), 8, 16),
    "24": (_("Due in 16 to 24 hours"), 16, 24),
    "later": (_("Due later"), 24, None),
}
"""When a promise falls due, in hours from now: from and until. The bars of the home page are made of the same, and lead here."""

HINTS: dict[str, tuple[Promise, Q]] = {
    "attention": (_("Needs a look"), ~Q(attention=[])),
    "message": (_("With a message"), ~Q(buyer_message="")),
    "memo": (_("With a memo"), ~Q(seller_memo="")),
    "held": (_("Held"), Q(held=True)),
    "intercepted": (_("Intercepted"), Q(intercepted=True)),
    "urgent": (_("Urgent"), Q(urgent=True)),
    "cod": (_("Cash on delivery"), Q(payment_kind=Order.PaymentKind.COD)),
}

_FIRST_DAY, _LAST_DAY = dt.date(2000, 1, 1), dt.date(2099, 12, 31)


def _shops(request: HttpRequest) -> QuerySet[Shop]:
    return scoped(Shop.objects.all(), signed_in(request))


def _warehouses(request: HttpRequest) -> QuerySet[Warehouse]:
    return scoped(Warehouse.objects.all(), signed_in(request))


def _shop_filter() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(label=_("Shop"), queryset=_shops, empty_label=_("All shops"))


def _carrier_filter() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=_("Carrier"), queryset=Carrier.objects.all(), empty_label=_("All carriers")
    )


def _amount(label: Promise, lookup: str) -> django_filters.NumberFilter:
    return django_filters.NumberFilter(
        label=label,
        field_name="paid_amount",
        lookup_expr=lookup,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "data-manual": "", "autocomplete": "off"}),
    )


def _day(label: Promise, method: str) -> django_filters.DateFilter:
    widget = day_box()
    widget.attrs["data-manual"] = ""
    limits = [MinValueValidator(_FIRST_DAY), MaxValueValidator(_LAST_DAY)]
    return django_filters.DateFilter(label=label, method=method, widget=widget, validators=limits)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), BUSINESS_ZONE)


class OrderFilters(ListFilters):
    """The filters of the workbench. Days are days in China; amounts are yuan, both ends included."""

    q = django_filters.CharFilter(
        label=_("Order, trade, buyer"), method="by_text", max_length=64, widget=search_box(_("Order, trade, buyer"))
    )
    shop = _shop_filter()
    warehouse = django_filters.ModelChoiceFilter(
        label=_("Warehouse"), queryset=_warehouses, empty_label=_("All warehouses")
    )
    carrier = _carrier_filter()
    deadline = django_filters.ChoiceFilter(
        label=_("Deadline"),
        method="by_deadline",
        empty_label=_("Any deadline"),
        choices=[(code, label) for code, (label, _from, _until) in DEADLINES.items()],
    )
    reason = django_filters.ChoiceFilter(
        label=_("Reason"), method="by_reason", empty_label=_("Any reason"), choices=list(SHORT.items())
    )
    hint = django_filters.ChoiceFilter(
        label=_("Hint"),
        method="by_hint",
        empty_label=_("Any hint"),
        choices=[(code, label) for code, (label, _condition) in HINTS.items()],
    )
    region = django_filters.CharFilter(
        label=_("Region"),
        method="by_region",
        max_length=32,
        widget=forms.TextInput(attrs={"data-manual": "", "autocomplete": "off"}),
    )
    paid_min = _amount(_("Paid at least"), "gte")
    paid_max = _amount(_("Paid at most"), "lte")
    paid_from = _day(_("Paid from"), "by_first_day")
    paid_to = _day(_("Paid until"), "by_last_day")

    further = ("region", "paid_min", "paid_max", "paid_from", "paid_to")
    """The fields that are asked for less often: they stand behind a button and are applied together."""

    @property
    def visible_fields(self) -> list[BoundField]:
        return [field for field in super().visible_fields if field.name not in self.further]

    @property
    def further_fields(self) -> list[BoundField]:
        """The fields behind the button."""
        return [self.form[name] for name in self.further]

    @property
    def further_active(self) -> int:
        """How many of the fields behind the button filter."""
        return sum(bool(self.data.get(name, "").strip()) for name in self.further)

    def by_text(self, found: Orders, _name: str, text: str) -> Orders:
        """Numbers by their beginning, buyers by any part of their name."""
        return found.filter(Q(no__istartswith=text) | Q(trade_no__startswith=text) | Q(buyer_nick__icontains=text))

    def by_deadline(self, found: Orders, _name: str, code: str) -> Orders:
        _label, first, last = DEADLINES[code]
        now = timezone.now()
        if first is not None:
            found = found.filter(ship_by__gte=now + dt.timedelta(hours=first))
        if last is not None:
            found = found.filter(ship_by__lt=now + dt.timedelta(hours=last))
        return found

    def by_reason(self, found: Orders, _name: str, code: str) -> Orders:
        return found.filter(Q(exceptions__contains=[code]) | Q(attention__contains=[code]))

    def by_hint(self, found: Orders, _name: str, code: str) -> Orders:
        return found.filter(HINTS[code][1])

    def by_region(self, found: Orders, _name: str, text: str) -> Orders:
        """Every word must be in the region's name: 浙江, 杭州, or 浙江 杭州."""
        for word in text.split():
            found = found.filter(region_name__icontains=word)
        return found

    def by_first_day(self, found: Orders, _name: str, day: dt.date) -> Orders:
        return found.filter(paid_at__gte=_midnight(day))

    def by_last_day(self, found: Orders, _name: str, day: dt.date) -> Orders:
        return found.filter(paid_at__lt=_midnight(day + dt.timedelta(days=1)))


class UploadFilters(ListFilters):
    """The filters of the waybill uploads."""

    q = django_filters.CharFilter(
        label=_("Trade, order, waybill"),
        method="by_text",
        max_length=64,
        widget=search_box(_("Trade, order, waybill")),
    )
    shop = _shop_filter()
    carrier = _carrier_filter()

    def by_text(self, found: Uploads, _name: str, text: str) -> Uploads:
        return search_uploads(found, text)
