"""The values the stages work on: drafts in, the snapshot of rules and figures beside them, order plans out.

A plan says what is to be: *result* orders, those that replace others with their ``parents``. The preview shows the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from oms.core.values import quick, replace
from orders.engine.approval.base import Condition
from orders.engine.decisions import Decision
from orders.engine.kept import NOTHING_KEPT, Kept
from orders.engine.marks import NO_MARKS, Marks
from orders.engine.places import CarrierFacts as CarrierFacts
from orders.engine.places import WarehouseFacts as WarehouseFacts
from orders.engine.rules import NO_TERMS, RuleFacts, Terms
from promotions.engine.values import Basket, CounterKey, Grant, PromotionSnapshot

ZERO = Decimal("0.00")

ListingKey = tuple[int, str, str]
"""Shop id, item id of the platform, SKU id of the platform ("" when the item has none)."""

StockKey = tuple[int, int]
"""Warehouse id, SKU id."""


@quick
@dataclass(frozen=True, slots=True)
class BundlePart:
    """Where a component line comes from: the bundle, how many bundles the line had, units in each, the bundle's price."""

    sku_id: int
    quantity: int
    each: int
    price: Decimal


@quick
@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as the buyer bought it, or as the order has it. ``ships`` is False for lines whose money went back."""

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
    trade_id: int | None = None
    bundle: BundlePart | None = None
    gift_scheme_id: int | None = None

    @property
    def ships(self) -> bool:
        """Whether the goods of the line are to leave the warehouse."""
        return self.refund != "refunded"

    @property
    def refund_open(self) -> bool:
        """Whether the buyer asked for the money back and nobody has decided yet."""
        return self.refund in {"requested", "agreed"}


@quick
@dataclass(frozen=True, slots=True)
class Draft:
    """An order to be decided on, new or met again: its header. ``key`` is unique within a batch; amounts in yuan.

    The header of an order that a split or a merge makes is a draft as well, under the key of its first source.
    ``left_alone`` names the stages ("bundles", "split", "merge") that must not touch the order, since a person undid them.
    ``merge_key`` is what orders that may travel together have in common (``orders.engine.merge_key``), None when nothing is.
    ``reserved`` is what the order holds in stock now: (warehouse, SKU, units). ``deposit`` is what was paid while the final payment is
    missing, else None. ``granted`` are schemes whose gifts the order holds by a grant, ``given_back`` what limits get back for them.
    """

    key: int
    shop_id: int
    lines: tuple[DraftLine, ...]
    region_code: str | None
    payment_kind: str
    paid_amount: Decimal
    buyer_message: str = ""
    seller_memo: str = ""
    held: bool = False
    hold_reason: str = ""
    intercepted: bool = False
    attention: tuple[str, ...] = ()
    order_id: int | None = None
    approved_by: int | None = None
    goods_amount: Decimal = ZERO
    discount_amount: Decimal = ZERO
    post_fee: Decimal = ZERO
    order_no: str = ""
    state: str = ""
    trade_id: int | None = None
    trade_no: str = ""
    trade_version: int = 0
    buyer_nick: str = ""
    buyer_id: str = ""
    receiver_id: int = 0
    region_name: str = ""
    summary: str = ""
    flag: int = 0
    urgent: bool = False
    invoice_title: str = ""
    marks: Marks = NO_MARKS
    placed_at: dt.datetime | None = None
    paid_at: dt.datetime | None = None
    ship_by: dt.datetime | None = None
    merge_key: bytes | None = None
    left_alone: tuple[str, ...] = ()
    kept: Kept = NOTHING_KEPT
    reserved: tuple[tuple[int, int, int], ...] = ()
    granted: tuple[int, ...] = ()
    given_back: tuple[tuple[CounterKey, int], ...] = ()
    deposit: Decimal | None = None


@quick
@dataclass(frozen=True, slots=True)
class ListingBinding:
    """What a listing is in our item master, and how that is known."""

    sku_id: int
    how: str


@quick
@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What the stages need of a SKU. Weight in grams, amounts in yuan; ``box_quantity`` units fill a box, 0: it has none."""

    id: int
    code: str
    enabled: bool
    weight_g: int
    price: Decimal = ZERO
    cost: Decimal = ZERO
    box_quantity: int = 0


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """A bundle's bill of materials: (SKU, units in one bundle); ``weigh_by`` price, cost or equal (``orders.engine.expand``)."""

    sku_id: int
    weigh_by: str
    components: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RuleHead:
    """What every rule has; ``shops`` empty means all."""

    id: int
    version: int
    name: str
    shops: frozenset[int]


