"""What the automatic processing of a day came to, feature by feature, and whether each scene ended as it must."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from oms.catalog.models import Shop
from oms.core.models import HistoryEntry
from oms.demo.scenes import Scenes, Tid
from orders.engine.reasons import ExceptionReason
from orders.models import Order, OrderLine, OrderLink, Trade
from orders.states import PRESALE, SUPERSEDED
from promotions.models import GiftGrant, LimitCounter
from warehouse.models import Carrier, Shipment

TOLD = 5

Link = OrderLink.Kind


def features(since: dt.datetime) -> dict[str, Any]:
    """The figures of everything that rules and people decided from the moment on."""
    live = Order.objects.filter(created_at__gte=since).exclude(state=SUPERSEDED)
    freight = live.aggregate(
        orders=Count("freight_estimate"), estimated=Sum("freight_estimate"), margin=Sum("margin_estimate")
    )
    return {
        "merged": _merged(since),
        "split": _split(since),
        "bundles_expanded": _bundles(since),
        "pre_sale": _presale(since),
        "wishes_met": _decided(since, ("wished_in_message", "wished_in_memo")),
        "freight": {"orders": freight["orders"], "estimated": str(freight["estimated"] or 0)},
        "margin_expected": str(freight["margin"] or 0),
        "by_warehouse": _by(live, "warehouse__code"),
        "by_carrier": _by(live, "carrier__code"),
        "by_department": _by(live, "department__name"),
        "gifts": _gifts(since),
        "quotas": _quotas(),
    }


def _by(orders: Any, name: str) -> dict[str, int]:
    rows = orders.filter(**{f"{name}__isnull": False}).values_list(name).annotate(n=Count("id")).order_by(name)
    return dict(rows)


def _merged(since: dt.datetime) -> dict[str, int]:
    links = list(
        OrderLink.objects.filter(kind=Link.MERGE, made_at__gte=since).values_list("parent", "child", "undone_at")
    )
    children = {child for _parent, child, _undone in links}
    by_hand = HistoryEntry.objects.filter(
        at__gte=since, kind="order", subject_id__in=children, action="create", actor_id__isnull=False
    )
    called_back = set(
        Shipment.objects.filter(
            order_id__in={parent for parent, _child, _undone in links}, state="cancelled"
        ).values_list("order_id", flat=True)
    )
    return {
        "orders": len(children),
        "of_orders": len(links),
        "joined_before_printing": len({child for parent, child, _undone in links if parent in called_back}),
        "by_hand": by_hand.values("subject_id").distinct().count(),
        "undone": len({child for _parent, child, undone in links if undone is not None}),
    }


def _split(since: dt.datetime) -> dict[str, int]:
    """Orders that were split, by kind; and how many of them were put together again."""
    links = OrderLink.objects.filter(kind=Link.SPLIT, made_at__gte=since).values_list(
        "parent", "run", "child__origin", "undone_at"
    )
    kinds: dict[tuple[int, Any], tuple[str, bool]] = {}
    for parent, run, origin, undone in links.order_by("id"):
        kinds[parent, run] = (origin, undone is not None)
    counts = Counter(origin for origin, _undone in kinds.values())
    counts["undone"] = sum(undone for _origin, undone in kinds.values())
    return dict(sorted(counts.items()))


def _bundles(since: dt.datetime) -> int:
    """Lines of trades that were sold as a bundle and stand as its components."""
    lines = OrderLine.objects.filter(order__created_at__gte=since, bundle_sku__isnull=False).exclude(
        order__state=SUPERSEDED
    )
    return lines.values("trade", "oid").distinct().count()


def _presale(since: dt.datetime) -> dict[str, int]:
    orders = Order.objects.filter(created_at__gte=since)
    met = set(
        HistoryEntry.objects.filter(at__gte=since, kind="order", to_state=PRESALE).values_list("subject_id", flat=True)
    )
    waiting = set(orders.filter(state=PRESALE).values_list("id", flat=True))
    trades = Trade.objects.filter(received_at__gte=since, reason_code="")
    return {
        "deposits_waiting": orders.filter(state=PRESALE, deposit__isnull=False).count(),
        "final_payments": trades.filter(document__presale_state="paid").count(),
        "held_back": len(met),
        "still_waiting": len(waiting),
        "released": len(met - waiting),
    }


def _decided(since: dt.datetime, codes: tuple[str, ...]) -> int:
    """Orders about which a decision with one of the codes was written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT d.order_id) FROM orders_orderdecision d, jsonb_array_elements(d.decisions) e "
            "WHERE d.at >= %s AND (e->>'code' = ANY(%s) OR e->'facts'->>'why' = ANY(%s))",
            [since, list(codes), list(codes)],
        )
        return int(cursor.fetchone()[0])


