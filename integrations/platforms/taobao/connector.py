"""The connector to Taobao and Tmall: the contract of ``integrations.platforms.base`` over the open platform's calls.

Lists are newest first and are read from the last page back to the first: what changes meanwhile leaves the window or moves to the top,
so that the rest moves up, towards the pages that are still to be read.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.platforms.base import (
    Capabilities,
    Platform,
    ShopAccess,
    TradeRef,
    Unreachable,
    UploadAnswer,
    Waybill,
    Window,
    register,
)
from integrations.platforms.taobao.client import TaobaoClient
from integrations.platforms.taobao.mapping import LINE_CLOSED, LINE_SHIPPED, STATUS, read_trade
from integrations.platforms.taobao.values import Unreadable, number_of, rows_of, time_of
from oms.core.outbox import PermanentFailure
from orders.trades.document import ReceivedTrade, RejectedDocument, TradeStatus

PAGE_SIZE = 50
"""The platform recommends 40 to 50; larger pages time out more often."""
CAPABILITIES = Capabilities(
    partial_upload=True,
    correct_waybill=True,
    write_memo=True,
    write_flag=True,
    cash_on_delivery=True,
    longest_window=dt.timedelta(days=1),
)
_LISTS = {
    "changed": ("taobao.trades.sold.increment.get", "start_modified", "end_modified"),
    "placed": ("taobao.trades.sold.get", "start_created", "end_created"),
}
_FULL = "taobao.trade.fullinfo.get"
_SEND = "taobao.logistics.offline.send"
_RESEND = "taobao.logistics.consign.resend"
_MEMO = "taobao.trade.memo.update"
_SAME_RECEIVER = "taobao.top.oaid.merge"
# All of the types that the lists know; their default leaves some out.
_TYPES = "fixed,auction,guarantee_trade,auto_delivery,ec,cod,step,nopaid,independent_simple_trade,independent_shop_trade,pre_auth_type"
_TRADE_FIELDS = (
    "tid,tid_str,status,type,created,pay_time,modified,consign_time,end_time,payment,total_fee,discount_fee,adjust_fee,post_fee,"
    "buyer_nick,buyer_open_uid,buyer_message,seller_memo,seller_flag,"
    "receiver_name,receiver_state,receiver_city,receiver_district,receiver_town,receiver_address,receiver_zip,receiver_mobile,"
    "receiver_phone,oaid,shipping_type,cod_status,step_trade_status,step_paid_fee,send_time,delivery_time,"
    "top_hold,team_buy_hold,share_group_hold,ofp_hold,forbid_consign,promotion_details,orders"
)
_INNER = re.compile(r'"trade"\s*:\s*')
_ALREADY_SHIPPED = ":B04"
_UNCHANGED = ":P07"


class TaobaoConnector:
    """One shop on Taobao or Tmall."""

    capabilities = CAPABILITIES
    most_receivers = 100

    def __init__(self, access: ShopAccess) -> None:
        self._client = TaobaoClient(access)

    @property
    def ahead(self) -> dt.timedelta:
        """By how much the platform's clock is ahead of ours, as far as its answers told."""
        return self._client.clock.ahead

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def check(self) -> None:
        """List nothing much, once: a person waits for the answer. Raises DeliveryFailure when the shop is not authorised."""
        self._client.once(_LISTS["placed"][0], {"fields": "tid", "page_size": 1, "use_has_next": True})

    def count(self, window: Window) -> int:
        """How many trades the window holds now. Raises DeliveryFailure."""
        method, parameters = self._list(window, "tid")
        answer = self._client.read(method, {**parameters, "page_no": 1, "page_size": 1, "use_has_next": False})
        total = answer.get("total_results", 0)
        if not isinstance(total, int):
            raise Unreachable(_("The answer of the platform cannot be read."), code="garbage")
        return total

    def pages(self, window: Window, total: int) -> Iterator[Sequence[TradeRef]]:
        """The trades of the window from the last page back to the first. Raises DeliveryFailure."""
        method, parameters = self._list(window, "tid,tid_str,modified")
        last = max(1, -(-total // PAGE_SIZE))
        number = last
        while True:
            answer = self._page(method, parameters, number)
            yield _refs(answer)
            if answer.get("has_next") is not True:
                break
            number += 1  # the list has grown since it was counted
        for number in range(last - 1, 0, -1):
            yield _refs(self._page(method, parameters, number))

    def _page(self, method: str, parameters: Mapping[str, Any], number: int) -> dict[str, Any]:
        return self._client.read(
            method, {**parameters, "page_no": number, "page_size": PAGE_SIZE, "use_has_next": True}
        )

    def _list(self, window: Window, fields: str) -> tuple[str, dict[str, Any]]:
        method, start, end = _LISTS[window.by]
        return method, {"fields": fields, "type": _TYPES, start: window.since, end: window.until}

    def fetch(self, trade_no: str) -> ReceivedTrade | RejectedDocument:
        """One trade in full, with the platform's own bytes for it. Raises DeliveryFailure."""
        answer, text = self._client.read_text(_FULL, {"fields": _TRADE_FIELDS, "tid": trade_no, "include_oaid": True})
        return read_trade(_own_bytes(answer, text))

    def upload_waybill(self, waybill: Waybill) -> UploadAnswer:
        """Report the parcel; "already shipped" is looked into, since the platform says it of closed trades too.

        Raises DeliveryFailure.
        """
        try:
            self._send(_SEND, waybill, waybill.oids)
        except PermanentFailure as refusal:
            if not refusal.code.endswith(_ALREADY_SHIPPED):
                raise
            return self._settle(waybill, refusal)
        return UploadAnswer()

    def correct_waybill(self, waybill: Waybill) -> UploadAnswer:
        """Replace what was reported; that nothing would change is as good. Raises DeliveryFailure."""
        try:
            self._send(_RESEND, waybill, waybill.oids)
        except PermanentFailure as refusal:
            if not refusal.code.endswith(_UNCHANGED):
                raise
            return UploadAnswer(already_shipped=True)
        return UploadAnswer()

    def write_memo(self, trade_no: str, memo: str | None, flag: int | None) -> None:
        """Write the seller's memo and flag. Raises DeliveryFailure."""
        business: dict[str, Any] = {"tid": trade_no}
        if memo:
            business["memo"] = memo
        elif memo is not None:
            business["reset"] = True
        if flag is not None:
            business["flag"] = flag
        self._client.call(_MEMO, business)

    def same_receiver(self, trades: Sequence[tuple[str, str]]) -> Sequence[Collection[str]]:
        """Which trades may be packed together, by number and OAID; at most 100 of them. Raises DeliveryFailure."""
        asked = json.dumps([{"tid": number, "oaid": oaid} for number, oaid in trades], separators=(",", ":"))
        answer = self._client.read(_SAME_RECEIVER, {"merge_list": asked}).get("tid_list")
        groups = answer.get("string") if isinstance(answer, Mapping) else None
        if not isinstance(groups, list):
            raise Unreachable(_("The answer of the platform cannot be read."), code="garbage")
        known = {number for number, _oaid in trades}
        return [known.intersection(str(group).split(",")) for group in groups]

    def _send(self, method: str, waybill: Waybill, oids: Sequence[str]) -> None:
        business: dict[str, Any] = {
            "tid": waybill.trade_no,
            "out_sid": waybill.waybill_no,
            "company_code": waybill.carrier_code,
        }
        if oids:
            business |= {"sub_tid": ",".join(oids), "is_split": 1}
        answer = self._client.call(method, business)
        shipping = answer.get("shipping")
        if not (isinstance(shipping, Mapping) and shipping.get("is_success") is True):
            raise PermanentFailure(
                _("The platform did not accept the waybill and gave no reason."), code="not_successful"
            )

    def _settle(self, waybill: Waybill, refusal: PermanentFailure) -> UploadAnswer:
        """What "already shipped or closed" means: which of the lines are shipped, and whether the trade is closed."""
        fields = "tid,status,orders.oid,orders.oid_str,orders.status"
        trade = self._client.read(_FULL, {"fields": fields, "tid": waybill.trade_no}).get("trade")
        if not isinstance(trade, Mapping):
            raise refusal
        if STATUS.get(str(trade.get("status"))) == TradeStatus.CLOSED:
            raise PermanentFailure(
                _("The trade is closed on the platform, so the parcel must not leave. The platform says: %(reason)s")
                % {"reason": refusal},
                code="trade_closed",
            ) from refusal
        states = {number_of(order, "oid"): str(order.get("status")) for order in rows_of(trade, "orders", "order")}
        waiting = [oid for oid in waybill.oids if states.get(oid) not in LINE_SHIPPED | LINE_CLOSED]
        if waybill.oids and all(states.get(oid) in LINE_CLOSED for oid in waybill.oids):
            raise PermanentFailure(
                _("All that is in this parcel was refunded, so it must not leave. The platform says: %(reason)s")
                % {"reason": refusal},
                code="lines_closed",
            ) from refusal
        if not waiting:
            return UploadAnswer(already_shipped=True)
        if len(waiting) == len(waybill.oids):
            raise refusal
        # Others of the lines are in a parcel that was reported before; what is left of this one still has to be.
        self._send(_SEND, waybill, waiting)
        return UploadAnswer()


def _own_bytes(answer: Mapping[str, Any], text: str) -> bytes:
    """The trade's part of an answer exactly as it came: what surrounds it differs from call to call."""
    if not isinstance(answer.get("trade"), Mapping):
        raise Unreachable(_("The answer of the platform cannot be read."), code="garbage")
    found = _INNER.search(text)
    if found is None:
        raise Unreachable(_("The answer of the platform cannot be read."), code="garbage")
    start = found.end()
    _value, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end].encode()


def _refs(answer: Mapping[str, Any]) -> list[TradeRef]:
    """The trades of a page, each once."""
    refs: dict[str, TradeRef] = {}
    try:
        rows = rows_of(answer, "trades", "trade")
    except Unreadable as error:
        raise Unreachable(_("The answer of the platform cannot be read."), code="garbage") from error
    for row in rows:
        number = number_of(row, "tid")
        if number:
            refs[number] = TradeRef(number, _time(row))
    return list(refs.values())


def _time(row: Mapping[str, Any]) -> dt.datetime | None:
    try:
        return time_of(row, "modified")
    except Unreadable:
        return None


PLATFORM = Platform(
    "taobao", gettext_lazy("Taobao / Tmall"), TaobaoConnector, "https://eco.taobao.com/router/rest", CAPABILITIES
)
register(PLATFORM)
