"""Everybody wants the same ten things at once: what is there is sold to the unit, to those who paid first, and never more than that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import connection
from django.db.models import F, Sum

from oms.catalog.models import Sku
from oms.core import invariants
from orders.models import Order, Trade
from orders.pipeline import BATCH
from orders.trades.document import ReceivedTrade
from orders.trades.intake import store_trades
from tests.bench.pipeline import run_workers
from tests.bench.world import make_pages, make_world
from warehouse.models import Reservation, StockBalance

SALE_SKUS = 10
WORKERS = 4
IN_STOCK = 0.4
"""Of the orders, those for which there is stock."""


def measure(orders: int) -> Iterator[dict[str, Any]]:
    """One line. Raises AssertionError when too much or too little was sold, or to somebody who paid much later."""
    shop = make_world(orders)
    names = list(Sku.objects.order_by("code").values_list("code", flat=True)[:SALE_SKUS])
    stock = int(orders * IN_STOCK) // SALE_SKUS
    sale = Sku.objects.filter(code__in=names)
    StockBalance.objects.filter(sku__in=sale, warehouse__code="EAST").update(on_hand=stock)
    StockBalance.objects.filter(sku__in=sale, warehouse__code="SOUTH").update(on_hand=0)
    for page in make_pages(orders):
        store_trades(shop, [_of_one(received, names) for received in page])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    seconds, figures = run_workers(WORKERS)
    sold = Reservation.objects.filter(state="active").aggregate(units=Sum("quantity"))["units"]
    assert sold == stock * SALE_SKUS, (sold, stock * SALE_SKUS)
    assert not StockBalance.objects.filter(reserved__gt=F("on_hand")).exists()
    assert not Trade.objects.exclude(state=Trade.State.SETTLED).exists()
    states = Counter(Order.objects.values_list("state", flat=True))
    assert states == {"approved": sold, "exception": orders - sold}, states
    assert not [violation.code for violation in invariants.check_all() if violation.code.startswith("order.")]
    late = _served_before_their_turn()
    # What the other workers hold at a moment is all that anybody can overtake.
    assert late["furthest"] < WORKERS * BATCH * 2, late
    yield {
        "orders": orders,
        "skus": SALE_SKUS,
        "stock": stock * SALE_SKUS,
        "sold": sold,
        "oversold": sold - stock * SALE_SKUS,
        "workers": WORKERS,
        "overtook": late["orders"],
        "furthest": late["furthest"],
        "seconds": round(seconds, 2),
        "orders_per_second": round(orders / seconds),
        "worker_cpu_seconds": round(sum(f["cpu_seconds"] for f in figures), 2),
        "peak_rss_mib": round(max(f["peak_rss_mib"] for f in figures)),
    }


def _of_one(received: ReceivedTrade, names: list[str]) -> ReceivedTrade:
    """The trade with one unit of one of the SKUs on sale, all to the warehouse that has them."""
    document = received.document
    line = document.lines[0]
    number = int(document.trade_no) % SALE_SKUS
    code = names[number]
    one = replace(
        line,
        quantity=1,
        paid=line.price,
        sku_code=code,
        item_id=f"item{code}",
        sku_id=f"sku{code}",
        title=f"商品 {code}",
    )
    receiver = replace(document.receiver, province="浙江省", city="杭州市", district="西湖区")
    goods = line.price
    return ReceivedTrade(
        replace(
            document,
            lines=(one,),
            receiver=receiver,
            goods_amount=goods,
            paid_amount=goods + document.post_fee,
        ),
        received.payload,
    )


def _served_before_their_turn() -> dict[str, int]:
    """Orders that got a unit although somebody who paid earlier for the same SKU got none, and by how many places the furthest jumped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH place AS (SELECT l.sku_id, o.state, row_number() OVER (ORDER BY o.paid_at, o.id) AS n "
            "FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id), "
            "missed AS (SELECT sku_id, min(n) AS first FROM place WHERE state = 'exception' GROUP BY sku_id) "
            "SELECT count(*), COALESCE(max(p.n - m.first), 0) FROM place p JOIN missed m USING (sku_id) "
            "WHERE p.state = 'approved' AND p.n > m.first"
        )
        count, furthest = cursor.fetchone()
    return {"orders": count, "furthest": furthest}
