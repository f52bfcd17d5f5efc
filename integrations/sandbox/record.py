"""The sandbox's own truth, for comparing both sides afterwards."""

from collections import Counter
from typing import Any

from . import clock, faults
from .store import Store, Trade
from .words import words
from .world import changes

_LINE = words(
    "oid num_iid sku_id outer_iid outer_sku_id num price payment divide_order_fee part_mjz_discount refund_status"
    " status logistics_company invoice_no consign_time"
)
_TRADE = words("pay_time payment post_fee step_trade_status seller_memo seller_flag buyer_message")


def make_record(store: Store, shop: str, since: str = "") -> dict[str, Any]:
    """All trades of a shop with their state, and every report of a shipment, accepted or not; or those since a moment."""
    names = ("id", "tid", "method", "company_code", "out_sid", "sub_tid", "accepted", "sub_code", "at")
    found = store.rows(f"SELECT {', '.join(names)} FROM sends WHERE shop = ? AND at >= ? ORDER BY id", (shop, since))
    sends = [dict(zip(names, row, strict=True)) | {"accepted": bool(row[6])} for row in found]
    accepted = Counter(send["tid"] for send in sends if send["accepted"])
    rejected = Counter(send["tid"] for send in sends if not send["accepted"])
    rows = store.rows(
        f"SELECT {store.TRADE} FROM trades WHERE shop = ? AND created >= ? ORDER BY created, tid", (shop, since)
    )
    now = clock.epoch()
    trades = []
    for trade in map(store.as_trade, rows):
        number = str(trade.tid)
        trades.append(
            _show(trade)
            | {"visible": trade.visible_at <= now, "accepted": accepted[number], "rejected": rejected[number]}
        )
    return {
        "shop": shop,
        "count": len(trades),
        "by_status": dict(Counter(trade["status"] for trade in trades)),
        "trades": trades,
        "sends": sends,
        "accepted": sum(accepted.values()),
        "rejected": sum(rejected.values()),
    }


def _show(trade: Trade) -> dict[str, Any]:
    return {
        "tid": str(trade.tid),
        "status": trade.status,
        "type": trade.type,
        "created": trade.created,
        "modified": trade.modified,
        "nonsense": trade.nonsense,
        **{name: trade.doc[name] for name in _TRADE if name in trade.doc},
        "orders": [
            {name: str(order[name]) if name in ("oid", "num_iid") else order[name] for name in _LINE if name in order}
            for order in changes.orders(trade)
        ],
    }


def make_stats(store: Store) -> dict[str, Any]:
    calls: dict[str, dict[str, int]] = {}
    for method, outcome, count in store.rows("SELECT method, outcome, calls FROM calls ORDER BY method, outcome"):
        calls.setdefault(method, {})[outcome] = count
    trades: dict[str, dict[str, int]] = {}
    for shop, status, count in store.rows("SELECT shop, status, count(*) FROM trades GROUP BY 1, 2 ORDER BY 1, 2"):
        trades.setdefault(shop, {})[status] = count
    return {"calls": calls, "trades": trades, "faults": faults.list_rules(store)}
