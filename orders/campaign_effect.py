"""What a campaign changed: sales of its shops and goods, against the equally long time before it began."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.categories import within
from orders.models import Order, OrderLine
from promotions.engine.values import SchemeFacts
from promotions.load import facts_of
from promotions.models import Campaign

_DAY = dt.timedelta(days=1)
NO_SALE = (Order.State.CANCELLED, Order.State.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Sold:
    """Orders with the goods, units of them, and what was paid for them in yuan; money that went back does not count."""

    orders: int = 0
    units: int = 0
    sales: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Effect:
    """The campaign's time up to now, and as long a time before it."""

    starts_at: dt.datetime
    until: dt.datetime
    before_from: dt.datetime
    during: Sold
    before: Sold

    @property
    def uplift(self) -> int | None:
        """By how many per cent sales grew; None when there were none before."""
        if not self.before.sales:
            return None
        return round((self.during.sales - self.before.sales) * 100 / self.before.sales)


def effect_of(staff: Staff, campaign: Campaign, now: dt.datetime) -> Effect | None:
    """The effect as far as the staff member may see; None before the campaign begins or without a scheme. Three queries."""
    until = min(campaign.ends_at, now)
    schemes = facts_of(campaign.schemes.filter(enabled=True))
    if until <= campaign.starts_at or not schemes:
        return None
    start = campaign.starts_at
    before_from = start - (until - start)
    found = OrderLine.objects.filter(
        _goods(schemes),
        is_gift=False,
        order__placed_at__gte=before_from,
        order__placed_at__lt=until,
        # An order is made after it was placed: this condition only lets the index by time be used.
        order__created_at__gte=before_from - _DAY,
    ).exclude(Q(refund=OrderLine.Refund.REFUNDED) | Q(order__state__in=NO_SALE))
    row = scoped(found, staff).aggregate(
        **_sums("during", Q(order__placed_at__gte=start)), **_sums("before", Q(order__placed_at__lt=start))
    )
    return Effect(start, until, before_from, _sold(row, "during"), _sold(row, "before"))


def _sums(name: str, when: Q) -> dict[str, Any]:
    return {
        f"{name}_orders": Count("order_id", distinct=True, filter=when),
        f"{name}_units": Sum("quantity", filter=when),
        f"{name}_sales": Sum("amount", filter=when),
    }


def _sold(row: dict[str, Any], name: str) -> Sold:
    return Sold(row[f"{name}_orders"], row[f"{name}_units"] or 0, row[f"{name}_sales"] or Decimal("0.00"))


def _goods(schemes: tuple[SchemeFacts, ...]) -> Q:
    """The shops and goods of any of the schemes."""
    found = Q(pk__in=[])
    for scheme in schemes:
        scope = scheme.scope
        inside = (
            Q(sku_id__in=scope.skus)
            | Q(sku__product_id__in=scope.products)
            | Q(sku__product__category__path__overlap=within(scope.categories))
            | Q(sku__product__brand__in=scope.brands)
        )
        everything = not (scope.skus or scope.products or scope.categories or scope.brands)
        one = Q(sku__isnull=False) if everything else inside
        if scope.without_skus:
            one &= ~Q(sku_id__in=scope.without_skus)
        if scheme.shops:
            one &= Q(order__shop_id__in=scheme.shops)
        found |= one
    return found
