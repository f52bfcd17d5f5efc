"""Which trades with masked receivers go to one receiver, by the platform's word (``TradeDocument.merge_group``).

    fetched trades → other trades of the same buyers that have not left → one call for all of them → a group for each fetched trade

A receiver's id proves nothing by itself: it differs by shop, application and week. So only trades of one buyer are compared, and the
platform is asked about them together. A trade that joins takes the group that stands; a trade by itself opens one under a name that its
next version will not have again, so that a changed address can never stay in the old group. When the platform does not answer, the
trades have no group: they are shipped apart, which is never wrong.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from integrations.fetching import Fetched
from integrations.platforms.base import Connector, NeedsAuthorisation, Throttled
from integrations.platforms.receivers import TellsReceivers
from oms.catalog.models import Shop
from oms.core.outbox import DeliveryFailure
from orders.states import OPEN, SUPERSEDED
from orders.trades.document import ReceivedTrade, TradeDocument
from orders.trades.intake import is_masked

logger = logging.getLogger(__name__)

LATEST = 1000
"""Of the trades that have no order yet, those among so many of the shop's latest are looked at."""


@dataclass(frozen=True, slots=True)
class Known:
    """A trade that is here already and has not left: its buyer, the platform's id of its receiver, its group."""

    trade_no: str
    buyer_id: str
    oaid: str
    group: str


def with_groups(shop: Shop, connector: Connector, fetched: Fetched) -> Fetched:
    """The trades with their groups. One query, one call at most for every hundred trades of buyers who have several.

    Raises Throttled and NeedsAuthorisation; every other failure of the call leaves the trades without a group.
    """
    if not isinstance(connector, TellsReceivers):
        return fetched
    asking = [trade.document for trade in fetched.received if _asks(trade.document)]
    if not asking:
        return fetched
    known = load_known(shop.id, {document.buyer_id for document in asking}, {d.trade_no for d in asking})
    groups = {document.trade_no: _own(document) for document in asking}
    for fresh, others in calls(asking, known, connector.most_receivers):
        pairs = [(d.trade_no, d.receiver.oaid) for d in fresh] + [(k.trade_no, k.oaid) for k in others]
        try:
            told = connector.same_receiver(pairs)
        except (Throttled, NeedsAuthorisation):
            raise
        except DeliveryFailure as failure:
            logger.warning("shop %s: the platform does not say who receives what (%s)", shop.code, failure.code)
            groups |= dict.fromkeys((document.trade_no for document in fresh), "")
        else:
            groups |= plan_groups(told, fresh, others)
    return replace(fetched, received=[_grouped(trade, groups) for trade in fetched.received])


def _asks(document: TradeDocument) -> bool:
    receiver = document.receiver
    return bool(document.buyer_id and receiver.oaid) and is_masked(receiver.name, receiver.phone, receiver.address)


def _own(document: TradeDocument) -> str:
    return f"{document.trade_no}@{document.modified:%Y%m%d%H%M%S}"


def _grouped(trade: ReceivedTrade, groups: Mapping[str, str]) -> ReceivedTrade:
    group = groups.get(trade.document.trade_no)
    return trade if group is None else replace(trade, document=replace(trade.document, merge_group=group))


def calls(
    asking: Sequence[TradeDocument], known: Iterable[Known], most: int
) -> Iterator[tuple[list[TradeDocument], list[Known]]]:
    """What to ask about in one call each: whole buyers who have two trades or more; of one who has too many, the first."""
    fresh: dict[str, list[TradeDocument]] = defaultdict(list)
    others: dict[str, list[Known]] = defaultdict(list)
    for document in asking:
        fresh[document.buyer_id].append(document)
    for trade in known:
        others[trade.buyer_id].append(trade)
    now: tuple[list[TradeDocument], list[Known]] = ([], [])
    for buyer, documents in fresh.items():
        mine = documents[:most]
        besides = others[buyer][: most - len(mine)]
        if len(mine) + len(besides) < 2:
            continue
        if len(now[0]) + len(now[1]) + len(mine) + len(besides) > most:
            yield now
            now = ([], [])
        now[0].extend(mine)
        now[1].extend(besides)
    if now[0]:
        yield now


def plan_groups(
    told: Sequence[Collection[str]], fresh: Sequence[TradeDocument], others: Sequence[Known]
) -> dict[str, str]:
    """The group of each fresh trade. One that stands is only joined when the platform has all of its trades together."""
    stands = Counter(trade.group for trade in others if trade.group)
    groups = {document.trade_no: _own(document) for document in fresh}
    for together in told:
        joining = [document for document in fresh if document.trade_no in together]
        here = Counter(trade.group for trade in others if trade.group and trade.trade_no in together)
        whole = sorted(group for group, count in here.items() if count == stands[group])
        first = min(joining, key=lambda document: (document.created, document.trade_no), default=None)
        if first is not None:
            name = whole[0] if whole else _own(first)
            groups |= {document.trade_no: name for document in joining}
    return groups


def load_known(shop_id: int, buyers: Collection[str], besides: Collection[str]) -> list[Known]:
    """Trades of the buyers in the shop that have an order which has not left, or are about to get one, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.trade_no, k.document->>'buyer_id', r.oaid, COALESCE(k.document->>'merge_group', '') FROM ("
            "SELECT t.* FROM orders_order o JOIN orders_trade t ON t.id = o.origin_trade_id "
            "WHERE o.buyer_id = ANY(%s) AND o.buyer_id <> '' AND o.shop_id = %s AND o.state = ANY(%s) "
            "UNION "
            "SELECT t.* FROM (SELECT * FROM orders_trade WHERE shop_id = %s ORDER BY received_at DESC LIMIT %s) t "
            "WHERE t.state = 'due' AND t.document->>'buyer_id' = ANY(%s)"
            ") k JOIN catalog_receiver r ON r.id = k.receiver_id "
            "WHERE r.oaid <> '' AND k.trade_no <> ALL(%s) ORDER BY k.id DESC",
            [list(buyers), shop_id, [*OPEN, SUPERSEDED], shop_id, LATEST, list(buyers), list(besides)],
        )
        return [Known(*row) for row in cursor.fetchall()]
