"""A platform's trade in neutral terms: what every connector translates into and everything after it reads.

Amounts are Decimal yuan with two places, times are aware UTC datetimes. ``to_json`` leaves the receiver out: who receives the parcel
is stored sealed and apart (``oms.catalog.receivers``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from oms.core.values import quick


class TradeStatus(StrEnum):
    """Where the trade stands on the platform. ``forbidden`` is paid but must not be shipped yet."""

    UNPAID = "unpaid"
    PAID = "paid"
    FORBIDDEN = "forbidden"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CLOSED = "closed"


class RefundState(StrEnum):
    """Where the refund of a line stands."""

    NONE = "none"
    REQUESTED = "requested"
    AGREED = "agreed"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    CLOSED = "closed"


class PresaleState(StrEnum):
    """Where a pre-sale with deposit and final payment stands; ``none`` for an ordinary trade."""

    NONE = "none"
    DEPOSIT_PAID = "deposit_paid"
    PAID = "paid"


@quick
@dataclass(frozen=True, slots=True)
class TradeReceiver:
    """Who receives the parcel, as the platform gives it (it may be masked). ``address`` follows province, city, district, town."""

    name: str = ""
    phone: str = ""
    address: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    zip_code: str = ""
    oaid: str = ""


@quick
@dataclass(frozen=True, slots=True)
class TradeLine:
    """Units of one listing. ``paid`` is the line's share of what the buyer paid for goods: price × quantity − discount."""

    oid: str
    item_id: str
    sku_id: str
    item_code: str
    sku_code: str
    title: str
    spec: str
    quantity: int
    price: Decimal
    discount: Decimal
    paid: Decimal
    refund: RefundState = RefundState.NONE
    shipped: bool = False
    is_gift: bool = False
    picture_url: str = ""
    store_code: str = ""


@quick
@dataclass(frozen=True, slots=True)
class TradeDocument:
    """One trade. ``paid_amount`` = ``goods_amount`` − ``discount_amount`` + ``post_fee`` = sum of the lines' ``paid`` + ``post_fee``.

    ``merge_group`` is the platform's own word that trades of the shop with the same group go to one receiver; it is the only way to
    know for masked receivers, whose text and OAID prove nothing. ``deposit`` is what of ``paid_amount`` has been paid when
    ``presale_state`` is ``deposit_paid``.
    """

    trade_no: str
    modified: dt.datetime
    status: TradeStatus
    payment_kind: str
    created: dt.datetime
    paid_at: dt.datetime | None
    goods_amount: Decimal
    discount_amount: Decimal
    post_fee: Decimal
    paid_amount: Decimal
    receiver: TradeReceiver
    lines: tuple[TradeLine, ...]
    buyer_nick: str = ""
    buyer_id: str = ""
    ship_by: dt.datetime | None = None
    buyer_message: str = ""
    seller_memo: str = ""
    flag: int = 0
    presale_state: PresaleState = PresaleState.NONE
    hold: bool = False
    hold_reason: str = ""
    invoice_title: str = ""
    merge_group: str = ""
    deposit: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ReceivedTrade:
    """A trade with the platform's own bytes for it, exactly as they came."""

    document: TradeDocument
    payload: bytes


@dataclass(frozen=True, slots=True)
class RejectedDocument:
    """A payload that could not be understood: a stable reason code and a detail a person can act on, without receiver data."""

    trade_no: str | None
    payload: bytes
    reason_code: str
    detail: str
    modified: dt.datetime | None = None


def _time(value: dt.datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def to_json(document: TradeDocument) -> dict[str, Any]:
    """The stored form, without the receiver. Amounts are strings, so that nothing is ever a float."""
    return {
        "trade_no": document.trade_no,
        "modified": _time(document.modified),
        "status": document.status.value,
        "payment_kind": document.payment_kind,
        "created": _time(document.created),
        "paid_at": _time(document.paid_at),
        "ship_by": _time(document.ship_by),
        "goods_amount": str(document.goods_amount),
        "discount_amount": str(document.discount_amount),
        "post_fee": str(document.post_fee),
        "paid_amount": str(document.paid_amount),
        "buyer_nick": document.buyer_nick,
        "buyer_id": document.buyer_id,
        "buyer_message": document.buyer_message,
        "seller_memo": document.seller_memo,
        "flag": document.flag,
        "presale_state": document.presale_state.value,
        "deposit": str(document.deposit),
        "hold": document.hold,
        "hold_reason": document.hold_reason,
        "invoice_title": document.invoice_title,
        "merge_group": document.merge_group,
        "lines": [_line_to_json(line) for line in document.lines],
    }


def _line_to_json(line: TradeLine) -> dict[str, Any]:
    return {
        "oid": line.oid,
        "item_id": line.item_id,
        "sku_id": line.sku_id,
        "item_code": line.item_code,
        "sku_code": line.sku_code,
        "title": line.title,
        "spec": line.spec,
        "quantity": line.quantity,
        "price": str(line.price),
        "discount": str(line.discount),
        "paid": str(line.paid),
        "refund": line.refund.value,
        "shipped": line.shipped,
        "is_gift": line.is_gift,
        "picture_url": line.picture_url,
        "store_code": line.store_code,
    }


_amount = lru_cache(maxsize=4096)(Decimal)
"""The amount of its text: a few texts stand in most trades."""
_REFUNDS = {state.value: state for state in RefundState}
_STATUSES = {status.value: status for status in TradeStatus}
_PRESALES = {state.value: state for state in PresaleState}


def _parse_time(value: str | None) -> dt.datetime | None:
    return None if value is None else dt.datetime.fromisoformat(value)


def _line_from_json(data: Mapping[str, Any]) -> TradeLine:
    return TradeLine(
        oid=data["oid"],
        item_id=data["item_id"],
        sku_id=data["sku_id"],
        item_code=data["item_code"],
        sku_code=data["sku_code"],
        title=data["title"],
        spec=data["spec"],
        quantity=data["quantity"],
        price=_amount(data["price"]),
        discount=_amount(data["discount"]),
        paid=_amount(data["paid"]),
        refund=_REFUNDS[data["refund"]],
        shipped=data["shipped"],
        is_gift=data["is_gift"],
        picture_url=data["picture_url"],
        store_code=data["store_code"],
    )


_NO_RECEIVER = TradeReceiver()


def from_json(data: Mapping[str, Any]) -> TradeDocument:
    """The document of a stored form, with an empty receiver."""
    return TradeDocument(
        trade_no=data["trade_no"],
        modified=dt.datetime.fromisoformat(data["modified"]),
        status=_STATUSES[data["status"]],
        payment_kind=data["payment_kind"],
        created=dt.datetime.fromisoformat(data["created"]),
        paid_at=_parse_time(data["paid_at"]),
        ship_by=_parse_time(data["ship_by"]),
        goods_amount=_amount(data["goods_amount"]),
        discount_amount=_amount(data["discount_amount"]),
        post_fee=_amount(data["post_fee"]),
        paid_amount=_amount(data["paid_amount"]),
        buyer_nick=data["buyer_nick"],
        buyer_id=data["buyer_id"],
        buyer_message=data["buyer_message"],
        seller_memo=data["seller_memo"],
        flag=data["flag"],
        presale_state=_PRESALES[data["presale_state"]],
        hold=data["hold"],
        hold_reason=data["hold_reason"],
        invoice_title=data.get("invoice_title", ""),
        merge_group=data.get("merge_group", ""),
        deposit=Decimal(data.get("deposit", "0.00")),
        receiver=_NO_RECEIVER,
        lines=tuple([_line_from_json(line) for line in data["lines"]]),
    )
