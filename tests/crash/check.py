"""Both sides after a run: what is still due, what is wrong, and what the day came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from finance.models import PostingDue, Voucher
from integrations.models import DownloadPosition, MissedTrade
from oms.core.invariants import check_all
from oms.core.models import Job, OutboxMessage
from orders.models import MemoUpload, Order, OrderLine, OrderLink, Trade, WaybillUpload
from promotions.models import GiftGrant, LimitCounter
from tests.crash.world import World
from tests.integrations.make import SELLER, china
from warehouse.models import ShipmentLine, StockBalance


def due(world: World) -> list[str]:
    """What a worker would still find to do."""
    found = {
        "trades to process": Trade.objects.filter(state="due"),
        "orders to process": Order.objects.filter(reprocess_at__isnull=False).exclude(state="cancelled"),
        "messages": OutboxMessage.objects.filter(state="due"),
        "uploads": WaybillUpload.objects.filter(state__in=["due", "sent"]),
        "memos": MemoUpload.objects.filter(state="due"),
        "orders to post": PostingDue.objects.all(),
        "jobs": Job.objects.filter(state__in=Job.OPEN),
        "second looks": DownloadPosition.objects.filter(second_due_at__isnull=False),
        "failed downloads": DownloadPosition.objects.exclude(last_error=""),
        "missed trades": MissedTrade.objects.all(),
    }
    left = [f"{count} {what}" for what, rows in found.items() if (count := rows.count())]
    newest = {row["tid"]: row["modified"] for row in world.sandbox.record(SELLER)["trades"]}
    ours = {no: china(moment) for no, moment in Trade.objects.values_list("trade_no", "modified") if moment}
    if behind := [tid for tid, modified in newest.items() if ours.get(tid) != modified]:
        left.append(f"{len(behind)} trades to download")
    return left


def wrong(world: World) -> Iterator[str]:
    """A sentence for everything in which the two sides, or our own tables, contradict each other."""
    for violation in check_all():
        yield f"{violation.code}: {violation.examples[:3]}"
    names = {tid: name for name, tid in world.tids.items()}
    record = world.sandbox.record(SELLER)
    trades = Counter(Trade.objects.values_list("trade_no", flat=True))
    born = Counter(Order.objects.filter(origin_trade__isnull=False).values_list("trade_no", flat=True))
    for tid, name in names.items():
        if trades[tid] != 1:
            yield f"{name}: {trades[tid]} trades"
        if born[tid] != 1:
            yield f"{name}: {born[tid]} orders were born"
    accepted = sorted((send["tid"], send["out_sid"]) for send in record["sends"] if send["accepted"])
    for tid, memo, flag in MemoUpload.objects.filter(state="accepted").values_list("trade__trade_no", "memo", "flag"):
        there = world.sandbox.trade(SELLER, tid)
        if (there.get("seller_memo"), there.get("seller_flag")) != (memo, flag):
            yield f"{names[tid]}: the memo there is {there.get('seller_memo')!r}, here {memo!r}"
    parcels = _parcels()
    if accepted != parcels:
        yield f"the platform accepted {_named(accepted, names)}, our parcels are {_named(parcels, names)}"
    told = sorted(WaybillUpload.objects.values_list("trade__trade_no", "waybill_no"))
    if told != parcels:
        yield f"uploads say {_named(told, names)}, parcels {_named(parcels, names)}"


def _parcels() -> list[tuple[str, str]]:
    """Each trade with the number of each parcel that holds goods of it."""
    shipped = ShipmentLine.objects.filter(shipment__state="shipped")
    lines = dict(OrderLine.objects.filter(trade__isnull=False).values_list("id", "trade__trade_no"))
    found = shipped.values_list("order_line_id", "shipment__waybill_no")
    return sorted({(lines[line], waybill) for line, waybill in found if line in lines})


def _named(pairs: list[tuple[str, str]], names: dict[str, str]) -> list[tuple[str, str]]:
    return [(names.get(tid, tid), waybill) for tid, waybill in pairs]


def came_to(world: World) -> dict[str, Any]:
    """What the day came to, without numbers and times: the same after every run."""
    names = {tid: name for name, tid in world.tids.items()}
    orders = Order.objects.order_by("trade_no", "origin_trade", "quantity", "id")
    return {
        "orders": [
            [
                names[o.trade_no],
                o.state,
                *(o.held, o.intercepted, o.posted, sorted(o.exceptions), sorted(o.attention)),
                *(o.region_id, str(o.paid_amount), o.quantity),
            ]
            for o in orders
        ],
        "trades": sorted([names[t.trade_no], t.state, t.status] for t in Trade.objects.all()),
        "uploads": sorted([names[u.trade.trade_no], u.state] for u in WaybillUpload.objects.select_related("trade")),
        "vouchers": sorted([v.kind, v.quantity, str(v.amount)] for v in Voucher.objects.all()),
        "stock": sorted([b.sku.code, b.on_hand, b.reserved] for b in StockBalance.objects.select_related("sku")),
        "links": sorted((link.kind, link.undone_at is None) for link in OrderLink.objects.all()),
        "gifts": sorted(GiftGrant.objects.values_list("state")) + sorted(LimitCounter.objects.values_list("used")),
        "memos": sorted(MemoUpload.objects.values_list("state", "memo", "flag", "revision")),
        "jobs": sorted(Job.objects.values_list("kind", "state")),
    }
