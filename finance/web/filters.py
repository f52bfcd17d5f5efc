"""What the list of vouchers can be narrowed by."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from finance.models import Voucher
from finance.queries import search_vouchers
from oms.accounts.scopes import scoped
from oms.accounts.who import signed_in
from oms.catalog.models import Shop
from oms.core.web.filters import ListFilters, day_box, search_box


def _shops(request: HttpRequest) -> QuerySet[Shop]:
    return scoped(Shop.objects.all(), signed_in(request))


class VoucherFilters(ListFilters):
    """Vouchers by number, shop and day, both ends included."""

    q = django_filters.CharFilter(
        label=_("Voucher, order, trade"), method="search", widget=search_box(_("Voucher, order, trade"))
    )
    shop = django_filters.ModelChoiceFilter(label=_("Shop"), queryset=_shops, empty_label=_("All shops"))
    since = django_filters.DateFilter(label=_("From"), field_name="day", lookup_expr="gte", widget=day_box())
    until = django_filters.DateFilter(label=_("Until"), field_name="day", lookup_expr="lte", widget=day_box())

    def search(self, found: QuerySet[Voucher], _name: str, text: str) -> QuerySet[Voucher]:
        return search_vouchers(found, text)
