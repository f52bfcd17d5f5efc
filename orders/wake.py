"""Orders come back by themselves when the cause of their exception is gone, found by what changed.

The news is written to the outbox in the transaction that makes it true, and the waiting orders are marked in a transaction of
their own: whoever brings the news already holds locks, and orders locked after them would be locked out of order.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection, transaction

from oms.catalog.events import BundlesChanged, ListingsBound, SkusChanged, SkusEnabled
from oms.core import outbox
from oms.core.tasks import DELIVER_TASK, ring
from oms.core.versions import RuleWentLive
from oms.core.watch import StopsEnded
from orders import wake_rules
from orders.engine.reasons import ExceptionReason
from orders.locks import mark_due
from warehouse.events import PlacesChanged, StockArrived
from warehouse.tariffs import periods_begin_or_end

TOPIC = "orders.wake"
PROCESS_TASK = "orders.process_due"

LINE_KINDS = frozenset({"presale", "split", "merge"})

Condition = tuple[tuple[ExceptionReason, ...], str, list[Any]]
"""Reasons, SQL that an order (``o``) with one of them must meet, and its parameters."""


def tell_bound(event: ListingsBound) -> None:
    """Orders may wait for these listings."""
    _tell("listings", event.keys)


def tell_enabled(event: SkusEnabled) -> None:
    """Orders may wait because these SKUs were not in use."""
    _tell("skus", event.sku_ids)


def tell_bundles(event: BundlesChanged) -> None:
    """Orders may wait because a bill of materials could not be used."""
    _tell("bundles", event.sku_ids)


def tell_stock(event: StockArrived) -> None:
    """Orders may wait for these SKUs at these warehouses."""
    _tell("stock", event.keys)


def tell_rules() -> None:
    """Orders may wait because no rule named their warehouse or carrier; to be called when a rule changed."""
    _tell("rules", ())


def tell_live(event: RuleWentLive) -> None:
    """Orders may wait for what a rule of this kind says now, in its shops and regions."""
    if event.kind in LINE_KINDS:
        tell_rules()
    elif event.kind in wake_rules.REASONS_OF_KIND:
        _tell("rule", wake_rules.keys_of(event))


def tell_places(event: PlacesChanged) -> None:
    """Orders may wait because a warehouse or a carrier was not in use, or could not carry them."""
    _tell("places", (event.warehouse_ids, event.carrier_ids))


def tell_measured(event: SkusChanged) -> None:
    """Orders may wait because of the weight of these SKUs, or of what no carrier may take."""
    _tell("measured", event.sku_ids)


def tell_periods(day: dt.date) -> None:
    """Orders may wait for regions that are covered from this day on, or no longer excluded. Once a day, however often it is told."""
    if periods_begin_or_end(day):
        outbox.put(TOPIC, f"periods-{day}", {"what": "places", "keys": ()})


def tell_blacklist() -> None:
    """Orders may wait because of an entry that has gone."""
    _tell("blacklist", ())


def tell_checked(_event: StopsEnded) -> None:
    """Orders may wait because of a failed check that holds again."""
    _tell("checks", ())


def _tell(what: str, keys: Any) -> None:
    outbox.put(TOPIC, str(uuid.uuid4()), {"what": what, "keys": keys})
    transaction.on_commit(lambda: ring(DELIVER_TASK))


def _listings(keys: list[list[Any]]) -> Condition:
    return (
        (ExceptionReason.UNMATCHED_LISTING,),
        (
            "EXISTS (SELECT FROM orders_orderline l JOIN unnest(%s::bigint[], %s::text[], %s::text[]) "
            "AS v(shop_id, item_id, platform_sku_id) ON l.item_id = v.item_id AND l.platform_sku_id = v.platform_sku_id "
            "WHERE l.order_id = o.id AND o.shop_id = v.shop_id)"
        ),
        [list(column) for column in zip(*keys, strict=True)],
    )


def _skus(keys: list[int]) -> Condition:
    held = (
        "EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = o.id AND (l.sku_id = ANY(%s) OR l.sku_id IN "
        "(SELECT b.sku_id FROM catalog_bundle b JOIN catalog_bundlecomponent c ON c.bundle_id = b.id WHERE c.sku_id = ANY(%s))))"
    )
    return (ExceptionReason.SKU_DISABLED,), held, [keys, keys]


def _measured(keys: list[int]) -> Condition:
    held = "EXISTS (SELECT FROM orders_orderline l WHERE l.order_id = o.id AND l.sku_id = ANY(%s))"
    return wake_rules.MEASURES, held, [keys]


def _stock(keys: list[list[int]]) -> Condition:
    return (
        (ExceptionReason.OUT_OF_STOCK, ExceptionReason.GIFT_OUT_OF_STOCK),
        (
            # Which gift an order waits for stands in no line: they are few, and come back if nothing helped.
            f"'{ExceptionReason.GIFT_OUT_OF_STOCK.value}' = ANY(o.exceptions) OR "
            "EXISTS (SELECT FROM orders_orderline l JOIN unnest(%s::bigint[], %s::bigint[]) AS v(warehouse_id, sku_id) "
            f"ON l.sku_id = v.sku_id WHERE l.order_id = o.id AND (o.warehouse_id = v.warehouse_id OR {wake_rules.BY_STOCK}))"
        ),
        [list(column) for column in zip(*keys, strict=True)],
    )


REASONS_OF: dict[str, tuple[ExceptionReason, ...]] = {
    "rules": wake_rules.REASONS_OF_KIND["routing"],
    "places": wake_rules.REASONS_OF_KIND["routing"],
    "blacklist": (ExceptionReason.BLACKLISTED,),
    "checks": (ExceptionReason.UNDER_CHECK,),
    "bundles": (
        ExceptionReason.BUNDLE_WITHOUT_COMPONENTS,
        ExceptionReason.BUNDLE_WITHOUT_WEIGHTS,
        ExceptionReason.BUNDLE_NESTED,
    ),
}
"""News after which every order with one of the reasons is looked at: they are few, and come back if nothing helped."""

CONDITIONS: dict[str, Callable[[list[Any]], Condition]] = {
    "listings": _listings,
    "skus": _skus,
    "stock": _stock,
    "measured": _measured,
}


def wake(what: str, keys: list[Any]) -> int:
    """Mark the orders that the news concerns as due; returns how many."""
    if what == "rule":
        where, params = wake_rules.condition_of(keys)
    elif what in REASONS_OF:
        where, params = "o.exceptions && %s::varchar[]", [[reason.value for reason in REASONS_OF[what]]]
    else:
        reasons, condition, values = CONDITIONS[what](keys)
        where = f"o.exceptions && %s::varchar[] AND ({condition})"
        params = [[reason.value for reason in reasons], *values]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT o.id FROM orders_order o WHERE o.state = 'exception' AND {where}", params)
        ids = [row[0] for row in cursor.fetchall()]
    ids += _waiting_presales(what, keys)
    if ids:
        mark_due(ids)
        transaction.on_commit(lambda: ring(PROCESS_TASK))
    return len(ids)


def _waiting_presales(what: str, keys: list[Any]) -> list[int]:
    """Pre-sale orders that wait for these SKUs at whatever warehouse, or all when the rules changed."""
    if what not in {"stock", "rules"}:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM orders_order o WHERE o.state = 'presale' AND o.deposit IS NULL AND (%s OR EXISTS "
            "(SELECT FROM orders_orderline l WHERE l.order_id = o.id AND l.sku_id = ANY(%s))) ORDER BY o.id",
            [what == "rules", [key[1] for key in keys]],
        )
        return [row[0] for row in cursor.fetchall()]


@outbox.handles(TOPIC, gives_up=False)
class WakeHandler:
    """Nothing is called outside: the news is for ourselves."""

    def call(self, message: outbox.Message) -> Mapping[str, Any]:
        return message.payload

    def record(self, message: outbox.Message, answer: Mapping[str, Any]) -> None:
        wake(answer["what"], answer["keys"])

    def failed(self, message: outbox.Message, failure: outbox.DeliveryFailure, *, final: bool) -> None:
        """Only an error of ours can have stopped it. It stays due; ``outbox.no_internal_error`` tells a person."""
