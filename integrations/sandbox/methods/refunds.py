"""`taobao.refunds.receive.get` and `taobao.refund.get`."""

from datetime import timedelta
from typing import Any

from integrations.sandbox import clock
from integrations.sandbox.envelope import select
from integrations.sandbox.errors import TopError, invalid
from integrations.sandbox.protocol import Call
from integrations.sandbox.store import Store, Values
from integrations.sandbox.words import words

from .paging import Window, answer_page

STATUSES = frozenset(
    words(
        "WAIT_SELLER_AGREE WAIT_BUYER_RETURN_GOODS WAIT_SELLER_CONFIRM_GOODS SELLER_REFUSE_BUYER CLOSED SUCCESS"
        " WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS EXCHANGE_TRANSFORM_TO_REFUND WAIT_SELLER_CONSIGN_GOODS"
    )
)


def receive_get(call: Call) -> dict[str, Any]:
    """Refunds by the time they were last changed, newest first."""
    fields = call.fields()
    start = call.time("start_modified", call.now - timedelta(days=90))
    end = call.time("end_modified", call.now)
    if end < start:
        raise invalid("end_modified", "must not lie before start_modified")
    condition = "shop = ? AND modified BETWEEN ? AND ?"
    values: tuple[Any, ...] = (call.seller.nick, clock.text(start), clock.text(end))
    if status := call.text("status"):
        if status not in STATUSES:
            raise invalid("status", "is not a known status")
        condition += " AND status = ?"
        values += (status,)
    window = Window("refunds", Store.REFUND, condition, values, "modified DESC, refund_id DESC")

    def show(rows: list[Values], _offset: int) -> list[dict[str, Any]]:
        return [select(Store.as_refund(row).doc, fields) for row in rows]

    return answer_page(call, window, ("refunds", "refund"), show)


def refund_get(call: Call) -> dict[str, Any]:
    fields = call.fields()
    found = call.store.refunds("shop = ? AND refund_id = ?", (call.seller.nick, call.required("refund_id")))
    if not found:
        raise TopError(15, "isv.refund-not-exist", "退款不存在")  # guess: no published source for this sub_code
    return {"refund": select(found[0].doc, fields)}
