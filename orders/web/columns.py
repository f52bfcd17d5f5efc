"""The columns of the order list: what there is, and the cells of a row. How each kind looks is the portal's ``rows``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.filtering.fields import FLAGS
from orders.models import BusinessType, Order, OrderTag
from orders.queries import ALL_OPEN
from orders.states import OPEN
from orders.tags import tags_by_id
from orders.web.hints import Hint, hints_of

Value = Callable[[Order], Any]

_KINDS_OF_SALE = dict(BusinessType.choices)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``width`` in pixels; ``kind`` is how its cells look; ``sort`` is the column of the table it sorts by, where an index
    serves that; ``joins`` are relations that its cells read, ``names`` those of which they read nothing but the name; ``single`` is
    False for what a single stage need not show."""

    name: str
    label: Promise
    width: int
    value: Value
    kind: str = "text"
    sort: str = ""
    joins: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    single: bool = True

    @property
    def numeric(self) -> bool:
        return self.kind in {"units", "money", "kilograms"}


class Cell(NamedTuple):
    """One cell: ``kind`` and ``value`` are the column's; ``css`` places it."""

    kind: str
    value: Any
    css: str


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column as it is placed; ``sort`` is what it sorts by, ``sorted_by`` ascending, descending or empty."""

    column: Column
    css: str
    sort: str = ""
    sorted_by: str = ""


class Row(NamedTuple):
    """An order with its cells."""

    order: Order
    cells: list[Cell]


@dataclass(slots=True)
class Shown:
    """The columns that are shown, the first ``pinned`` of which stay in sight."""

    columns: Sequence[Column]
    pinned: int
    _tags: Mapping[int, OrderTag] = field(default_factory=dict)

    def prepare(self, found: QuerySet[Order]) -> QuerySet[Order]:
        """The orders with what their cells read."""
        joins = sorted({join for column in self.columns for join in column.joins})
        if "receiver" in joins:
            # The masked forms are shown; what is sealed stays in the table.
            found = found.defer("receiver__name", "receiver__phone", "receiver__address")
        # A name comes as a column of its own: fifty times a shop, a warehouse and a carrier would be as much work as the orders.
        names = sorted({name for column in self.columns for name in column.names})
        found = found.select_related(None).annotate(**{_name_of(name): F(f"{name}__name") for name in names})
        return found.select_related(*joins) if joins else found

    def heads(self, sort: str, sorts: Collection[str]) -> list[Head]:
        """The heads, one of which the list may be sorted by; ``sorts`` are those that it can be."""
        way = "descending" if sort.startswith("-") else "ascending"
        chosen = sort.removeprefix("-")
        return [
            Head(
                column,
                self._css(place),
                column.sort if column.sort in sorts else "",
                way if chosen and column.sort == chosen else "",
            )
            for place, column in enumerate(self.columns)
        ]

    def rows(self, orders: Iterable[Order]) -> list[Row]:
        """The orders with their cells; tags take one query where they are shown."""
        if any(column.kind == "tags" for column in self.columns):
            self._tags = tags_by_id()
        placed = [
            (column.kind, self._tags_of if column.kind == "tags" else column.value, self._css(place))
            for place, column in enumerate(self.columns)
        ]
        return [Row(order, [Cell(kind, value(order), css) for kind, value, css in placed]) for order in orders]

    def _tags_of(self, order: Order) -> list[Hint]:
        return [Hint(self._tags[pk].name, self._tags[pk].colour) for pk in order.tags if pk in self._tags]

    def _css(self, place: int) -> str:
        """The classes of a cell: the column's own (``columns.css`` gives it its width), and its place among the pinned ones."""
        column = self.columns[place]
        css = f"c-{column.name}"
        if place < self.pinned:
            css += f" pin pin-{place + 2}" + (" pin-last" if place == self.pinned - 1 else "")
        return css + (" n" if column.numeric else "")


def _deadline(order: Order) -> Any:
    return ("clock", order.ship_by) if order.state in OPEN else ("when", order.shipped_at or order.created_at)


def _name_of(relation: str) -> str:
    """What the query calls the name of what the order points at."""
    return f"name_of_{relation}"


def _name(relation: str) -> Value:
    """The name of what the order points at, read as a column."""
    column = _name_of(relation)
    return lambda order: getattr(order, column) or "—"


def _called(relation: str) -> Value:
    """What the order points at, in words."""

    def value(order: Order) -> str:
        target = getattr(order, relation)
        return "—" if target is None else str(target)

    return value


_WAREHOUSE, _CARRIER = _name("warehouse"), _name("carrier")


