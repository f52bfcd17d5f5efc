"""What the lists of products and listings can be narrowed by."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Listing, Shop, Sku
from oms.catalog.queries import search_listings, search_skus
from oms.core.web.filters import ListFilters, search_box

_TEXT = 100


def _shops(request: HttpRequest) -> QuerySet[Shop]:
    return scoped(Shop.objects.all(), signed_in(request))


class ProductFilters(ListFilters):
    """The filters of the products. Without the switch only SKUs in use are shown, with it only the others."""

    q = django_filters.CharFilter(
        label=_("Goods"), method="by_text", max_length=_TEXT, widget=search_box(_("Code, name, barcode"))
    )
    off = django_filters.BooleanFilter(label=_("Not in use"), method="by_use", widget=forms.CheckboxInput)

    def by_text(self, found: QuerySet[Sku], _name: str, text: str) -> QuerySet[Sku]:
        return search_skus(found, text)

    def by_use(self, found: QuerySet[Sku], _name: str, off: bool) -> QuerySet[Sku]:
        return found.filter(enabled=not off)


class ListingFilters(ListFilters):
    """The filters of the listings."""

    q = django_filters.CharFilter(
        label=_("Listing"), method="by_text", max_length=_TEXT, widget=search_box(_("Title, item id, merchant code"))
    )
    shop = django_filters.ModelChoiceFilter(label=_("Shop"), queryset=_shops, empty_label=_("All shops"))

    def by_text(self, found: QuerySet[Listing], _name: str, text: str) -> QuerySet[Listing]:
        return search_listings(found, text)
