"""The lists of orders, uploads, unreadable trades and rules as they are taken away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy

from oms.accounts.exports import Asked, ExportColumn, ListExport, register
from oms.catalog.receivers import receiver_texts
from orders.explain import label_of
from orders.filtering.fields import FLAGS
from orders.filtering.matching import orders_matching
from orders.models import BusinessType, Order, OrderLine, OrderTag, WaybillUpload
from orders.queries import rejected_trades
from orders.rule_sentences import NameBook, sentence_of
from orders.states import CS_REVIEW
from orders.upload_queries import STAGES as UPLOAD_STAGES
from orders.upload_queries import upload_list
from warehouse.models import Shipment

SORTS = ("ship_by", "paid_amount", "paid_at")
"""By what the workbench can be sorted."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with what its row names besides; ``receiver`` is name, phone and address, masked or in clear."""

    order: Order
    receiver: tuple[str, str, str]
    goods: str
    gifts: str
    waybills: str
    tags: str


def _orders(asked: Asked) -> Any:
    params = {key: [str(one) for one in values] for key, values in asked.params.lists()}
    stage = (params.get("stage") or [CS_REVIEW])[0]
    found = orders_matching(asked.staff, stage, params)
    sort = asked.params.get("sort", "")
    if sort.removeprefix("-") in SORTS:
        column = F(sort.removeprefix("-"))
        found = found.order_by(
            column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True), "id"
        )
    found = found.select_related("receiver", "department", "salesperson")
    return found if asked.clear else found.defer("receiver__name", "receiver__phone", "receiver__address")


def _order_rows(orders: Sequence[Order], asked: Asked) -> list[OrderRow]:
    ids = [order.pk for order in orders]
    goods: dict[int, list[str]] = defaultdict(list)
    gifts: dict[int, list[str]] = defaultdict(list)
    lines = OrderLine.objects.filter(order_id__in=ids).order_by("order_id", "position")
    for order_id, own, code, title, units, gift in lines.values_list(
        "order_id", "sku__code", "sku_code", "title", "quantity", "is_gift"
    ):
        (gifts if gift else goods)[order_id].append(f"{own or code or title} × {units}")
    bills: dict[int, list[str]] = defaultdict(list)
    parcels = Shipment.objects.filter(order_id__in=ids).exclude(waybill_no="").exclude(state="cancelled")
    for order_id, bill in parcels.order_by("id").values_list("order_id", "waybill_no"):
        bills[order_id].append(bill)
    names = dict(OrderTag.objects.values_list("id", "name"))
    return [
        OrderRow(
            order,
            receiver_texts(order.receiver, clear=asked.clear),
            "; ".join(goods[order.pk]),
            "; ".join(gifts[order.pk]),
            ", ".join(bills[order.pk]),
            ", ".join(names[tag] for tag in order.tags if tag in names),
        )
        for order in orders
    ]


def _business(order: Order) -> str:
    return str(BusinessType(order.business_type).label) if order.business_type else ""


def yes_no(value: bool) -> str:
    """A mark as people write it."""
    return _("yes") if value else _("no")