@dataclass(frozen=True, slots=True)
class RoutingRuleFacts:
    """A routing rule. ``regions`` are prefixes of region codes, empty means everywhere; ``payment`` any, online or cod.

    It names one target, or None: the cheapest of ``candidates`` (empty: of all in use). Weights in grams, the upper bound not
    included. ``in_stock`` asks the named warehouse to hold everything; ``max_parts`` over 1 lets an order be divided over
    warehouses. ``restrictions``: for goods with one of them only.
    """

    head: RuleHead
    regions: tuple[str, ...]
    payment: str
    from_warehouse_id: int | None
    target_id: int | None
    candidates: frozenset[int] = frozenset()
    min_weight_g: int = 0
    max_weight_g: int | None = None
    in_stock: bool = False
    max_parts: int = 1
    restrictions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """An approval policy: an order passes when every condition holds."""

    head: RuleHead
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class PresaleFacts:
    """A pre-sale: the option (listing or SKU) that waits ``until`` a moment, or until there is stock when that is None."""

    head: RuleHead
    listing: ListingKey | None
    sku_id: int | None
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """A split rule: ``kind`` product, box, weight or shortage; ``limit`` in grams for weight; ``skus`` for product."""

    head: RuleHead
    kind: str
    limit: int
    skus: frozenset[int]


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """A merge rule: payments at most ``window`` apart, at most ``max_trades`` trades and ``max_weight_g`` grams (0: any)."""

    head: RuleHead
    window: dt.timedelta
    across_shops: bool
    max_trades: int
    max_weight_g: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the stages may know besides the drafts, read once for a batch. Rules are in rank order.

    ``candidates`` are locked orders outside the batch that its orders may be merged with, each with the draft's key.
    """

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
    bundles: Mapping[int, BundleFacts] = field(default_factory=dict)
    presale_rules: tuple[PresaleFacts, ...] = ()
    split_rules: tuple[SplitFacts, ...] = ()
    merge_rules: tuple[MergeFacts, ...] = ()
    candidates: tuple[Draft, ...] = ()
    rules: RuleFacts = field(default_factory=RuleFacts)
    promotions: PromotionSnapshot | None = None
    gift_names: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """Title and specification of the SKUs that live schemes may give."""
    stock_under_check: frozenset[StockKey] = frozenset()
    orders_under_check: frozenset[int] = frozenset()


@quick
@dataclass(frozen=True, slots=True)
class PlannedLine:
    """Units of one SKU in a result order. ``amount`` = ``price`` × ``quantity`` − ``discount``, to the cent.

    ``draft`` is the line it was made from: what the buyer clicked on, trade and oid. ``weight_g`` is the weight of one unit.
    """

    draft: DraftLine
    sku_id: int | None
    quantity: int
    price: Decimal
    discount: Decimal
    amount: Decimal
    weight_g: int = 0
    bundle: BundlePart | None = None

    @property
    def ships(self) -> bool:
        """Whether the goods of the line are to leave the warehouse."""
        return self.draft.refund != "refunded"


@quick
@dataclass(frozen=True, slots=True)
class Presale:
    """Why an order waits: the rule's name, and the moment when it is due again (None: when stock arrives)."""

    rule_name: str
    until: dt.datetime | None


@quick
@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What is to become of one result order.

    ``origin`` is ``own`` for the order of a draft, ``merge``, or the kind of a split (``orders.engine.split``); orders that are not
    ``own`` replace their ``parents``, which are own orders as they were planned up to then. ``relined`` says that the lines are no
    longer the draft's one by one. ``reserved`` holds units by SKU, ascending, to be taken from ``warehouse_id``. ``granted`` are the
    campaigns' gifts that ``basket`` earned in this plan; ``gifts_anew`` says that the parents' are given back.
    """

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
    origin: str = "own"
    parents: tuple[OrderPlan, ...] = ()
    relined: bool = False
    presale: Presale | None = None
    granted: tuple[Grant, ...] = ()
    basket: Basket | None = None
    gifts_anew: bool = False
    terms: Terms = NO_TERMS

    @property
    def state(self) -> str:
        """The state the order reaches by this plan (``orders.states``)."""
        if self.exceptions:
            return "exception"
        if self.presale is not None:
            return "presale"
        if not self.cs_passed:
            return "cs_review"
        return "approved" if self.finance_passed else "finance_review"

    @property
    def waits(self) -> bool:
        """Whether later stages leave the order alone: something stopped it, or it is pre-sale."""
        return bool(self.exceptions) or self.presale is not None

    @property
    def sources(self) -> tuple[int, ...]:
        """Keys of the drafts that the order is made of."""
        return tuple([parent.draft.key for parent in self.parents]) if self.parents else (self.draft.key,)

    def units(self) -> dict[int, int]:
        """Units to ship by SKU, lines of the same SKU summed, ascending by SKU."""
        total: dict[int, int] = {}
        for line in self.lines:
            if line.sku_id is not None and line.draft.refund != "refunded":
                total[line.sku_id] = total.get(line.sku_id, 0) + line.quantity
        return total if len(total) < 2 else dict(sorted(total.items()))

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


def planned(line: DraftLine, sku_id: int | None, weight_g: int = 0) -> PlannedLine:
    """The planned line of a draft's line as it stands."""
    return PlannedLine(line, sku_id, line.quantity, line.price, line.discount, line.amount, weight_g, line.bundle)


def weight_of(lines: tuple[PlannedLine, ...]) -> int:
    """Estimated weight in grams of what is to ship."""
    return sum(line.weight_g * line.quantity for line in lines if line.ships)


def start_plan(drafts: tuple[Draft, ...], snapshot: Snapshot) -> Plan:
    """The plan before the first stage: nothing decided, all stock left."""
    orders = (OrderPlan(draft, tuple([planned(line, line.sku_id) for line in draft.lines])) for draft in drafts)
    return Plan(tuple(orders), snapshot.available)
