"""What an order is expected to earn (C13), in yuan.

    revenue   amounts of the lines that ship, and the postage the buyer pays
    cost      unit cost × units of the goods sold
    gifts     unit cost × units of the gifts
    fee       the platform's share: revenue × percent, half up to a fen
    packing   of the parcel
    margin    revenue − cost − gifts − freight − fee − packing

Without a freight there is no margin: it cannot be told, and whatever asks for it is not met.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from oms.core.values import quick

if TYPE_CHECKING:
    from orders.engine.values import OrderPlan, Snapshot

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


@quick
@dataclass(frozen=True, slots=True)
class Margin:
    """The named values, in yuan."""

    revenue: Decimal
    cost: Decimal
    gifts: Decimal
    freight: Decimal
    fee: Decimal
    packing: Decimal

    @property
    def amount(self) -> Decimal:
        """What is left."""
        return self.revenue - self.cost - self.gifts - self.freight - self.fee - self.packing

    @property
    def percent(self) -> Decimal:
        """What is left as a share of the revenue, in percent; of no revenue, 0 or −100."""
        if self.revenue <= 0:
            return Decimal(-100) if self.amount < 0 else Decimal(0)
        return self.amount * 100 / self.revenue

    def to_json(self) -> dict[str, str]:
        """The stored form of a decision."""
        return {
            "revenue": str(self.revenue),
            "cost": str(self.cost),
            "gifts": str(self.gifts),
            "freight": str(self.freight),
            "fee": str(self.fee),
            "packing": str(self.packing),
            "margin": str(self.amount),
        }


def margin_of(order: OrderPlan, snapshot: Snapshot) -> Margin | None:
    """The expected margin of a routed order; None when its freight cannot be told."""
    freight = order.terms.freight
    if freight is None:
        return None
    revenue = order.draft.post_fee
    cost = gifts = ZERO
    for line in order.lines:
        if not line.ships:
            continue
        revenue += line.amount
        sku = snapshot.skus.get(line.sku_id or 0)
        if sku is None:
            return None
        if line.draft.is_gift:
            gifts += sku.cost * line.quantity
        else:
            cost += sku.cost * line.quantity
    costs = snapshot.rules.costs_of(order.draft.shop_id)
    fee = (revenue * costs.fee_percent / 100).quantize(CENT, rounding=ROUND_HALF_UP)
    return Margin(revenue, cost, gifts, freight, fee, costs.packing)
