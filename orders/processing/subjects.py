"""What the pipeline works on in one batch: drafts for the engine, and beside them what only the writing needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from oms.catalog.regions import stem
from orders.engine.values import Draft, DraftLine
from orders.locks import DueTrade
from orders.trades.document import TradeDocument, TradeLine, from_json

SUMMARY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Content:
    """What a trade's document says about its order: written when the order is made or follows a changed trade."""

    trade_id: int
    trade_no: str
    trade_version: int
    document: TradeDocument
    region_name: str
    receiver_id: int
    placed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """One order of the batch. ``content`` is None when the order is met again with its own lines."""

    draft: Draft
    receiver_id: int
    ship_by: dt.datetime | None
    summary: str
    order_no: str = ""
    content: Content | None = None

    @property
    def is_new(self) -> bool:
        return self.draft.order_id is None


def draft_line(position: int, line: TradeLine) -> DraftLine:
    """The engine's line of a trade's line. A discount may be negative when the seller raised the price."""
    return DraftLine(
        position=position,
        oid=line.oid,
        item_id=line.item_id,
        platform_sku_id=line.sku_id,
        item_code=line.item_code,
        sku_code=line.sku_code,
        title=line.title,
        spec=line.spec,
        quantity=line.quantity,
        price=line.price,
        discount=line.discount,
        amount=line.paid,
        is_gift=line.is_gift,
        refund=line.refund.value,
    )


def summary_of(title: str, spec: str) -> str:
    """The goods of an order in short: its first line."""
    return f"{title} {spec}".strip()[:SUMMARY_LENGTH]


def subject_of_trade(
    key: int, trade: DueTrade, *, order: dict[str, Any] | None = None, attention: tuple[str, ...] = ()
) -> Subject:
    """The subject of a due trade: of a new order, or of an existing one that follows the trade."""
    document = from_json(trade.document)
    lines = tuple(draft_line(position, line) for position, line in enumerate(document.lines, start=1))
    if trade.receiver_id is None:
        raise AssertionError(f"trade {trade.id} is due without a receiver")
    return Subject(
        draft=Draft(
            key=key,
            shop_id=trade.shop_id,
            lines=lines,
            region_code=trade.region_code,
            payment_kind=document.payment_kind,
            paid_amount=document.paid_amount,
            buyer_message=document.buyer_message,
            seller_memo=document.seller_memo,
            held=bool(order and order["held"]),
            attention=attention,
            order_id=order["id"] if order else None,
        ),
        receiver_id=trade.receiver_id,
        ship_by=document.ship_by,
        summary=summary_of(lines[0].title, lines[0].spec),
        order_no=order["no"] if order else "",
        content=Content(
            trade.id,
            trade.trade_no,
            trade.version,
            document,
            trade.document.get("region_name", "") or stem(document.receiver.province),
            trade.receiver_id,
            document.created,
        ),
    )
