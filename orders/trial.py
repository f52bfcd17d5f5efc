"""A basket tried on campaigns, one that is still a draft among them: which gifts it would get, and why others not. Nothing is written.

The engine, the limits and the stock are those of the pipeline; the basket is typed in, or read from an order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, Sum

from oms.catalog.models import Shop
from orders.models import Order, OrderLine
from promotions.engine.match import plan_gifts
from promotions.engine.outside import outside
from promotions.engine.values import Basket, BasketLine, Gift, Grant, PromotionSnapshot, SchemeFacts
from promotions.load import facts_of, gift_skus, load_goods, load_used
from promotions.models import Campaign, Scheme
from warehouse.models import StockBalance


@dataclass(frozen=True, slots=True)
class TrialLine:
    """Goods of a basket; ``amount`` in yuan for all units."""

    sku_id: int
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Passed:
    """A scheme that gives nothing, with the code of why."""

    scheme: SchemeFacts
    code: str


@dataclass(frozen=True, slots=True)
class Trial:
    """The verdict: what is given, and what the campaign's schemes and those in reach do not give."""

    grants: tuple[Grant, ...]
    passed: tuple[Passed, ...]

    @property
    def gifts(self) -> tuple[Gift, ...]:
        """Every gift given, missing ones not among them."""
        return tuple(gift for grant in self.grants for gift in grant.gifts)


def basket_of(
    shop: Shop,
    lines: Iterable[TrialLine],
    *,
    at: dt.datetime,
    region: str = "",
    buyer: str = "",
    level: str = "",
    tags: Iterable[str] = (),
) -> Basket:
    """The basket of a buyer who orders and pays at the moment."""
    return Basket(
        key=0,
        shop_id=shop.pk,
        buyer=f"{shop.platform}:{buyer}" if buyer else "",
        region=region,
        placed_at=at,
        paid_at=at,
        lines=tuple(
            BasketLine(index, line.sku_id, line.quantity, int(line.amount * 100)) for index, line in enumerate(lines)
        ),
        member_level=level,
        member_tags=frozenset(tags),
    )


def lines_of(order: Order) -> list[TrialLine]:
    """What the buyer paid for: matched goods that are no gifts and were not refunded. One query."""
    found = OrderLine.objects.filter(order=order, is_gift=False, sku__isnull=False)
    rows = found.exclude(refund=OrderLine.Refund.REFUNDED).order_by("position")
    return [TrialLine(line.sku_id, line.quantity, line.amount) for line in rows if line.sku_id is not None]


def try_basket(campaign: Campaign, basket: Basket) -> Trial:
    """What the basket earns of the campaign and of all that are live. Six queries at most."""
    schemes = _schemes(campaign, basket)
    goods = load_goods(line.sku_id for line in basket.lines)
    skus = gift_skus(schemes) | {line.sku_id for line in basket.lines}
    snapshot = PromotionSnapshot(schemes, goods, _stock(skus), load_used([basket], schemes))
    (verdict,) = plan_gifts([basket], snapshot).baskets
    given = {grant.scheme.id for grant in verdict.grants}
    codes = {row.scheme_id: row.code for row in verdict.passed_over}
    passed = [
        Passed(scheme, codes.get(scheme.id) or outside(scheme, basket, goods) or "stands_alone")
        for scheme in schemes
        if scheme.id not in given and (scheme.campaign_id == campaign.pk or scheme.id in codes)
    ]
    return Trial(verdict.grants, tuple(passed))


def _schemes(campaign: Campaign, basket: Basket) -> tuple[SchemeFacts, ...]:
    """The schemes of the campaign, whatever its state, beside those that are live at the moment."""
    moment = basket.placed_at
    live = Q(campaign__state=Campaign.State.LIVE, campaign__starts_at__lte=moment, campaign__ends_at__gt=moment)
    return facts_of(Scheme.objects.filter(live | Q(campaign=campaign), enabled=True))


def _stock(sku_ids: Iterable[int]) -> dict[int, int]:
    """Units that are free over all warehouses. One query."""
    rows = StockBalance.objects.filter(sku_id__in=sorted(set(sku_ids))).order_by().values("sku_id")
    free = rows.annotate(free=Sum(F("on_hand") - F("reserved") - F("safety"))).values_list("sku_id", "free")
    return {sku_id: max(units or 0, 0) for sku_id, units in free}


def moment_for(campaign: Campaign, now: dt.datetime) -> dt.datetime:
    """Now, or the nearest moment in the campaign's time."""
    last = campaign.ends_at - dt.timedelta(minutes=1)
    return min(max(now, campaign.starts_at), last)
