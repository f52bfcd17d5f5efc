"""Reads what the engine needs: live schemes, the goods they ask about, and what has been used of their limits. Constant in queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from oms.catalog.categories import covering
from oms.catalog.models import Sku
from promotions.engine.limits import counters_of
from promotions.engine.values import (
    Basket,
    Choice,
    CounterKey,
    Gift,
    GoodsFacts,
    GoodsScope,
    Kind,
    Limit,
    LimitUnit,
    NoStock,
    SchemeFacts,
    Tier,
    TierMode,
)
from promotions.locks import lock_counters, make_counters
from promotions.models import Campaign, GiftGrant, LimitCounter, Scheme, SchemeTier


def live_schemes(since: dt.datetime, until: dt.datetime) -> tuple[SchemeFacts, ...]:
    """The schemes of campaigns that are live and whose window touches ``[since, until]``, in rank order. Two queries."""
    return facts_of(
        Scheme.objects.filter(
            enabled=True,
            campaign__state=Campaign.State.LIVE,
            campaign__starts_at__lte=until,
            campaign__ends_at__gt=since,
        )
    )


def facts_of(schemes: QuerySet[Scheme]) -> tuple[SchemeFacts, ...]:
    """The schemes as the engine sees them, in rank order. Two queries."""
    rows = schemes.select_related("campaign").prefetch_related("tiers")
    return tuple(
        scheme_facts(row, row.campaign, row.tiers.all())
        for row in rows.order_by("campaign__priority", "campaign_id", "priority", "id")
    )


def _limit(limit: int | None, unit: str) -> Limit | None:
    return None if limit is None else Limit(limit, LimitUnit(unit))


def _latest(first: dt.datetime, second: dt.datetime | None) -> dt.datetime:
    return first if second is None else max(first, second)


def _earliest(first: dt.datetime, second: dt.datetime | None) -> dt.datetime:
    return first if second is None else min(first, second)


def scope_of(data: Mapping[str, Sequence[int | str]]) -> GoodsScope:
    """The scope of its stored form."""
    return GoodsScope(
        skus=frozenset(int(sku) for sku in data.get("skus", ())),
        products=frozenset(int(product) for product in data.get("products", ())),
        categories=frozenset(map(str, data.get("categories", ()))),
        brands=frozenset(map(str, data.get("brands", ()))),
        without_skus=frozenset(int(sku) for sku in data.get("without_skus", ())),
    )


def _tier(tier: SchemeTier, kind: Kind) -> Tier:
    factor = 100 if kind is Kind.AMOUNT_REACHED else 1
    return Tier(
        tier.id,
        int(tier.threshold * factor),
        tuple(Gift(int(sku_id), int(quantity)) for sku_id, quantity in tier.gifts),
        Choice(tier.choice),
        tier.pick,
    )


def scheme_facts(scheme: Scheme, campaign: Campaign, tiers: Iterable[SchemeTier]) -> SchemeFacts:
    """A scheme with its steps, saved or not; its window is cut to the campaign's."""
    kind = Kind(scheme.kind)
    return SchemeFacts(
        id=scheme.pk or 0,
        version=scheme.version,
        name=scheme.name,
        campaign_id=campaign.id,
        campaign_name=campaign.name,
        kind=kind,
        scope=scope_of(scheme.scope),
        tiers=tuple(_tier(tier, kind) for tier in tiers),
        mode=TierMode(scheme.mode),
        by_payment=scheme.by_payment,
        starts_at=_latest(campaign.starts_at, scheme.starts_at),
        ends_at=_earliest(campaign.ends_at, scheme.ends_at),
        shops=frozenset(scheme.shops),
        regions=tuple(scheme.regions),
        member_levels=frozenset(scheme.member_levels),
        member_tags=frozenset(scheme.member_tags),
        group=scheme.group,
        alone=scheme.alone,
        skip_discounted=scheme.skip_discounted,
        skip_presale=scheme.skip_presale,
        prefer_stock=scheme.prefer_stock,
        no_stock=NoStock(scheme.no_stock),
        substitutes=tuple(scheme.substitutes),
        total=_limit(scheme.total_limit, scheme.total_unit),
        per_day=_limit(scheme.day_limit, scheme.day_unit),
        per_buyer=_limit(scheme.buyer_limit, scheme.buyer_unit),
    )


class Granted(NamedTuple):
    """What an order holds by grants: the schemes, and what the limits get back with them."""

    schemes: tuple[int, ...]
    counters: tuple[tuple[CounterKey, int], ...]


NOTHING_GRANTED = Granted((), ())


def granted_to(order_ids: Sequence[int]) -> dict[int, Granted]:
    """What the orders hold by active grants; orders without one are absent. One query."""
    rows = GiftGrant.objects.filter(order_id__any_of=list(order_ids), state=GiftGrant.State.ACTIVE).order_by("id")
    found: dict[int, Granted] = {}
    for order_id, scheme_id, counters in rows.values_list("order_id", "scheme_id", "counters"):
        before = found.get(order_id, NOTHING_GRANTED)
        back = tuple(((scheme_id, name), units) for name, units in counters.items())
        found[order_id] = Granted((*before.schemes, scheme_id), (*before.counters, *back))
    return found


def gift_skus(schemes: Iterable[SchemeFacts]) -> set[int]:
    """Every SKU that the schemes may give, substitutes among them; goods that are their own gift are in the baskets."""
    return {
        *(gift.sku_id for scheme in schemes for tier in scheme.tiers for gift in tier.gifts),
        *(sku_id for scheme in schemes for sku_id in scheme.substitutes),
    }


def load_goods(sku_ids: Iterable[int]) -> dict[int, GoodsFacts]:
    """Product, categories and brand of the SKUs. One query."""
    rows = Sku.objects.filter(id__in=sorted(set(sku_ids))).values_list(
        "id", "product_id", covering("product__category__path"), "product__brand"
    )
    return {sku_id: GoodsFacts(sku_id, product, tuple(names), brand) for sku_id, product, names, brand in rows}


def load_costs(sku_ids: Iterable[int]) -> dict[int, Decimal]:
    """Cost of the SKUs in yuan. One query."""
    return dict(Sku.objects.filter(id__in=sorted(set(sku_ids))).values_list("id", "cost"))


def load_used(
    baskets: Iterable[Basket], schemes: Sequence[SchemeFacts], *, lock: bool = False
) -> dict[CounterKey, int]:
    """What has been used of the limits that may bind the baskets. With ``lock`` it cannot change until the commit. Two queries at most."""
    limited = [s for s in schemes if s.limited]
    keys = {
        key: limit.limit
        for basket in baskets
        for scheme in limited
        for key, limit, _code in counters_of(scheme, basket)
    }
    if lock:
        # What is missing is made before anything is locked: whoever held a lock while waiting for another's new counter
        # could wait for ever.
        make_counters(keys)
        return lock_counters(keys)
    names = sorted({key for _scheme, key in keys})
    found = LimitCounter.objects.filter(scheme_id__in=[s.id for s in limited], key__in=names)
    rows = found.values_list("scheme_id", "key", "used")
    return {(scheme, key): used for scheme, key, used in rows if (scheme, key) in keys}
