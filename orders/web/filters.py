"""What the list of waybill uploads can be narrowed by; orders are narrowed by ``orders.filtering``."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Shop
from oms.core.web.filters import ListFilters, search_box
from orders.memo_queries import search_memos
from orders.models import MemoUpload, WaybillUpload
from orders.upload_queries import search_uploads
from warehouse.models import Carrier

Uploads = QuerySet[WaybillUpload]


def _shops(request: HttpRequest) -> QuerySet[Shop]:
    return scoped(Shop.objects.all(), signed_in(request))


class MemoFilters(ListFilters):
    """The filters of the memos for the platforms."""

    q = django_filters.CharFilter(
        label=_("Trade or order"), method="by_text", max_length=64, widget=search_box(_("Trade or order"))
    )
    shop = django_filters.ModelChoiceFilter(label=_("Shop"), queryset=_shops, empty_label=_("All shops"))

    def by_text(self, found: QuerySet[MemoUpload], _name: str, text: str) -> QuerySet[MemoUpload]:
        return search_memos(found, text)


class UploadFilters(ListFilters):
    """The filters of the waybill uploads."""

    q = django_filters.CharFilter(
        label=_("Trade, order, waybill"),
        method="by_text",
        max_length=64,
        widget=search_box(_("Trade, order, waybill")),
    )
    shop = django_filters.ModelChoiceFilter(label=_("Shop"), queryset=_shops, empty_label=_("All shops"))
    carrier = django_filters.ModelChoiceFilter(
        label=_("Carrier"), queryset=Carrier.objects.all(), empty_label=_("All carriers")
    )

    def by_text(self, found: Uploads, _name: str, text: str) -> Uploads:
        return search_uploads(found, text)
