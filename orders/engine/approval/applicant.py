"""An order as conditions see it: what is dear to find out is found out once, when the first condition asks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from orders.engine.margin import Margin, margin_of

if TYPE_CHECKING:
    from orders.engine.values import OrderPlan, Snapshot


class Applicant:
    """One order before its audits."""

    def __init__(self, order: OrderPlan, snapshot: Snapshot) -> None:
        self.order = order
        self.draft = order.draft
        self.snapshot = snapshot
        self.now: dt.datetime = snapshot.now

    @cached_property
    def skus(self) -> frozenset[int]:
        """The SKUs that are to ship."""
        return frozenset(line.sku_id for line in self.order.lines if line.sku_id is not None and line.ships)

    @cached_property
    def categories(self) -> frozenset[frozenset[str]]:
        """The categories of what is to ship: of each kind of goods its own and all that this one lies under."""
        return frozenset(self.snapshot.rules.goods_of(sku).categories for sku in self.skus)

    @cached_property
    def units(self) -> int:
        """How many units are to ship."""
        return sum(line.quantity for line in self.order.lines if line.ships)

    @cached_property
    def gifts(self) -> int:
        """How many units of them are gifts."""
        return sum(line.quantity for line in self.order.lines if line.ships and line.draft.is_gift)

    @cached_property
    def discount_percent(self) -> Decimal:
        """The discount as a share of the goods' price, in percent; 100 when goods of no price are discounted."""
        goods, discount = self.draft.goods_amount, self.draft.discount_amount
        if goods <= 0:
            return Decimal(100) if discount > 0 else Decimal(0)
        return discount * 100 / goods

    @property
    def first_time(self) -> bool:
        """Whether nothing was shipped to the buyer before; a buyer whom the platform does not name counts as new."""
        return (self.draft.shop_id, self.draft.buyer_id) not in self.snapshot.rules.buyers.known

    @property
    def blacklisted(self) -> bool:
        """Whether the buyer or the receiver is on the blacklist."""
        draft = self.draft
        return self.snapshot.rules.buyers.hit(draft.shop_id, draft.buyer_id, draft.receiver_id) is not None

    @cached_property
    def margin(self) -> Margin | None:
        """The expected profit, None when the freight cannot be told."""
        return margin_of(self.order, self.snapshot)
