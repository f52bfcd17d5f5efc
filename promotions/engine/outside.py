"""Why a scheme did not even look at a basket: the shop, the place, the member, the goods or the time are not its own."""

from __future__ import annotations

from collections.abc import Mapping

from promotions.engine.limits import decisive_moment
from promotions.engine.values import Basket, GoodsFacts, SchemeFacts


def outside(scheme: SchemeFacts, basket: Basket, goods: Mapping[int, GoodsFacts]) -> str:
    """The code of the first condition that the basket does not meet; empty when the scheme is in reach."""
    if scheme.shops and basket.shop_id not in scheme.shops:
        return "other_shop"
    if scheme.regions and not basket.region.startswith(scheme.regions):
        return "other_region"
    if scheme.member_levels and basket.member_level not in scheme.member_levels:
        return "other_level"
    if scheme.member_tags and not scheme.member_tags & basket.member_tags:
        return "other_tags"
    facts = [goods.get(line.sku_id) or GoodsFacts(line.sku_id, 0) for line in basket.lines]
    if not any(scheme.scope.holds(one) for one in facts):
        return "other_goods"
    return _time(scheme, basket)


def _time(scheme: SchemeFacts, basket: Basket) -> str:
    moment = decisive_moment(basket, scheme)
    if moment is None:
        return "not_paid"
    if scheme.starts_at is not None and moment < scheme.starts_at:
        return "too_early"
    return "too_late" if scheme.ends_at is not None and moment >= scheme.ends_at else ""
