"""The platform's methods, by name."""

from integrations.sandbox.protocol import Method

from . import logistics, receivers, refunds, trades

METHODS: dict[str, Method] = {
    "taobao.trades.sold.get": Method(trades.sold_get),
    "taobao.trades.sold.increment.get": Method(trades.sold_increment_get),
    "taobao.trade.fullinfo.get": Method(trades.fullinfo_get),
    "taobao.trade.memo.update": Method(trades.memo_update),
    "taobao.logistics.offline.send": Method(logistics.offline_send),
    "taobao.logistics.consign.resend": Method(logistics.consign_resend),
    "taobao.logistics.companies.get": Method(logistics.companies_get, needs_session=False),
    "taobao.top.oaid.merge": Method(receivers.oaid_merge),
    "taobao.refunds.receive.get": Method(refunds.receive_get),
    "taobao.refund.get": Method(refunds.refund_get),
}
