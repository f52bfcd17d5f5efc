"""The values the stages work on: drafts in, the snapshot of rules and figures beside them, order plans out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from orders.engine.decisions import Decision

ListingKey = tuple[int, str, str]
"""Shop id, item id of the platform, SKU id of the platform ("" when the item has none)."""

StockKey = tuple[int, int]
"""Warehouse id, SKU id."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as the buyer bought it. ``ships`` is False for lines whose money went back."""

    position: int
    oid: str
    item_id: str
    platform_sku_id: str
    item_code: str
    sku_code: str
    title: str
    spec: str
    quantity: int
    price: Decimal
    discount: Decimal
    amount: Decimal
    is_gift: bool
    refund: str
    sku_id: int | None = None
    line_id: int | None = None

    @property
    def ships(self) -> bool:
        """Whether the goods of the line are to leave the warehouse."""
        return self.refund != "refunded"

    @property
    def refund_open(self) -> bool:
        """Whether the buyer asked for the money back and nobody has decided yet."""
        return self.refund in {"requested", "agreed"}


@dataclass(frozen=True, slots=True)
class Draft:
    """An order to be decided on, new or met again. ``key`` is unique within a batch; amounts in yuan."""

    key: int
    shop_id: int
    lines: tuple[DraftLine, ...]
    region_code: str | None
    payment_kind: str
    paid_amount: Decimal
    buyer_message: str = ""
    seller_memo: str = ""
    held: bool = False
    attention: tuple[str, ...] = ()
    order_id: int | None = None
    approved_by: int | None = None


@dataclass(frozen=True, slots=True)
class ListingBinding:
    """What a listing is in our item master, and how that is known."""

    sku_id: int
    how: str


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What the stages need of a SKU. Weight in grams."""

    id: int
    code: str
    enabled: bool
    weight_g: int


@dataclass(frozen=True, slots=True)
class RuleHead:
    """What every rule has; ``shops`` empty means all."""

    id: int
    version: int
    name: str
    shops: frozenset[int]


@dataclass(frozen=True, slots=True)
class RoutingRuleFacts:
    """A routing rule. ``regions`` are prefixes of region codes, empty means everywhere; ``payment`` any, online or cod."""

    head: RuleHead
    regions: tuple[str, ...]
    payment: str
    from_warehouse_id: int | None
    target_id: int


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """An approval policy; amounts in yuan, None means no limit."""

    head: RuleHead
    min_amount: Decimal | None
    max_amount: Decimal | None
    allow_message: bool
    allow_memo: bool
    allow_cod: bool


@dataclass(frozen=True, slots=True)
class WarehouseFacts:
    """A warehouse that rules may choose."""

    id: int
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class CarrierFacts:
    """A carrier that rules may choose."""

    id: int
    name: str
    enabled: bool
    cash_on_delivery: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the stages may know besides the drafts, read once for a batch. Rules are in rank order."""

    now: dt.datetime
    bindings: Mapping[ListingKey, ListingBinding]
    skus: Mapping[int, SkuFacts]
    warehouses: Mapping[int, WarehouseFacts]
    carriers: Mapping[int, CarrierFacts]
    warehouse_rules: tuple[RoutingRuleFacts, ...]
    carrier_rules: tuple[RoutingRuleFacts, ...]
    cs_policies: tuple[PolicyFacts, ...]
    finance_policies: tuple[PolicyFacts, ...]
    available: Mapping[StockKey, int]


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A draft line with the SKU it was matched to."""

    draft: DraftLine
    sku_id: int | None


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What is to become of one order. ``reserved`` holds units by SKU, ascending, to be taken from ``warehouse_id``."""

    draft: Draft
    lines: tuple[PlannedLine, ...]
    weight_g: int = 0
    warehouse_id: int | None = None
    carrier_id: int | None = None
    cs_passed: bool = False
    finance_passed: bool = False
    reserved: tuple[tuple[int, int], ...] = ()
    exceptions: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def state(self) -> str:
        """The state the order reaches by this plan (``orders.states``)."""
        if self.exceptions:
            return "exception"
        if not self.cs_passed:
            return "cs_review"
        return "approved" if self.finance_passed else "finance_review"

    def units(self) -> dict[int, int]:
        """Units to ship by SKU, lines of the same SKU summed, ascending by SKU."""
        total: dict[int, int] = {}
        for line in self.lines:
            if line.sku_id is not None and line.draft.ships:
                total[line.sku_id] = total.get(line.sku_id, 0) + line.draft.quantity
        return dict(sorted(total.items()))

    def decided(self, decision: Decision, **changes: Any) -> OrderPlan:
        """The plan with one more decision, and with what it changes."""
        return replace(self, decisions=(*self.decisions, decision), **changes)

    def stopped(self, reason: str, decision: Decision, **changes: Any) -> OrderPlan:
        """The plan with one more decision that stops the order for the reason."""
        return self.decided(decision, exceptions=(*self.exceptions, reason), **changes)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plans of a batch in the order in which they are served, and what is left of the stock after them."""

    orders: tuple[OrderPlan, ...]
    stock_left: Mapping[StockKey, int] = field(default_factory=dict)


def start_plan(drafts: tuple[Draft, ...], snapshot: Snapshot) -> Plan:
    """The plan before the first stage: nothing decided, all stock left."""
    return Plan(
        tuple(OrderPlan(draft, tuple(PlannedLine(line, line.sku_id) for line in draft.lines)) for draft in drafts),
        snapshot.available,
    )
