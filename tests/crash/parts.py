"""A day of splits and merges (and their undoing), bundles, pre-sale and gifts with a limit; what people do by hand they do once.

Every step looks what there is to do, as those of the main line do.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from integrations.tasks import download_due_shops
from oms.catalog.bundles import save_bundle
from oms.catalog.models import Bundle, Sku
from oms.core.models import HistoryEntry
from oms.core.tasks import deliver_outbox
from orders import bundles, merging, splitting
from orders.engine.split import SplitKind
from orders.memos import mark_of, set_memo
from orders.models import MemoUpload, MergeRule, Order, OrderLine, OrderLink, PresaleRule, SplitRule
from orders.splitting import Wish
from orders.tasks import merge_due, process_due
from promotions.models import Campaign, Scheme, SchemeTier
from tests.crash.points import unseen
from tests.crash.scenario import audit_all, post, ship_all
from tests.crash.world import RECEIVER, Step, World
from tests.factories import make_sku
from warehouse.models import StockBalance, StockMove, Warehouse
from warehouse.stock import Move, receive

TRADES: dict[str, list[tuple[str, int]]] = {
    "divided": [("A01", 1), ("A02", 1)],
    "left": [("A03", 1)],
    "right": [("A04", 1)],
    "bundle": [("A05", 2)],
    "waiting": [("A08", 1)],
    "gifted": [("A09", 2)],
    "too late": [("A09", 2)],
    "apart": [("A10", 1), ("A00", 1)],
}
"""Divided is split by a rule; left and right are merged by a rule, taken apart and merged by hand; the bundle is put together by hand and
expanded anew; waiting waits for goods; of gifted and too late only one earns the last gift, and gifted gets
a memo; apart is split by hand, and that undone."""

TOGETHER = {
    "receiver": RECEIVER
    | {"address": "并单路 1 号", "name": "丁一", "mobile": "13800000001", "zip": "310000", "town": ""},
    "buyer_nick": "丁一",
    "buyer_open_uid": "AAHdingyi",
}
SLOWLY = {"buyer_message": "慢慢来"}
"""A message keeps every policy from letting the order pass, so that people find it."""

WISHES: dict[str, dict[str, Any]] = {
    "left": TOGETHER | SLOWLY,
    "right": TOGETHER | SLOWLY,
    "bundle": SLOWLY,
    "apart": SLOWLY,
}
ARRIVED = "到货"
MEMO = "礼品单"


def prepare() -> None:
    """Rules, a bundle, and a campaign whose gift is there once; of what waits there is nothing yet."""
    skus = {sku.code: sku for sku in Sku.objects.all()}
    SplitRule.objects.create(name="拆", kind="product", skus=[skus["A02-L"].id])
    MergeRule.objects.create(name="并", window_minutes=600)
    PresaleRule.objects.create(name="等货", sku=skus["A08-L"])
    StockBalance.objects.filter(sku=skus["A08-L"]).delete()
    StockMove.objects.filter(sku=skus["A08-L"]).delete()
    save_bundle(
        skus["A05-L"].id, {skus["A03-L"].id: 2, skus["A04-L"].id: 1}, weigh_by=Bundle.WeighBy.PRICE, actor_id=None
    )
    gift, now, week = make_sku("GIFT"), timezone.now(), dt.timedelta(days=7)
    receive([Move(Warehouse.objects.get().id, gift.id, 5)], StockMove.Kind.OPENING)
    campaign = Campaign.objects.create(
        name="买二送一", state=Campaign.State.LIVE, starts_at=now - week, ends_at=now + week
    )
    scheme = Scheme.objects.create(
        campaign=campaign,
        name="限一份",
        kind=Scheme.Kind.QUANTITY_REACHED,
        scope={"skus": [skus["A09-L"].id]},
        total_limit=1,
        total_unit="units",
    )
    SchemeTier.objects.create(scheme=scheme, threshold=Decimal(2), gifts=[[gift.id, 1]])


def _orders(world: World, *names: str) -> list[int]:
    """The orders that stand for these trades."""
    tids = [world.tids[name] for name in names]
    found = Order.objects.filter(lines__trade__trade_no__in=tids).exclude(state="superseded")
    return sorted(set(found.values_list("id", flat=True)))


def _links(world: World, kind: str, name: str) -> list[bool]:
    """For each split or merge of the trade's own order, the oldest first, whether it is undone."""
    found = OrderLink.objects.filter(kind=kind, parent__origin_trade__trade_no=world.tids[name]).order_by("id")
    runs = dict(found.values_list("run", "undone_at"))
    return [undone is not None for undone in runs.values()]


