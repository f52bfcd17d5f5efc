"""The columns of orders and lines as a plan writes them, and the values that go into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from orders.engine.values import OrderPlan
from orders.locks import MARK_COLUMNS
from orders.processing.kept import KEPT_COLUMNS, kept_values
from orders.processing.terms import TERM_COLUMNS, term_values

CONTENT = (
    "trade_version",
    "buyer_nick",
    "buyer_id",
    "receiver_id",
    "region_id",
    "region_name",
    "payment_kind",
    "goods_amount",
    "discount_amount",
    "post_fee",
    "paid_amount",
    "deposit",
    "quantity",
    "line_count",
    "summary",
    "buyer_message",
    "seller_memo",
    "flag",
    "invoice_title",
    "placed_at",
    "paid_at",
    "ship_by",
    "merge_key",
    *KEPT_COLUMNS,
)
"""What a trade, a split or a merge says about an order."""

RESULT = (
    "warehouse_id",
    "carrier_id",
    "weight_g",
    "quantity",
    "line_count",
    "exceptions",
    "attention",
    "approved_at",
    "presale_until",
    "reprocess_at",
    *TERM_COLUMNS,
)
"""What the stages decided."""

BIRTH = (
    "id",
    "no",
    "shop_id",
    "origin_trade_id",
    "trade_no",
    "origin",
    "state",
    "left_alone",
    "held",
    "hold_reason",
    "intercepted",
    "intercept_reason",
    "urgent",
    *MARK_COLUMNS,
    "posted",
    "version",
    "created_at",
)

LINE = (
    "id",
    "order_id",
    "position",
    "trade_id",
    "oid",
    "item_id",
    "platform_sku_id",
    "item_code",
    "sku_code",
    "sku_id",
    "title",
    "spec",
    "quantity",
    "price",
    "discount",
    "amount",
    "is_gift",
    "gift_scheme_id",
    "refund",
    "bundle_sku_id",
    "bundle_quantity",
    "bundle_each",
    "bundle_price",
)

_NO_BUNDLE = (None, None, None, None)

INSERT = (*BIRTH, *CONTENT, *(name for name in RESULT if name not in CONTENT))
REFRESH = (*CONTENT, *(name for name in RESULT if name not in CONTENT))


def content(plan: OrderPlan) -> tuple[Any, ...]:
    """Values of CONTENT."""
    draft = plan.draft
    return (
        draft.trade_version,
        draft.buyer_nick,
        draft.buyer_id,
        draft.receiver_id,
        draft.region_code,
        draft.region_name,
        draft.payment_kind,
        draft.goods_amount,
        draft.discount_amount,
        draft.post_fee,
        draft.paid_amount,
        draft.deposit,
        sum([line.quantity for line in plan.lines]),
        len(plan.lines),
        draft.summary,
        draft.buyer_message,
        draft.seller_memo,
        draft.flag,
        draft.invoice_title,
        draft.placed_at,
        draft.paid_at,
        draft.ship_by,
        draft.merge_key,
        *kept_values(draft.kept),
    )


def _decided(plan: OrderPlan, state: str, now: dt.datetime) -> tuple[Any, ...]:
    until = plan.presale.until if plan.presale is not None and state == "presale" else None
    return (
        list(plan.exceptions),
        list(plan.draft.attention),
        now if state == "approved" else None,
        until,
        until,
        *term_values(plan.terms),
    )


def result(plan: OrderPlan, state: str, now: dt.datetime) -> tuple[Any, ...]:
    """Values of RESULT."""
    return (
        plan.warehouse_id,
        plan.carrier_id,
        plan.weight_g,
        sum([line.quantity for line in plan.lines]),
        len(plan.lines),
        *_decided(plan, state, now),
    )


def refresh(plan: OrderPlan, state: str, now: dt.datetime) -> tuple[Any, ...]:
    """Values of REFRESH: the content and the result of an order."""
    return (*content(plan), plan.warehouse_id, plan.carrier_id, plan.weight_g, *_decided(plan, state, now))


def birth(plan: OrderPlan, order_id: int, order_no: str, state: str, now: dt.datetime) -> tuple[Any, ...]:
    """Values of BIRTH."""
    draft = plan.draft
    marks = draft.marks
    return (
        order_id,
        order_no,
        draft.shop_id,
        draft.trade_id,
        draft.trade_no,
        plan.origin,
        state,
        list(draft.left_alone),
        draft.held,
        draft.hold_reason,
        False,
        "",
        draft.urgent,
        list(marks.tags),
        marks.note[:500],
        marks.reminders,
        marks.reminded_at,
        False,
        1,
        now,
    )


def line_rows(plan: OrderPlan, order_id: int, line_ids: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    """Values of LINE for every line."""
    for position, (line_id, line) in enumerate(zip(line_ids, plan.lines, strict=True), start=1):
        draft, bundle = line.draft, line.bundle
        yield (
            line_id,
            order_id,
            position,
            draft.trade_id,
            draft.oid,
            draft.item_id,
            draft.platform_sku_id,
            draft.item_code,
            draft.sku_code,
            line.sku_id,
            draft.title[:300],
            draft.spec[:300],
            line.quantity,
            line.price,
            line.discount,
            line.amount,
            draft.is_gift,
            draft.gift_scheme_id,
            draft.refund,
            *(_NO_BUNDLE if bundle is None else (bundle.sku_id, bundle.quantity, bundle.each, bundle.price)),
        )
