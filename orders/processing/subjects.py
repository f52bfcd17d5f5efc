"""What the pipeline works on in one batch: drafts for the engine, and whether their content is the trade's or the order's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oms.catalog.regions import stem
from oms.core.values import quick
from orders.engine.assign import STAGE
from orders.engine.kept import NOTHING_KEPT, Kept
from orders.engine.marks import NO_MARKS, Marks, Owner
from orders.engine.merge import Traits, merge_key
from orders.engine.values import Draft, DraftLine
from orders.locks import MARK_COLUMNS, OWNER_COLUMNS, DueTrade
from orders.trades.document import PresaleState, TradeLine, from_json

SUMMARY_LENGTH = 200


@quick
@dataclass(frozen=True, slots=True)
class Subject:
    """One order of the batch. ``trade_id`` is the trade whose content it takes: of a new order, or of one that follows a change;
    None when the order is met again with its own content."""

    draft: Draft
    trade_id: int | None = None


def draft_line(position: int, line: TradeLine, trade_id: int) -> DraftLine:
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
        trade_id=trade_id,
    )


def summary_of(title: str, spec: str) -> str:
    """The goods of an order in short: its first line."""
    return f"{title} {spec}".strip()[:SUMMARY_LENGTH]


def marks_of(order: Mapping[str, Any]) -> Marks:
    """The engine's marks of a stored order, by the names of its columns."""
    tags, note, reminders, reminded_at = (order[name] for name in MARK_COLUMNS)
    owner = Owner(*(order[name] for name in OWNER_COLUMNS)) if STAGE in order["left_alone"] else None
    if not (tags or note or reminders) and owner is None:
        return NO_MARKS
    return Marks(tuple(tags), note, reminders, reminded_at, owner)


def subject_of_trade(
    key: int,
    trade: DueTrade,
    *,
    order: dict[str, Any] | None = None,
    attention: tuple[str, ...] = (),
    kept: tuple[Kept, str] = (NOTHING_KEPT, ""),
) -> Subject:
    """The subject of a due trade: of a new order, or of an existing one that follows the trade.

    ``kept`` is what people settled about that one, with the invoice's title where they confirmed one.
    """
    document = from_json(trade.document)
    lines = tuple([draft_line(position, line, trade.id) for position, line in enumerate(document.lines, start=1)])
    if trade.receiver_id is None:
        raise AssertionError(f"trade {trade.id} is due without a receiver")
    buyer = document.buyer_id or document.buyer_nick
    token = trade.document.get("receiver_token", "")
    draft = Draft(
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
        goods_amount=document.goods_amount,
        discount_amount=document.discount_amount,
        post_fee=document.post_fee,
        order_no=order["no"] if order else "",
        state=order["state"] if order else "",
        trade_id=trade.id,
        trade_no=trade.trade_no,
        trade_version=trade.version,
        buyer_nick=document.buyer_nick,
        buyer_id=document.buyer_id,
        receiver_id=trade.receiver_id,
        region_name=trade.document.get("region_name", "") or stem(document.receiver.province),
        summary=summary_of(lines[0].title, lines[0].spec),
        flag=document.flag,
        urgent=bool(order and order["urgent"]),
        invoice_title=kept[1] or document.invoice_title,
        marks=marks_of(order) if order else NO_MARKS,
        placed_at=document.created,
        paid_at=document.paid_at,
        ship_by=document.ship_by,
        merge_key=merge_key(Traits(buyer, token, document.payment_kind)),
        left_alone=tuple(order["left_alone"]) if order else (),
        deposit=document.deposit if document.presale_state == PresaleState.DEPOSIT_PAID else None,
        kept=kept[0],
    )
    return Subject(draft, trade.id)