def _split(world: World) -> None:
    """The clerk sends the first line of an order by itself."""
    with unseen():
        clerk, orders = world.clerk, _orders(world, "apart")
        if _links(world, "split", "apart") or len(orders) != 1:
            return
        line = OrderLine.objects.filter(order_id=orders[0]).order_by("position").values_list("id", flat=True)[0]
    splitting.split(orders, Wish(SplitKind.HAND, parts=({line: 1},)), actor_id=clerk)


def _undo_split(world: World) -> None:
    with unseen():
        clerk, orders = world.clerk, _orders(world, "apart")
        if _links(world, "split", "apart") != [False]:
            return
    splitting.undo_split(orders[:1], actor_id=clerk)


def _unmerge(world: World) -> None:
    """The clerk takes apart what the rule merged."""
    with unseen():
        clerk, orders = world.clerk, _orders(world, "left")
        if _links(world, "merge", "left") != [False]:
            return
    merging.unmerge(orders, actor_id=clerk)


def _merge(world: World) -> None:
    with unseen():
        clerk, orders = world.clerk, _orders(world, "left", "right")
        if _links(world, "merge", "left") != [True] or len(orders) != 2:
            return
    merging.merge(orders, actor_id=clerk)


def _bundle(world: World, before: int) -> list[int]:
    """The order of the bundle, when people have done so many things to it."""
    with unseen():
        done = HistoryEntry.objects.filter(action__in=["collapse_bundles", "expand_bundles"]).count()
        return _orders(world, "bundle") if done == before else []


def _collapse(world: World) -> None:
    if orders := _bundle(world, 0):
        bundles.collapse_bundles(orders, actor_id=_clerk(world))


def _expand(world: World) -> None:
    if orders := _bundle(world, 1):
        bundles.expand_bundles(orders, actor_id=_clerk(world))


def _clerk(world: World) -> int:
    with unseen():
        return world.clerk


def _goods_arrive(_world: World) -> None:
    with unseen():
        sku, house = Sku.objects.get(code="A08-L").id, Warehouse.objects.get().id
        if StockMove.objects.filter(sku=sku, note=ARRIVED).exists():
            return
    receive([Move(house, sku, 50)], StockMove.Kind.INBOUND, note=ARRIVED)


def _write_memo(world: World) -> None:
    """The clerk writes a memo, which the platform is told."""
    with unseen():
        clerk, orders = world.clerk, _orders(world, "gifted")
        order = Order.objects.get(id=orders[0]) if orders else None
        if order is None or MemoUpload.objects.exists():
            return
    set_memo(orders[0], memo=MEMO, flag=3, actor_id=clerk, seen=mark_of(order.seller_memo, order.flag))


STEPS: tuple[Step, ...] = (
    ("download", lambda _world: download_due_shops()),
    ("process", lambda _world: process_due()),
    ("merge sweep", lambda _world: merge_due()),
    ("split by hand", _split),
    ("undo the split", _undo_split),
    ("take apart", _unmerge),
    ("merge by hand", _merge),
    ("collapse", _collapse),
    ("process collapsed", lambda _world: process_due()),
    ("expand", _expand),
    ("memo", _write_memo),
    ("goods arrive", _goods_arrive),
    ("wake, tell the memo", lambda _world: deliver_outbox()),
    ("process again", lambda _world: process_due()),
    ("audit", audit_all),
    ("finance audit", audit_all),
    ("ship", ship_all),
    ("upload", lambda _world: deliver_outbox()),
    ("upload again", lambda _world: deliver_outbox()),
    ("post", post),
)
