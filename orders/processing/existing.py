"""Reads orders that are met again: header and lines as they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from orders.engine.reasons import Attention
from orders.engine.values import BundlePart, Draft, DraftLine
from orders.locks import MARK_COLUMNS, OWNER_COLUMNS
from orders.models import Order, OrderLine
from orders.processing.kept import KEPT_COLUMNS, kept_of
from orders.processing.subjects import Subject, marks_of
from promotions.load import NOTHING_GRANTED, Granted, granted_to


def load_existing(order_ids: Sequence[int], *, first_key: int, approved_by: int | None = None) -> list[Subject]:
    """The subjects of orders that are met again, in the given order; the caller holds their locks. Three queries."""
    if not order_ids:
        return []
    wanted = list(order_ids)
    lines: dict[int, list[DraftLine]] = defaultdict(list)
    stored = OrderLine.objects.filter(order_id__any_of=wanted).order_by("order_id", "position")
    for line in map(LineRow._make, stored.values_list(*LineRow._fields)):
        lines[line.order_id].append(draft_line_of(line))
    orders = {order["id"]: order for order in Order.objects.filter(id__any_of=wanted).values(*HEADER)}
    grants = granted_to(wanted)
    return [
        Subject(_draft(first_key + offset, orders[order_id], tuple(lines[order_id]), approved_by, grants))
        for offset, order_id in enumerate(wanted)
    ]


class LineRow(NamedTuple):
    """What a draft holds of a stored line. A batch reads a thousand: as rows they take a quarter of the time of instances."""

    id: int
    order_id: int
    position: int
    trade_id: int | None
    oid: str
    item_id: str
    platform_sku_id: str
    item_code: str
    sku_code: str
    sku_id: int | None
    title: str
    spec: str
    quantity: int
    price: Decimal
    discount: Decimal
    amount: Decimal
    is_gift: bool
    gift_scheme_id: int | None
    refund: str
    bundle_sku_id: int | None
    bundle_quantity: int | None
    bundle_each: int | None
    bundle_price: Decimal | None


HEADER = (
    "id",
    "no",
    "shop_id",
    "state",
    "region_id",
    "region_name",
    "receiver_id",
    "payment_kind",
    "paid_amount",
    "goods_amount",
    "discount_amount",
    "post_fee",
    "deposit",
    "buyer_id",
    "buyer_nick",
    "buyer_message",
    "seller_memo",
    "held",
    "hold_reason",
    "intercepted",
    "attention",
    "origin_trade_id",
    "trade_no",
    "trade_version",
    "summary",
    "flag",
    "urgent",
    "invoice_title",
    "placed_at",
    "paid_at",
    "ship_by",
    "merge_key",
    "left_alone",
    *MARK_COLUMNS,
    *OWNER_COLUMNS,
    *KEPT_COLUMNS,
)
"""What a draft holds of a stored order."""


def draft_line_of(line: LineRow | OrderLine) -> DraftLine:
    """The engine's line of a stored line."""
    return DraftLine(
        position=line.position,
        oid=line.oid,
        item_id=line.item_id,
        platform_sku_id=line.platform_sku_id,
        item_code=line.item_code,
        sku_code=line.sku_code,
        title=line.title,
        spec=line.spec,
        quantity=line.quantity,
        price=line.price,
        discount=line.discount,
        amount=line.amount,
        is_gift=line.is_gift,
        refund=line.refund,
        sku_id=line.sku_id,
        line_id=line.id,
        trade_id=line.trade_id,
        bundle=_bundle(line),
        gift_scheme_id=line.gift_scheme_id,
    )


def _bundle(line: LineRow | OrderLine) -> BundlePart | None:
    if line.bundle_sku_id is None or line.bundle_quantity is None or line.bundle_each is None:
        return None
    if line.bundle_price is None:
        raise AssertionError("a component knows its bundle's price")
    return BundlePart(line.bundle_sku_id, line.bundle_quantity, line.bundle_each, line.bundle_price)


def _draft(
    key: int,
    order: Mapping[str, Any],
    lines: tuple[DraftLine, ...],
    approved_by: int | None,
    grants: Mapping[int, Granted],
) -> Draft:
    granted = grants.get(order["id"], NOTHING_GRANTED)
    return Draft(
        key=key,
        shop_id=order["shop_id"],
        lines=lines,
        region_code=order["region_id"],
        payment_kind=order["payment_kind"],
        paid_amount=order["paid_amount"],
        buyer_message=order["buyer_message"],
        seller_memo=order["seller_memo"],
        held=order["held"],
        hold_reason=order["hold_reason"],
        intercepted=order["intercepted"],
        attention=_attention(order["attention"], approved_by),
        order_id=order["id"],
        approved_by=approved_by,
        goods_amount=order["goods_amount"],
        discount_amount=order["discount_amount"],
        post_fee=order["post_fee"],
        order_no=order["no"],
        state=order["state"],
        trade_id=order["origin_trade_id"],
        trade_no=order["trade_no"],
        trade_version=order["trade_version"],
        buyer_nick=order["buyer_nick"],
        buyer_id=order["buyer_id"],
        receiver_id=order["receiver_id"],
        region_name=order["region_name"],
        summary=order["summary"],
        flag=order["flag"],
        urgent=order["urgent"],
        invoice_title=order["invoice_title"],
        marks=marks_of(order),
        placed_at=order["placed_at"],
        paid_at=order["paid_at"],
        ship_by=order["ship_by"],
        merge_key=None if order["merge_key"] is None else bytes(order["merge_key"]),
        left_alone=tuple(order["left_alone"]),
        kept=kept_of(order),
        granted=granted.schemes,
        given_back=granted.counters,
        deposit=order["deposit"],
    )


def _attention(codes: Sequence[str], approved_by: int | None) -> tuple[str, ...]:
    """A person who audits has seen what changed since the last audit."""
    seen = (
        {Attention.CHANGED_AFTER_AUDIT, Attention.CHANGED_AFTER_EDIT, Attention.MEMO_AFTER_AUDIT}
        if approved_by is not None
        else set()
    )
    return tuple(code for code in codes if code not in seen)
