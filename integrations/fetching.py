"""Trades in full for the numbers that a list named: several calls at a time, none of which can spoil the others."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.platforms.base import SHOP_WIDE, Connector, TradeRef, Window
from oms.core.boundary import is_of_one
from oms.core.outbox import DeliveryFailure, InternalFailure
from orders.trades.document import ReceivedTrade, RejectedDocument

THREADS = 4
LISTINGS = 3
"""How often a window is listed when its list grows while it is read."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Fetched:
    """What came of some trade numbers, asked for at a moment; ``failed`` holds those that could not be fetched."""

    received: list[ReceivedTrade] = field(default_factory=list)
    rejected: list[RejectedDocument] = field(default_factory=list)
    failed: dict[str, DeliveryFailure] = field(default_factory=dict)
    asked_at: dt.datetime = field(default_factory=timezone.now)

    @property
    def fetched(self) -> int:
        return len(self.received) + len(self.rejected)


def list_window(connector: Connector, window: Window, total: int, beat: Callable[[], None]) -> dict[str, TradeRef]:
    """Every trade of the window. Counted again afterwards: what came into it while it was read is found by another listing.

    Raises DeliveryFailure.
    """
    refs: dict[str, TradeRef] = {}
    for _attempt in range(LISTINGS):
        if total == 0:
            break
        for page in connector.pages(window, total):
            for ref in page:
                known = refs.get(ref.trade_no)
                if known is None or (known.modified and ref.modified and ref.modified > known.modified):
                    refs[ref.trade_no] = ref
            beat()
        total = connector.count(window)
        if total <= len(refs):
            break
    return refs


def fetch_all(connector: Connector, trade_nos: Iterable[str], beat: Callable[[], None] = lambda: None) -> Fetched:
    """The trades in full. Raises a failure that is about the shop and not about one trade (SHOP_WIDE)."""
    fetched = Fetched()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as pool:
        asked = {pool.submit(connector.fetch, number): number for number in trade_nos}
        try:
            for done in as_completed(asked):
                number = asked[done]
                try:
                    answer = checked(done.result(), number)
                except SHOP_WIDE:
                    raise
                except DeliveryFailure as failure:
                    fetched.failed[number] = failure
                except Exception as error:
                    if not is_of_one(error):
                        raise
                    # An error of ours on this trade; the others are fetched.
                    logger.exception("trade %s cannot be fetched", number)
                    fetched.failed[number] = InternalFailure(error)
                else:
                    (fetched.received if isinstance(answer, ReceivedTrade) else fetched.rejected).append(answer)  # type: ignore[arg-type]
                beat()
        finally:
            # After a failure that every call would meet, the calls that have not begun are not made.
            pool.shutdown(wait=True, cancel_futures=True)
    return fetched


def checked(answer: ReceivedTrade | RejectedDocument, number: str) -> ReceivedTrade | RejectedDocument:
    """The answer, when it is about the trade that was asked for; a rejected one without a number gets the one asked for."""
    if isinstance(answer, RejectedDocument):
        return answer if answer.trade_no == number else replace(answer, trade_no=number)
    if answer.document.trade_no == number:
        return answer
    sentence = _("The platform was asked for this trade and answered with another one. Download it again.")
    return RejectedDocument(number, answer.payload, "other_trade", sentence, answer.document.modified)