_COLUMNS: dict[str, ExportColumn] = {
    "no": ExportColumn(lazy("Order"), lambda row: row.order.no),
    "shop": ExportColumn(lazy("Shop"), lambda row: row.order.shop.name),
    "trade": ExportColumn(lazy("Trade"), lambda row: row.order.trade_no),
    "state": ExportColumn(lazy("State"), lambda row: row.order.get_state_display()),
    "exceptions": ExportColumn(lazy("Exception"), lambda row: " ".join(map(label_of, row.order.exceptions))),
    "attention": ExportColumn(lazy("Attention"), lambda row: " ".join(map(label_of, row.order.attention))),
    "buyer": ExportColumn(lazy("Buyer"), lambda row: row.order.buyer_nick),
    "receiver": ExportColumn(lazy("Receiver"), lambda row: row.receiver[0]),
    "phone": ExportColumn(lazy("Phone"), lambda row: row.receiver[1]),
    "address": ExportColumn(lazy("Address"), lambda row: row.receiver[2]),
    "goods": ExportColumn(lazy("Goods"), lambda row: row.goods),
    "gifts": ExportColumn(lazy("Gifts"), lambda row: row.gifts),
    "units": ExportColumn(lazy("Units"), lambda row: row.order.quantity),
    "goods_amount": ExportColumn(lazy("Goods amount"), lambda row: row.order.goods_amount),
    "discount": ExportColumn(lazy("Discount amount"), lambda row: row.order.discount_amount),
    "post_fee": ExportColumn(lazy("Postage"), lambda row: row.order.post_fee),
    "paid": ExportColumn(lazy("Paid"), lambda row: row.order.paid_amount),
    "deposit": ExportColumn(lazy("Deposit paid"), lambda row: row.order.deposit),
    "payment": ExportColumn(lazy("Payment"), lambda row: row.order.get_payment_kind_display()),
    "warehouse": ExportColumn(lazy("Warehouse"), lambda row: row.order.warehouse.name if row.order.warehouse else ""),
    "carrier": ExportColumn(lazy("Carrier"), lambda row: row.order.carrier.name if row.order.carrier else ""),
    "waybill": ExportColumn(lazy("Waybill"), lambda row: row.waybills),
    "weight": ExportColumn(lazy("Weight (g)"), lambda row: row.order.weight_g),
    "freight": ExportColumn(lazy("Freight"), lambda row: row.order.freight_estimate),
    "margin": ExportColumn(lazy("Margin"), lambda row: row.order.margin_estimate),
    "department": ExportColumn(
        lazy("Department"), lambda row: row.order.department.name if row.order.department else ""
    ),
    "salesperson": ExportColumn(lazy("Salesperson"), lambda row: str(row.order.salesperson or "")),
    "business": ExportColumn(lazy("Business type"), lambda row: _business(row.order)),
    "tags": ExportColumn(lazy("Tags"), lambda row: row.tags),
    "message": ExportColumn(lazy("Message"), lambda row: row.order.buyer_message),
    "memo": ExportColumn(lazy("Memo"), lambda row: row.order.seller_memo),
    "held": ExportColumn(lazy("Held"), lambda row: row.order.hold_reason or yes_no(True) if row.order.held else ""),
    "invoice": ExportColumn(lazy("Invoice title"), lambda row: row.order.invoice_title),
    "placed_at": ExportColumn(lazy("Placed"), lambda row: row.order.placed_at),
    "paid_at": ExportColumn(lazy("Paid at"), lambda row: row.order.paid_at),
    "deadline": ExportColumn(lazy("Ship by"), lambda row: row.order.ship_by),
    "shipped_at": ExportColumn(lazy("Shipped at"), lambda row: row.order.shipped_at),
}
"""Every column of the file, in its order; those that the workbench shows under the same name have its name."""

_OF_VIEW: dict[str, tuple[str, ...]] = {
    "hints": ("exceptions", "attention", "held"),
    "goods": ("goods", "gifts"),
    "route": ("warehouse", "carrier"),
}
"""Columns of the workbench that are several of the file."""

_VIEW_ONLY: dict[str, ExportColumn] = {
    "region": ExportColumn(lazy("Region"), lambda row: row.order.region_name),
    "flag": ExportColumn(
        lazy("Flag"), lambda row: FLAGS[str(row.order.flag)] if 0 < row.order.flag < len(FLAGS) else ""
    ),
    "note": ExportColumn(lazy("Internal note"), lambda row: row.order.internal_note),
    "lines": ExportColumn(pgettext_lazy("how many", "Lines"), lambda row: row.order.line_count),
    "origin": ExportColumn(lazy("Made by"), lambda row: row.order.get_origin_display()),
    "created_at": ExportColumn(lazy("Made at"), lambda row: row.order.created_at),
    "approved_at": ExportColumn(lazy("Audited at"), lambda row: row.order.approved_at),
}
"""Columns that only the workbench has."""


def _view(asked: Asked) -> tuple[ExportColumn, ...]:
    """The columns as the person's workbench shows them, in their order."""
    from orders.web.layout import layout_of

    wanted = [one for name in layout_of(asked.staff).names for one in _OF_VIEW.get(name, (name,))]
    known = {**_VIEW_ONLY, **_COLUMNS}
    return tuple(known[name] for name in dict.fromkeys(wanted))


ORDERS = ListExport(
    "orders",
    lazy("Orders"),
    ("orders:workbench",),
    ("orders.view_order",),
    _orders,
    tuple(_COLUMNS.values()),
    _order_rows,
    sealed="orders.view_receiver",
    view=_view,
)


def _uploads(asked: Asked) -> Any:
    from orders.web.filters import UploadFilters

    stage = asked.params.get("stage", "")
    found = upload_list(asked.staff, stage if stage in UPLOAD_STAGES else next(iter(UPLOAD_STAGES)))
    return UploadFilters(asked.request, found).qs


def _part(upload: WaybillUpload) -> str:
    return ", ".join(map(str, upload.part_oids or ()))


UPLOADS = ListExport(
    "uploads",
    lazy("Waybill uploads"),
    ("orders:uploads",),
    ("orders.view_upload",),
    _uploads,
    (
        ExportColumn(lazy("Trade"), lambda row: row.trade.trade_no),
        ExportColumn(lazy("Order"), lambda row: row.order.no),
        ExportColumn(lazy("Shop"), lambda row: row.shop.name),
        ExportColumn(lazy("Carrier"), lambda row: row.carrier.name),
        ExportColumn(lazy("Waybill"), lambda row: row.waybill_no),
        ExportColumn(lazy("Lines in the parcel"), _part),
        ExportColumn(lazy("State"), lambda row: row.get_state_display()),
        ExportColumn(lazy("Reason code"), lambda row: row.reason_code),
        ExportColumn(lazy("Reason"), lambda row: row.reason),
        ExportColumn(lazy("Created"), lambda row: row.created_at),
        ExportColumn(lazy("Finished"), lambda row: row.finished_at),
    ),
)


