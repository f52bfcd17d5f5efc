"""The values that gifts are decided on: baskets in, schemes and what is left of their limits beside them, grants out.

Amounts are integers of fen, quantities integers of units, so that nothing is ever rounded on the way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from oms.core.values import quick


class Kind(StrEnum):
    """What a scheme rewards."""

    BUY_AND_GET = "buy_and_get"
    QUANTITY_REACHED = "quantity_reached"
    AMOUNT_REACHED = "amount_reached"
    BUY_A_GET_A = "buy_a_get_a"


class TierMode(StrEnum):
    """How the steps of a scheme add up: each reached one once, the highest alone, or as often as the measure holds them."""

    EACH = "each"
    HIGHEST = "highest"
    MULTIPLE = "multiple"


class Choice(StrEnum):
    """Which gifts of a step are given: all, one of them, or any combination up to a number."""

    ALL = "all"
    ONE_OF = "one_of"
    ANY_OF = "any_of"


class NoStock(StrEnum):
    """What becomes of a gift that is not in stock."""

    SUBSTITUTE = "substitute"
    WAIT = "wait"
    DROP = "drop"


class LimitUnit(StrEnum):
    """What a limit counts: orders that got something, or units given."""

    ORDERS = "orders"
    UNITS = "units"


@quick
@dataclass(frozen=True, slots=True)
class BasketLine:
    """Units that the buyer pays for. ``index`` is the caller's own; ``amount`` in fen for all units together."""

    index: int
    sku_id: int
    quantity: int
    amount: int
    discounted: bool = False
    presale: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Basket:
    """What one order holds, and who bought it when. ``buyer`` is the platform's id of the buyer, with the platform before it."""

    key: int
    shop_id: int
    buyer: str
    region: str
    placed_at: dt.datetime
    paid_at: dt.datetime | None
    lines: tuple[BasketLine, ...]
    member_level: str = ""
    member_tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GoodsFacts:
    """What scopes ask of a SKU. ``categories`` are its own and all that this one lies under."""

    sku_id: int
    product_id: int
    categories: tuple[str, ...] = ()
    brand: str = ""


@dataclass(frozen=True, slots=True)
class GoodsScope:
    """Which goods a scheme looks at. Empty sets mean all goods; what ``without`` names never counts.

    A SKU is inside when it, its product, its brand, its category or one that this lies under is named.
    """

    skus: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    categories: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    without_skus: frozenset[int] = frozenset()

    def holds(self, goods: GoodsFacts) -> bool:
        """Whether the goods are inside."""
        if goods.sku_id in self.without_skus:
            return False
        if not (self.skus or self.products or self.categories or self.brands):
            return True
        return (
            goods.sku_id in self.skus
            or goods.product_id in self.products
            or not self.categories.isdisjoint(goods.categories)
            or goods.brand in self.brands
        )


@quick
@dataclass(frozen=True, slots=True)
class Gift:
    """Units of a SKU that a step gives each time."""

    sku_id: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Tier:
    """A step: reached at ``threshold`` (units, or fen), it gives ``gifts``; ``pick`` is the number for ``Choice.ANY_OF``."""

    id: int
    threshold: int
    gifts: tuple[Gift, ...]
    choice: Choice = Choice.ALL
    pick: int = 1

    units: int = field(init=False)
    """Gift units for one time."""

    def __post_init__(self) -> None:
        counts = [gift.quantity for gift in self.gifts]
        units = {Choice.ANY_OF: self.pick, Choice.ONE_OF: min(counts, default=0), Choice.ALL: sum(counts)}
        object.__setattr__(self, "units", units[self.choice])


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``limit`` orders or units."""

    limit: int
    unit: LimitUnit = LimitUnit.UNITS


@dataclass(frozen=True, slots=True)
class SchemeFacts:
    """One scheme of a live campaign; empty shops, regions, levels and tags mean everybody. Windows are half open.

    Steps are kept the highest first, as the arithmetic walks them.
    """

    id: int
    version: int
    name: str
    campaign_id: int
    campaign_name: str
    kind: Kind
    scope: GoodsScope
    tiers: tuple[Tier, ...]
    mode: TierMode = TierMode.HIGHEST
    by_payment: bool = True
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    shops: frozenset[int] = frozenset()
    regions: tuple[str, ...] = ()
    member_levels: frozenset[str] = frozenset()
    member_tags: frozenset[str] = frozenset()
    group: str = ""
    alone: bool = False
    skip_discounted: bool = False
    skip_presale: bool = False
    prefer_stock: bool = True
    no_stock: NoStock = NoStock.DROP
    substitutes: tuple[int, ...] = ()
    total: Limit | None = None
    per_day: Limit | None = None
    per_buyer: Limit | None = None

    limited: bool = field(init=False)
    """Whether any limit binds."""
    picky: bool = field(init=False)
    """Whether some lines of its goods do not count."""

    def __post_init__(self) -> None:
        limits = (self.total, self.per_day, self.per_buyer)
        object.__setattr__(self, "limited", any(limit is not None for limit in limits))
        object.__setattr__(self, "picky", self.skip_discounted or self.skip_presale)
        object.__setattr__(self, "tiers", tuple(sorted(self.tiers, key=lambda tier: -tier.threshold)))


CounterKey = tuple[int, str]
"""Scheme id, and ``total``, ``day:2026-11-11`` or ``buyer:taobao:…``."""


@dataclass(frozen=True, slots=True)
class PromotionSnapshot:
    """Everything the engine may know besides the baskets. Schemes are in rank order (campaign priority, priority, id)."""

    schemes: tuple[SchemeFacts, ...]
    goods: Mapping[int, GoodsFacts]
    stock: Mapping[int, int] = field(default_factory=dict)
    """Units of a SKU that are free, over all warehouses."""
    used: Mapping[CounterKey, int] = field(default_factory=dict)
    """What of each limit has been used; missing means nothing."""
    platforms: Mapping[int, str] = field(default_factory=dict)
    """The platform of each shop: a buyer's id is the platform's own."""


class TierTimes(NamedTuple):
    """How often a step was given."""

    tier_id: int
    threshold: int
    times: int


@quick
@dataclass(frozen=True, slots=True)
class Grant:
    """What a scheme gives an order: gifts by SKU, the steps they come from, and the units that were consumed by line."""

    scheme: SchemeFacts
    tiers: tuple[TierTimes, ...]
    gifts: tuple[Gift, ...]
    consumed: tuple[tuple[int, int], ...]
    measure: int
    missing: tuple[Gift, ...] = ()
    """Gifts that are not in stock: waited for, or dropped, as the scheme says."""

    @property
    def units(self) -> int:
        """Units given, those waited for among them."""
        given = self.gifts[0].quantity if len(self.gifts) == 1 else sum([gift.quantity for gift in self.gifts])
        if self.missing and self.scheme.no_stock is NoStock.WAIT:
            given += sum([gift.quantity for gift in self.missing])
        return given


class PassedScheme(NamedTuple):
    """A scheme for this shop, place, time and goods that gave nothing, and why."""

    scheme_id: int
    version: int
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class BasketGrants:
    """The verdict about one basket."""

    key: int
    grants: tuple[Grant, ...] = ()
    passed_over: tuple[PassedScheme, ...] = ()


@dataclass(frozen=True, slots=True)
class PromotionPlan:
    """The verdicts in the order of the baskets, and what each counter grew by."""

    baskets: tuple[BasketGrants, ...]
    growth: Mapping[CounterKey, int] = field(default_factory=dict)
    stock_left: Mapping[int, int] = field(default_factory=dict)