_ALL = (
    Column("deadline", _("Deadline"), 86, _deadline, "deadline", "ship_by"),
    Column("no", _("Order"), 132, lambda order: order.no, "link"),
    Column("state", _("State"), 84, lambda order: order, "state", single=False),
    Column("hints", _("Hints"), 136, hints_of, "hints"),
    Column("goods", _("Goods"), 180, lambda order: order.summary),
    Column("units", _("Units"), 52, lambda order: order.quantity, "units"),
    Column("paid", pgettext_lazy("amount", "Paid"), 84, lambda order: order.paid_amount, "money", "paid_amount"),
    Column("shop", _("Shop"), 100, _name("shop"), names=("shop",)),
    Column("buyer", _("Buyer"), 104, lambda order: order.buyer_nick),
    Column("region", _("Region"), 112, lambda order: order.region_name),
    Column(
        "route",
        _("Warehouse / carrier"),
        124,
        lambda order: f"{_WAREHOUSE(order)} / {_CARRIER(order)}",
        names=("warehouse", "carrier"),
    ),
    Column("trade", _("Trade"), 170, lambda order: order.trade_no, "small"),
    Column("paid_at", _("Paid at"), 104, lambda order: order.paid_at, "when", "paid_at"),
    Column("tags", _("Tags"), 140, lambda order: order.tags, "tags"),
    Column("message", _("Buyer's message"), 200, lambda order: order.buyer_message),
    Column("memo", _("Seller's memo"), 200, lambda order: order.seller_memo),
    Column("flag", _("Flag"), 64, lambda order: FLAGS[str(order.flag)] if 0 < order.flag < len(FLAGS) else ""),
    Column("note", _("Internal note"), 180, lambda order: order.internal_note),
    Column("payment", _("Payment"), 92, lambda order: order.get_payment_kind_display()),
    Column("warehouse", _("Warehouse"), 110, _WAREHOUSE, names=("warehouse",)),
    Column("carrier", _("Carrier"), 92, _CARRIER, names=("carrier",)),
    Column("receiver", _("Receiver"), 92, lambda order: order.receiver.name_masked, joins=("receiver",)),
    Column("phone", _("Phone"), 112, lambda order: order.receiver.phone_masked, joins=("receiver",)),
    Column("business", _("Business type"), 100, lambda order: _KINDS_OF_SALE.get(order.business_type, "")),
    Column("department", _("Department"), 110, _called("department"), joins=("department",)),
    Column("salesperson", _("Salesperson"), 100, _called("salesperson"), joins=("salesperson",)),
    Column("lines", pgettext_lazy("how many", "Lines"), 58, lambda order: order.line_count, "units"),
    Column("goods_amount", pgettext_lazy("amount", "Goods"), 92, lambda order: order.goods_amount, "money"),
    Column("discount", pgettext_lazy("amount", "Discount"), 84, lambda order: order.discount_amount, "money"),
    Column("post_fee", _("Postage"), 76, lambda order: order.post_fee, "money"),
    Column("weight", _("Weight"), 92, lambda order: order.weight_g, "kilograms"),
    Column("freight", _("Freight"), 76, lambda order: order.freight_estimate, "money"),
    Column("invoice", _("Invoice title"), 160, lambda order: order.invoice_title),
    Column("origin", _("Made by"), 100, lambda order: order.get_origin_display()),
    Column("placed_at", _("Placed at"), 104, lambda order: order.placed_at, "when"),
    Column("created_at", _("Made at"), 104, lambda order: order.created_at, "when", "created_at"),
    Column("approved_at", _("Audited at"), 104, lambda order: order.approved_at, "when"),
    Column("shipped_at", _("Shipped at"), 104, lambda order: order.shipped_at, "when"),
)

COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}
USUAL = tuple(column.name for column in _ALL[:13])
"""The columns of somebody who chose none."""
USUALLY_PINNED = 2
SORTS = frozenset(column.sort for column in _ALL if column.sort)
ARCHIVE_SORTS = frozenset({"created_at"})
"""What a stage of closed orders can be sorted by: only this has an index over all of them."""


def sorts_in(stage: str) -> frozenset[str]:
    """What the list of a stage can be sorted by."""
    return SORTS if stage == ALL_OPEN or stage in OPEN else ARCHIVE_SORTS


def columns_of(names: Iterable[str], stage: str) -> list[Column]:
    """The columns by name, without those that say the same of every order of the stage."""
    return [column for column in map(COLUMNS.__getitem__, names) if column.single or stage == ALL_OPEN]
