"""From a trade as the platform gives it to the neutral document; pure.

Whatever a trade lacks or holds that makes no sense ends as a RejectedDocument with a reason code: docs/connectors.md lists them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from integrations.platforms.taobao.amounts import LineMoney, read_money
from integrations.platforms.taobao.client import parse
from integrations.platforms.taobao.values import (
    Unreadable,
    amount_or_zero,
    is_on,
    needed_time,
    number_of,
    rows_of,
    text_of,
    time_of,
)
from orders.trades.document import (
    PresaleState,
    ReceivedTrade,
    RefundState,
    RejectedDocument,
    TradeDocument,
    TradeLine,
    TradeReceiver,
    TradeStatus,
)

STATUS = {
    "TRADE_NO_CREATE_PAY": TradeStatus.UNPAID,
    "WAIT_BUYER_PAY": TradeStatus.UNPAID,
    "PAY_PENDING": TradeStatus.UNPAID,
    "WAIT_PRE_AUTH_CONFIRM": TradeStatus.UNPAID,
    "WAIT_SELLER_SEND_GOODS": TradeStatus.PAID,
    "PAID_FORBID_CONSIGN": TradeStatus.FORBIDDEN,
    "SELLER_CONSIGNED_PART": TradeStatus.PART_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": TradeStatus.SHIPPED,
    "TRADE_BUYER_SIGNED": TradeStatus.SHIPPED,
    "TRADE_FINISHED": TradeStatus.COMPLETED,
    "TRADE_CLOSED": TradeStatus.CLOSED,
    "TRADE_CLOSED_BY_TAOBAO": TradeStatus.CLOSED,
}
LINE_SHIPPED = frozenset({"WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED"})
LINE_CLOSED = frozenset({"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"})
REFUND = {
    "": RefundState.NONE,
    "NO_REFUND": RefundState.NONE,
    "WAIT_SELLER_AGREE": RefundState.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": RefundState.AGREED,
    "WAIT_SELLER_CONFIRM_GOODS": RefundState.AGREED,
    "SUCCESS": RefundState.REFUNDED,
    "SELLER_REFUSE_BUYER": RefundState.REJECTED,
    "CLOSED": RefundState.CLOSED,
}
PRESALE = {
    "FRONT_NOPAID_FINAL_NOPAID": PresaleState.NONE,
    "FRONT_PAID_FINAL_NOPAID": PresaleState.DEPOSIT_PAID,
    "FRONT_PAID_FRONT_FORFEITED": PresaleState.DEPOSIT_PAID,
    "FRONT_PAID_FINAL_PAID": PresaleState.PAID,
}
HOLDS = ("top_hold", "team_buy_hold", "share_group_hold", "ofp_hold")
FORBIDS = ("forbid_consign",)


def read_trade(payload: bytes) -> ReceivedTrade | RejectedDocument:
    """The trade of the platform's own bytes for it."""
    try:
        data = parse(payload.decode())
    except (ValueError, RecursionError):
        return RejectedDocument(None, payload, "not_json", _("What the platform sent is no trade."))
    if not isinstance(data, Mapping):
        return RejectedDocument(None, payload, "not_json", _("What the platform sent is no trade."))
    try:
        return ReceivedTrade(_document(data), payload)
    except Unreadable as reason:
        return RejectedDocument(
            number_of(data, "tid") or None, payload, reason.code, str(reason), _time_if_any(data, "modified")
        )


def _time_if_any(data: Mapping[str, Any], name: str) -> dt.datetime | None:
    """A moment that is good to know; what cannot be read is as good as missing."""
    try:
        return time_of(data, name)
    except Unreadable:
        return None


