"""The stored trades of a past time span, in the order of their payment, batch by batch.

Trades that a merge rule may put together are read in one batch, and no batch reaches over the full hour: its moment, the last payment in
it, is when its orders would have been decided.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from django.db import connection

from oms.core.bulk import array_text
from orders.engine.values import Draft, StockKey
from orders.locks import DueTrade
from orders.processing.subjects import subject_of_trade
from promotions.engine.values import CounterKey

HOUR = 3600
FETCHED = 10_000

_PAID = "COALESCE(t.paid_at, t.placed_at)"
_CHOSEN = (
    f"{_PAID} >= %s AND {_PAID} < %s AND t.shop_id = ANY(%s) AND t.receiver_id IS NOT NULL AND t.reason_code = '' "
    "AND t.status <> 'closed' "
    "AND (t.state = 'due' OR EXISTS (SELECT FROM orders_order o WHERE o.origin_trade_id = t.id)) "
    "AND (%s::bigint[] IS NULL OR NOT EXISTS ("
    "SELECT FROM orders_order o WHERE o.origin_trade_id = t.id AND o.warehouse_id <> ALL(%s::bigint[]))) "
    "AND (%s::bigint[] IS NULL OR NOT EXISTS (SELECT FROM orders_orderline l WHERE l.trade_id = t.id) OR EXISTS ("
    "SELECT FROM orders_orderline l LEFT JOIN catalog_sku s ON s.id = l.sku_id "
    "LEFT JOIN catalog_product p ON p.id = s.product_id LEFT JOIN catalog_category c ON c.name = p.category "
    "WHERE l.trade_id = t.id AND (c.id IS NULL OR c.path && %s::bigint[])))"
)


@dataclass(frozen=True, slots=True)
class Window:
    """Trades paid (or, cash on delivery, placed) from ``since`` to before ``until`` in these shops.

    With ``warehouses`` those whose orders are in another one are left out; with ``categories`` those without goods of any of them
    (as ``oms.accounts.scopes`` says it).
    """

    since: dt.datetime
    until: dt.datetime
    shops: tuple[int, ...]
    warehouses: tuple[int, ...] | None = None
    categories: tuple[int, ...] | None = None

    @property
    def params(self) -> list[Any]:
        warehouses = None if self.warehouses is None else list(self.warehouses)
        categories = None if self.categories is None else list(self.categories)
        return [self.since, self.until, list(self.shops), warehouses, warehouses, categories, categories]


class Batch(NamedTuple):
    """Ids of trades that are decided together, in the order of their payment, and the moment of the decision."""

    ids: list[int]
    moment: dt.datetime


class Replayed(NamedTuple):
    """A stored trade as a new draft, and the number of the order that was made of it ("" while there is none)."""

    draft: Draft
    order_no: str


class Sequence:
    """All trades of the window that became, or are to become, orders: ids and moments of payment, 16 bytes each. One query."""

    def __init__(self, window: Window) -> None:
        self.ids = array("q")
        self.moments = array("q")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT t.id, extract(epoch FROM {_PAID})::bigint FROM orders_trade t "
                f"WHERE {_CHOSEN} ORDER BY {_PAID}, t.id",
                window.params,
            )
            while rows := cursor.fetchmany(FETCHED):
                self.ids.extend(row[0] for row in rows)
                self.moments.extend(row[1] for row in rows)

    def __len__(self) -> int:
        return len(self.ids)

    def batches(self, size: int, mates: dict[int, tuple[int, ...]], within: int) -> Iterator[Batch]:
        """The trades in batches of about ``size``; ``mates`` (see ``load_mates``) that were paid at most ``within`` seconds later
        are taken along."""
        place = {id_: n for n, id_ in enumerate(self.ids) if id_ in mates}
        early: set[int] = set()
        chosen: list[int] = []
        for n, id_ in enumerate(self.ids):
            if chosen and (len(chosen) >= size or self.moments[n] // HOUR != self.moments[chosen[0]] // HOUR):
                yield self._batch(chosen)
                chosen = []
            if id_ in early:
                early.discard(id_)
                continue
            chosen.append(n)
            for mate in mates.get(id_, ()):
                m = place[mate]
                if len(chosen) >= 2 * size:
                    break
                if m > n and mate not in early and self.moments[m] - self.moments[n] <= within:
                    early.add(mate)
                    chosen.append(m)
        if chosen:
            yield self._batch(chosen)

    def _batch(self, places: list[int]) -> Batch:
        ordered = sorted(places)
        moment = dt.datetime.fromtimestamp(self.moments[places[0]], dt.UTC)
        latest = max(self.moments[n] for n in ordered)
        hour_end = (int(moment.timestamp()) // HOUR + 1) * HOUR - 1
        return Batch([self.ids[n] for n in ordered], dt.datetime.fromtimestamp(min(latest, hour_end), dt.UTC))


def load_mates(window: Window) -> dict[int, tuple[int, ...]]:
    """Trades of one buyer to one receiver, paid in one way, by each of their ids. One query.

    What a merge key is made of (``orders.engine.merge``) is compared in the database; the merge itself looks at the keys again.
    """
    mates: dict[int, tuple[int, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_agg(t.id ORDER BY {_PAID}, t.id) FROM orders_trade t WHERE {_CHOSEN} "
            "AND t.document->>'receiver_token' <> '' "
            "GROUP BY COALESCE(NULLIF(t.document->>'buyer_id', ''), t.document->>'buyer_nick'), "
            "t.document->>'receiver_token', t.document->>'payment_kind' HAVING count(*) > 1",
            window.params,
        )
        while rows := cursor.fetchmany(FETCHED):
            for (ids,) in rows:
                group = tuple(ids)
                mates.update(dict.fromkeys(group, group))
    return mates


READ = (
    "SELECT t.id, t.shop_id, t.trade_no, t.version, t.document::text, t.receiver_id, r.region_id, t.placed_at, t.paid_at, "
    "t.paid_amount, t.reason_code, NULL, o.no FROM orders_trade t JOIN catalog_receiver r ON r.id = t.receiver_id "
    "LEFT JOIN orders_order o ON o.origin_trade_id = t.id WHERE t.id = ANY(%s::bigint[]) "
    f"ORDER BY {_PAID}, t.id"
)
"""A batch as it is stored."""


def load_trades(ids: list[int]) -> list[Replayed]:
    """The trades as drafts of new orders, in the order of their payment; their keys count from 0. One query."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [array_text(ids)])
        rows = cursor.fetchall()
    return [
        Replayed(
            subject_of_trade(key, DueTrade._make((*row[:4], orjson.loads(row[4]), *row[5:12]))).draft, row[12] or ""
        )
        for key, row in enumerate(rows)
    ]


