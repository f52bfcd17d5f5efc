"""The facts of rules in a snapshot: goods, coverage, freight, wishes, assignments, costs and what is known of buyers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from oms.core.values import quick
from orders.engine.routing.coverage import CoverageIndex
from orders.engine.routing.wishes import Wishes
from warehouse.engine.freight import Tariff

if TYPE_CHECKING:
    from orders.engine.values import RuleHead


@dataclass(frozen=True, slots=True)
class GoodsFacts:
    """What routing and policies need of a SKU beyond its weight: volume of a unit in cm³, warehouses it is kept at (empty: any).

    ``categories`` are its own and all that this one lies under.
    """

    sku_id: int
    categories: frozenset[str] = frozenset()
    volume_cm3: int = 0
    restrictions: frozenset[str] = frozenset()
    stocking: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ShopCosts:
    """What an order costs a shop besides goods and freight: the platform's share in percent of what was paid, packing in yuan."""

    fee_percent: Decimal = Decimal(0)
    packing: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """An assignment rule: where it applies, and what it sets (None or "": nothing)."""

    head: RuleHead
    regions: tuple[str, ...] = ()
    payment: str = "any"
    warehouses: frozenset[int] = frozenset()
    categories: frozenset[str] = frozenset()
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    department_id: int | None = None
    salesperson_id: int | None = None
    business_type: str = ""


@dataclass(frozen=True, slots=True)
class BlacklistHit:
    """An entry of the blacklist that names a buyer or a receiver. ``stops`` makes the order an exception."""

    entry_id: int
    reason: str
    stops: bool


@dataclass(frozen=True, slots=True)
class BuyerBook:
    """What is known of the batch's buyers and receivers, by shop and buyer id, and by receiver id.

    ``known`` are buyers to whom something was shipped before. ``conflicts`` are receivers whose city or district lies elsewhere.
    """

    known: frozenset[tuple[int, str]] = frozenset()
    by_buyer: Mapping[tuple[int, str], BlacklistHit] = field(default_factory=dict)
    by_receiver: Mapping[int, BlacklistHit] = field(default_factory=dict)
    conflicts: Mapping[int, str] = field(default_factory=dict)

    def hit(self, shop_id: int, buyer_id: str, receiver_id: int) -> BlacklistHit | None:
        """The entry that names the buyer or the receiver."""
        return self.by_receiver.get(receiver_id) or self.by_buyer.get((shop_id, buyer_id))


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """All of it; without any, everything is covered, nothing has a price and nobody is known."""

    goods: Mapping[int, GoodsFacts] = field(default_factory=dict)
    coverage: CoverageIndex = field(default_factory=CoverageIndex)
    tariff: Tariff = field(default_factory=Tariff)
    wishes: Wishes = field(default_factory=Wishes)
    assignments: tuple[AssignmentFacts, ...] = ()
    costs: Mapping[int, ShopCosts] = field(default_factory=dict)
    buyers: BuyerBook = field(default_factory=BuyerBook)

    def goods_of(self, sku_id: int) -> GoodsFacts:
        """What is known of the SKU; nothing special when nothing is."""
        return self.goods.get(sku_id) or GoodsFacts(sku_id)

    def costs_of(self, shop_id: int) -> ShopCosts:
        """What orders of the shop cost besides goods and freight."""
        return self.costs.get(shop_id) or ShopCosts()


@quick
@dataclass(frozen=True, slots=True)
class Terms:
    """What the rules found out about a result order: freight and margin in yuan (None: cannot be told), and who it belongs to."""

    freight: Decimal | None = None
    margin: Decimal | None = None
    department_id: int | None = None
    salesperson_id: int | None = None
    business_type: str = ""


NO_TERMS = Terms()