def _gifts(since: dt.datetime) -> dict[str, int]:
    """Units given and not given back, by the kind of the scheme."""
    given = GiftGrant.objects.filter(at__gte=since, state=GiftGrant.State.ACTIVE)
    rows = given.order_by().values_list("scheme__kind").annotate(units=Sum("units"))
    return {kind: units or 0 for kind, units in sorted(rows)}


def given_ever() -> set[str]:
    """The kinds of schemes that have given anything, on this day or on one before."""
    return set(GiftGrant.objects.order_by().values_list("scheme__kind", flat=True).distinct())


def _quotas() -> dict[str, str]:
    """What has been used of every limit in all."""
    counters = LimitCounter.objects.filter(key="total").select_related("scheme").order_by("scheme_id")
    return {counter.scheme.name: f"{counter.used}/{counter.allowed}" for counter in counters}


# -- the scenes --------------------------------------------------------------------------------------------------------


class _Book:
    """The live orders of trades: for each the numbers, states and exceptions."""

    def __init__(self, shops: dict[str, Shop], tids: set[Tid]) -> None:
        sellers = {shop.pk: seller for seller, shop in shops.items()}
        lines = OrderLine.objects.filter(trade__trade_no__in=[tid for _seller, tid in tids]).exclude(
            order__state=SUPERSEDED
        )
        self.orders: dict[Tid, dict[int, Order]] = {tid: {} for tid in tids}
        for line in lines.select_related("order", "trade"):
            if line.trade is not None:
                found = self.orders.get((sellers.get(line.trade.shop_id, ""), line.trade.trade_no))
                if found is not None:
                    found[line.order_id] = line.order

    def of(self, tid: Tid) -> list[Order]:
        return list(self.orders[tid].values())


def untrue_scenes(scenes: Scenes, shops: dict[str, Shop]) -> Iterator[str]:
    """A sentence for each scene that did not end as it must."""
    book = _Book(shops, scenes.tids())
    fast = dict(Carrier.objects.values_list("code", "id"))["SF"]
    must: dict[str, Callable[[list[Tid]], bool]] = {
        "merge": lambda group: _together(book, group),
        "join": lambda group: _together(book, group),
        "bundle": lambda group: all(_lines(order) > 2 for tid in group for order in book.of(tid)),
        "presale": lambda group: all(_paid_up(book.of(tid)) for tid in group),
        "waits": lambda group: all(_left_apart(book.of(tid)) for tid in group),
        "heavy": lambda group: all(len(book.of(tid)) > 1 for tid in group),
        "boxes": lambda group: all(len(book.of(tid)) > 1 for tid in group),
        "alone": lambda group: all(len(book.of(tid)) > 1 for tid in group),
        "wish": lambda group: all(order.carrier_id == fast for tid in group for order in book.of(tid)),
        "restricted": lambda group: _stopped(book, group, ExceptionReason.RESTRICTED_GOODS),
        "unreachable": lambda group: _stopped(book, group, ExceptionReason.NO_CARRIER),
        "blacklisted": lambda group: _stopped(book, group, ExceptionReason.BLACKLISTED),
    }
    for name, holds in must.items():
        wrong = [tid for group in scenes.made[name] if not holds(group) for _seller, tid in group]
        if wrong:
            yield f"{len(wrong)} trades of the scene “{name}” did not end as they must: {', '.join(wrong[:TOLD])}"


def _together(book: _Book, group: list[Tid]) -> bool:
    orders = [{order.id for order in book.of(tid)} for tid in group]
    return len(orders[0]) == 1 and all(found == orders[0] for found in orders)


def _stopped(book: _Book, group: list[Tid], reason: ExceptionReason) -> bool:
    orders = [order for tid in group for order in book.of(tid)]
    return bool(orders) and all(order.exceptions == [reason.value] for order in orders)


def _left_apart(orders: list[Order]) -> bool:
    """What can leave is apart from what waits, unless an earlier day left so much in stock that nothing waits."""
    return len(orders) == 2 or (len(orders) == 1 and orders[0].state != PRESALE)


def _paid_up(orders: list[Order]) -> bool:
    return bool(orders) and all(order.deposit is None for order in orders)


def _lines(order: Order) -> int:
    return order.line_count