def load_taken(window: Window) -> dict[StockKey, int]:
    """Units that the orders of the window hold or have shipped: they are given back before the trades are decided anew. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.warehouse_id, v.sku_id, sum(v.quantity)::bigint FROM warehouse_reservation v "
            "WHERE v.state IN ('active', 'consumed') AND v.demand_id IN ("
            f"SELECT l.order_id FROM orders_orderline l JOIN orders_trade t ON t.id = l.trade_id WHERE {_CHOSEN}) "
            "GROUP BY v.warehouse_id, v.sku_id",
            window.params,
        )
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def load_given(window: Window) -> dict[CounterKey, int]:
    """What the orders of the window have used of the limits of campaigns: it is given back before they are decided anew. One query."""
    given: dict[CounterKey, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.scheme_id, g.counters::text FROM promotions_giftgrant g WHERE g.state = 'active' AND g.order_id IN ("
            f"SELECT l.order_id FROM orders_orderline l JOIN orders_trade t ON t.id = l.trade_id WHERE {_CHOSEN})",
            window.params,
        )
        while rows := cursor.fetchmany(FETCHED):
            for scheme_id, counters in rows:
                for name, units in orjson.loads(counters).items():
                    given[scheme_id, name] = given.get((scheme_id, name), 0) + units
    return given
