"""Small makers of schemes and baskets."""

from __future__ import annotations

import datetime as dt
from typing import Any

from promotions.engine.match import plan_gifts
from promotions.engine.values import (
    Basket,
    BasketLine,
    Gift,
    GoodsFacts,
    GoodsScope,
    Kind,
    PromotionPlan,
    PromotionSnapshot,
    SchemeFacts,
    Tier,
)

NOON = dt.datetime(2026, 11, 11, 4, tzinfo=dt.UTC)
SOAP, TOWEL, BRUSH, BAG, CUP, CARD = 1, 2, 3, 91, 92, 93
PLENTY = dict.fromkeys(range(1, 100), 1000000)


def tier(threshold: int, *gifts: tuple[int, int], **more: Any) -> Tier:
    """A step: ``tier(3, (BAG, 1))`` gives a bag at three units (or fen)."""
    return Tier(threshold, threshold, tuple(Gift(*gift) for gift in gifts), **more)


def scheme(kind: Kind = Kind.QUANTITY_REACHED, *tiers: Tier, **more: Any) -> SchemeFacts:
    scheme_id = more.pop("id", 1)
    more.setdefault("scope", GoodsScope())
    return SchemeFacts(
        scheme_id, 1, f"scheme {scheme_id}", scheme_id, f"campaign {scheme_id}", kind, tiers=tiers, **more
    )


def basket(*lines: tuple[int, int, int] | BasketLine, key: int = 1, **more: Any) -> Basket:
    """A basket of lines (SKU, units, fen)."""
    given: dict[str, Any] = {
        "shop_id": 1,
        "buyer": "taobao:b1",
        "region": "330106",
        "placed_at": NOON,
        "paid_at": NOON,
    }
    made = tuple(line if isinstance(line, BasketLine) else BasketLine(index, *line) for index, line in enumerate(lines))
    return Basket(key, lines=made, **(given | more))


def snapshot(*schemes: SchemeFacts, **more: Any) -> PromotionSnapshot:
    goods = {
        SOAP: GoodsFacts(SOAP, 10, ("bath", "care"), "Mian"),
        TOWEL: GoodsFacts(TOWEL, 20, ("home",), "Mian"),
        BRUSH: GoodsFacts(BRUSH, 30, ("bath", "care"), "Duo"),
    }
    more.setdefault("stock", PLENTY)
    return PromotionSnapshot(schemes, goods, **more)


def gifts_of(plan: PromotionPlan, position: int = 0) -> dict[int, int]:
    """Units of each gift that a basket gets."""
    found: dict[int, int] = {}
    for grant in plan.baskets[position].grants:
        for gift in grant.gifts:
            found[gift.sku_id] = found.get(gift.sku_id, 0) + gift.quantity
    return found


def earned(bought: Basket, *schemes: SchemeFacts, **more: Any) -> dict[int, int]:
    """The gifts of one basket."""
    return gifts_of(plan_gifts([bought], snapshot(*schemes, **more)))
