"""One window of a download: list → leave out what is known → fetch in full → store, a few trades at a time.

No transaction is open while the platform is called. Each portion is stored in a transaction of its own; the last one carries what must
become true together with it (the position that moves).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction

from integrations.fetching import Fetched, fetch_all, list_window
from integrations.merge_groups import with_groups
from integrations.missed import forget_missed, record_missed, waiting_missed
from integrations.platforms.base import Connector, TradeRef, Window
from oms.catalog.models import Shop
from oms.core.boundary import is_of_one
from oms.core.outbox import InternalFailure
from orders.models import Trade
from orders.trades.intake import IntakeResult, store_trades

PORTION = 50
"""Trades fetched and stored together."""
ROWS_PER_WINDOW = 500
SHORTEST = dt.timedelta(minutes=1)
SURE_AFTER = dt.timedelta(seconds=2)
"""A trade's times have a resolution of a second, and the platform's machines agree within another: only what was asked for this long
after its change, by the platform's clock, is sure to be the version that the list names. As windows end two seconds ago
(``download.SETTLE``), that is nearly everything; what changed between the list and the answer is asked for once more."""

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another process downloads this shop now; this one stops without a trace."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What a download did, in trades. ``listed`` counts every trade that a list named, also those already known."""

    listed: int = 0
    new: int = 0
    changed: int = 0
    rejected: int = 0
    missed: int = 0

    def __add__(self, other: Downloaded) -> Downloaded:
        return Downloaded(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))

    @classmethod
    def of(cls, stored: IntakeResult, *, listed: int = 0, missed: int = 0) -> Downloaded:
        return cls(listed, stored.new, stored.changed, stored.rejected, missed)

    def as_json(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches a download: ``beat`` is called often while calls are made, ``storing`` inside each storing transaction."""

    beat: Callable[[], None] = lambda: None
    storing: Callable[[], None] = lambda: None


def plan_window(connector: Connector, span: Window, overlap: dt.timedelta) -> tuple[Window, int]:
    """The window that begins the span and how many trades it holds: as long as the platform allows, shorter where many are.

    It reaches back by the overlap before the span, and is not cut shorter than that: every window lists its overlap anew.
    Raises DeliveryFailure.
    """
    reach = min(span.until - span.since, connector.capabilities.longest_window - overlap)
    shortest = max(SHORTEST, overlap)
    while True:
        window = Window(span.since - overlap, span.since + reach, span.by)
        total = connector.count(window)
        if total <= ROWS_PER_WINDOW or reach <= shortest:
            return window, total
        reach = max(reach / 2, shortest)


def take_window(
    shop: Shop,
    connector: Connector,
    window: Window,
    total: int,
    watch: Watch,
    *,
    give_up: bool,
    by_itself: bool = False,
    finish: Callable[[], None] = lambda: None,
) -> Downloaded:
    """Bring in every trade of the window that is not known as it is; ``finish`` runs in the transaction of the last portion.

    Raises DeliveryFailure: one about the shop at any time; one about trades when of a portion nothing could be fetched, unless
    ``give_up``. Trades that cannot be fetched otherwise are recorded as missed; ``by_itself`` leaves those alone whose next attempt
    is not due, while a person's download tries them at once.
    """
    refs = list_window(connector, window, total, watch.beat)
    wanted = leave_out_known(shop, refs, connector.ahead)
    if by_itself:
        waiting = waiting_missed(shop.id, wanted)
        wanted = [number for number in wanted if number not in waiting]
    result = Downloaded(listed=len(refs))
    for portion, is_last in portions(wanted):
        fetched = fetch_all(connector, portion, watch.beat)
        if fetched.failed and not fetched.fetched and not give_up:
            raise next(iter(fetched.failed.values()))
        grouped = with_groups(shop, connector, fetched)
        result += store(shop, grouped, watch, finish if is_last else lambda: None)
    return result


def portions(numbers: Sequence[str]) -> Iterator[tuple[Sequence[str], bool]]:
    """Cut into portions, telling the last; nothing is one empty portion, so that there always is a last one."""
    for start in range(0, max(len(numbers), 1), PORTION):
        yield numbers[start : start + PORTION], start + PORTION >= len(numbers)


def leave_out_known(shop: Shop, refs: Mapping[str, TradeRef], ahead: dt.timedelta) -> list[str]:
    """The trades whose listed version is not stored for sure, oldest change first; one query.

    ``ahead`` is by how much the platform's clock is ahead of ours.
    """
    found = Trade.objects.filter(shop=shop, trade_no__in=list(refs)).values_list("trade_no", "modified", "asked_at")
    stored = {
        number: (modified, asked_at + ahead)
        for number, modified, asked_at in found
        if modified and asked_at is not None
    }
    wanted = [ref for ref in refs.values() if not _is_known(ref, stored.get(ref.trade_no))]
    first = dt.datetime.min.replace(tzinfo=dt.UTC)
    return [ref.trade_no for ref in sorted(wanted, key=lambda ref: (ref.modified or first, ref.trade_no))]


def _is_known(ref: TradeRef, stored: tuple[dt.datetime, dt.datetime] | None) -> bool:
    if stored is None or ref.modified is None:
        return False
    modified, asked_at = stored
    return modified >= ref.modified and asked_at - modified > SURE_AFTER


def store(shop: Shop, fetched: Fetched, watch: Watch, finish: Callable[[], None] = lambda: None) -> Downloaded:
    """Store a portion with what could not be fetched of it, in one transaction.

    When an error of ours stops it, each trade is stored alone, and one that cannot be is missed: it holds up neither its neighbours nor
    the position.
    """
    try:
        return _store(shop, fetched, watch, finish)
    except LeaseLost:
        raise
    except Exception as error:
        if not is_of_one(error):
            raise
        logger.warning("a portion stopped (%s); its trades are stored one by one", type(error).__name__)
    result, failed = Downloaded(), dict(fetched.failed)
    for number, one in _one_by_one(fetched):
        try:
            result += _store(shop, one, watch, lambda: None)
        except LeaseLost:
            raise
        except Exception as error:
            if not is_of_one(error):
                raise
            logger.exception("trade %s of shop %s cannot be stored", number, shop.code)
            if number:
                failed[number] = InternalFailure(error)
    return result + _store(shop, Fetched(failed=failed), watch, finish)


def _store(shop: Shop, fetched: Fetched, watch: Watch, finish: Callable[[], None]) -> Downloaded:
    with transaction.atomic():
        watch.storing()
        stored = store_trades(shop, fetched.received, fetched.rejected, asked_at=fetched.asked_at)
        record_missed(shop.id, fetched.failed)
        forget_missed(shop.id, numbers_of(fetched))
        finish()
    return Downloaded.of(stored, missed=len(fetched.failed))


def _one_by_one(fetched: Fetched) -> Iterator[tuple[str, Fetched]]:
    for trade in fetched.received:
        yield trade.document.trade_no, Fetched(received=[trade], asked_at=fetched.asked_at)
    for rejected in fetched.rejected:
        yield rejected.trade_no or "", Fetched(rejected=[rejected], asked_at=fetched.asked_at)


def numbers_of(fetched: Fetched) -> list[str]:
    """The numbers of the trades that were fetched."""
    received: Iterable[str] = (trade.document.trade_no for trade in fetched.received)
    return [*received, *(trade.trade_no for trade in fetched.rejected if trade.trade_no)]