def _document(trade: Mapping[str, Any]) -> TradeDocument:
    trade_no = number_of(trade, "tid")
    if not trade_no:
        raise Unreadable("no_trade_number", _("The trade has no number."))
    orders = rows_of(trade, "orders", "order")
    if not orders:
        raise Unreadable("no_lines", _("The trade has no lines. Look it up on the platform and download it again."))
    status = _status(trade)
    money = read_money(trade, orders)
    holding = [name for name in HOLDS if is_on(trade, name)]
    presale = text_of(trade, "step_trade_status")
    if presale and presale not in PRESALE:
        raise Unreadable(
            "unknown_status", _("The state of the pre-sale, %(value)s, is unknown.") % {"value": presale[:40]}
        )
    return TradeDocument(
        trade_no=trade_no,
        modified=needed_time(trade, "modified"),
        status=status,
        payment_kind="cod" if text_of(trade, "type") == "cod" else "online",
        created=needed_time(trade, "created"),
        paid_at=time_of(trade, "pay_time"),
        goods_amount=money.goods,
        discount_amount=money.discount,
        post_fee=money.post_fee,
        paid_amount=money.payment,
        receiver=_receiver(trade),
        lines=_lines(orders, money.lines, closed=status == TradeStatus.CLOSED),
        buyer_nick=text_of(trade, "buyer_nick", longest=128),
        buyer_id=text_of(trade, "buyer_open_uid", longest=128),
        ship_by=_time_if_any(trade, "delivery_time") or _time_if_any(trade, "send_time"),
        buyer_message=text_of(trade, "buyer_message"),
        seller_memo=text_of(trade, "seller_memo"),
        flag=_flag(trade),
        presale_state=PRESALE.get(presale, PresaleState.NONE),
        deposit=amount_or_zero(trade, "step_paid_fee"),
        hold=bool(holding),
        hold_reason=", ".join(holding),
    )


def _status(trade: Mapping[str, Any]) -> TradeStatus:
    text = text_of(trade, "status")
    if text not in STATUS:
        raise Unreadable(
            "unknown_status",
            _("The trade's state on the platform, %(value)s, is unknown. Tell the administrator.")
            % {"value": text[:40]},
        )
    status = STATUS[text]
    return TradeStatus.FORBIDDEN if status == TradeStatus.PAID and any(is_on(trade, f) for f in FORBIDS) else status


def _flag(trade: Mapping[str, Any]) -> int:
    text = str(trade.get("seller_flag") or 0)
    return int(text) if text in {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} else 0


def _receiver(trade: Mapping[str, Any]) -> TradeReceiver:
    """Who receives the parcel. County-level cities below a province come as a district without a city, and stay so."""
    receiver = TradeReceiver(
        name=text_of(trade, "receiver_name", longest=500),
        phone=text_of(trade, "receiver_mobile", longest=200) or text_of(trade, "receiver_phone", longest=200),
        address=text_of(trade, "receiver_address", longest=2000),
        province=text_of(trade, "receiver_state", longest=64),
        city=text_of(trade, "receiver_city", longest=64),
        district=text_of(trade, "receiver_district", longest=64),
        town=text_of(trade, "receiver_town", longest=64),
        zip_code=text_of(trade, "receiver_zip", longest=16),
        oaid=text_of(trade, "oaid", longest=500),
    )
    if not (receiver.province and receiver.name and receiver.address and (receiver.city or receiver.district)):
        raise Unreadable(
            "no_receiver", _("The trade does not say who receives it. Open it on the platform, then download it again.")
        )
    return receiver


def _lines(orders: Sequence[Mapping[str, Any]], money: Sequence[LineMoney], *, closed: bool) -> tuple[TradeLine, ...]:
    lines = tuple(_line(order, part, closed=closed) for order, part in zip(orders, money, strict=True))
    if len({line.oid for line in lines}) != len(lines):
        raise Unreadable("line_twice", _("A line of the trade comes twice. Compare the trade on the platform."))
    return lines


def _line(order: Mapping[str, Any], money: LineMoney, *, closed: bool) -> TradeLine:
    oid = number_of(order, "oid")
    if not oid:
        raise Unreadable(
            "no_line_number", _("A line of the trade has no number, so its shipment could not be reported.")
        )
    status, told = text_of(order, "status"), text_of(order, "refund_status")
    if told not in REFUND:
        raise Unreadable("unknown_status", _("The state of a refund, %(value)s, is unknown.") % {"value": told[:40]})
    refund = REFUND[told]
    if status in LINE_CLOSED and not closed and refund != RefundState.REFUNDED:
        # A line that was closed while its trade goes on must not be shipped, whatever the refund says.
        refund = RefundState.REFUNDED
    return TradeLine(
        oid=oid,
        item_id=text_of(order, "num_iid", longest=64),
        sku_id=text_of(order, "sku_id", longest=64),
        item_code=text_of(order, "outer_iid", longest=128).strip(),
        sku_code=text_of(order, "outer_sku_id", longest=128).strip(),
        title=text_of(order, "title", longest=300),
        spec=text_of(order, "sku_properties_name", longest=300),
        quantity=money.quantity,
        price=money.price,
        discount=money.worth - money.paid,
        paid=money.paid,
        refund=refund,
        shipped=status in LINE_SHIPPED,
        is_gift=is_on(order, "is_free_gift"),
        picture_url=text_of(order, "pic_path", longest=500),
        store_code=text_of(order, "store_code", longest=64),
    )