def _memos(asked: Asked) -> Any:
    from orders.memo_queries import memo_list
    from orders.web.filters import MemoFilters

    stage = asked.params.get("stage", "")
    found = memo_list(asked.staff, stage if stage in UPLOAD_STAGES else next(iter(UPLOAD_STAGES)))
    return MemoFilters(asked.request, found).qs.select_related("trade", "order", "shop")


MEMOS = ListExport(
    "memos",
    lazy("Memos for the platforms"),
    ("orders:memos",),
    ("orders.view_upload",),
    _memos,
    (
        ExportColumn(lazy("Trade"), lambda row: row.trade.trade_no),
        ExportColumn(lazy("Order"), lambda row: row.order.no),
        ExportColumn(lazy("Shop"), lambda row: row.shop.name),
        ExportColumn(lazy("Memo"), lambda row: row.memo),
        ExportColumn(lazy("Flag"), lambda row: row.flag),
        ExportColumn(lazy("State"), lambda row: row.get_state_display()),
        ExportColumn(lazy("Reason code"), lambda row: row.reason_code),
        ExportColumn(lazy("Reason"), lambda row: row.reason),
        ExportColumn(lazy("Created"), lambda row: row.created_at),
        ExportColumn(lazy("Finished"), lambda row: row.finished_at),
    ),
)

REJECTED = ListExport(
    "rejected",
    lazy("Unreadable trades"),
    ("orders:rejected",),
    ("orders.view_order",),
    lambda asked: rejected_trades(asked.staff),
    (
        ExportColumn(lazy("Trade"), lambda row: row.trade_no),
        ExportColumn(lazy("Shop"), lambda row: row.shop.name),
        ExportColumn(lazy("Reason code"), lambda row: row.reason_code),
        ExportColumn(lazy("Reason"), lambda row: row.reason),
        ExportColumn(lazy("Changed on the platform"), lambda row: row.modified),
        ExportColumn(lazy("Received"), lambda row: row.received_at),
    ),
)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in words."""

    page: str
    name: str
    priority: int
    enabled: bool
    version: int
    sentence: str


def _rules(asked: Asked) -> list[RuleRow]:
    from orders.web.rules.pages import PAGES

    book = NameBook()
    slug = asked.params.get("page", "")
    return [
        RuleRow(
            str(page.title),
            str(getattr(rule, "name", "")),
            int(getattr(rule, "priority", 0)),
            bool(getattr(rule, "enabled", True)),
            int(getattr(rule, "version", 1)),
            sentence_of(page.kind, page.rule_kind.content_of(rule), book),
        )
        for page in PAGES
        if asked.staff.has_perms(page.view) and (not slug or page.slug == slug)
        for rule in page.rules()
    ]


RULES = ListExport(
    "rules",
    lazy("Rules"),
    ("rules:list",),
    ("orders.view_rule",),
    _rules,
    (
        ExportColumn(lazy("Kind"), lambda row: row.page),
        ExportColumn(lazy("Name"), lambda row: row.name),
        ExportColumn(lazy("Priority"), lambda row: row.priority),
        ExportColumn(lazy("In use"), lambda row: yes_no(row.enabled)),
        ExportColumn(lazy("Version"), lambda row: row.version),
        ExportColumn(lazy("What it does"), lambda row: row.sentence),
    ),
)


def _blacklist(asked: Asked) -> Any:
    from orders.web.rules.blacklist import entries_of

    return entries_of(asked.params.get("q", ""))


BLACKLIST = ListExport(
    "blacklist",
    lazy("Blacklist"),
    ("rules:blacklist",),
    ("orders.view_rule", "orders.view_blacklist"),
    _blacklist,
    (
        ExportColumn(lazy("Platform"), lambda row: row.platform),
        ExportColumn(lazy("Buyer"), lambda row: row.buyer_id),
        ExportColumn(lazy("Phone"), lambda row: row.phone_masked),
        ExportColumn(lazy("Address"), lambda row: yes_no(row.address_index is not None)),
        ExportColumn(lazy("Reason"), lambda row: row.reason),
        ExportColumn(lazy("Stops the order"), lambda row: yes_no(row.stops)),
        ExportColumn(lazy("In use"), lambda row: yes_no(row.enabled)),
        ExportColumn(lazy("Created"), lambda row: row.created_at),
    ),
)

register(ORDERS, UPLOADS, MEMOS, REJECTED, RULES, BLACKLIST)
