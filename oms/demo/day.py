"""The demo's day: trades come in waves, the workers do their part by themselves, the colleagues theirs, until nothing is left to do."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from integrations.sandbox.control_client import ControlClient
from oms.core.tasks import ring
from oms.demo import books
from oms.demo.colleagues import Colleagues
from oms.demo.street import Street
from oms.demo.world import rows
from orders.models import Order, Trade, WaybillUpload

WAVES = (0.6, 0.25, 0.15)
"""Shares of the day's trades, wave by wave."""

ROUND = 0.8
"""Seconds between two looks."""

LONGEST = 210.0
"""Seconds after which a day that has not come to rest is wrong."""

FRESH = 4
"""Minutes: trades are as old as this at most. A platform does not bring trades that changed before the last download."""

DOWNLOAD_TASK = "integrations.download_due"
LEFT_ALONE = dt.timedelta(minutes=6)
"""How long visitors may look at an order before a colleague takes it."""

Tell = Callable[[str], None]


@dataclass
class Day:
    """One day of the company."""

    sandbox: ControlClient
    tell: Tell

    def __post_init__(self) -> None:
        names = {row["code"]: row["seller"] for row in rows("shops.csv")}
        self.shops = books.shops_by_seller(names)
        self.street = Street(self.sandbox, tuple(self.shops), random.Random())  # noqa: S311 - a play
        self.began = timezone.now()

    def play(self, trades: int) -> dict[str, Any]:
        """The day to its end: its summary, with a sentence in ``wrong`` for whatever is not as it must be."""
        colleagues = Colleagues()
        self.street.misbehave()
        for position, share in enumerate(WAVES):
            last = position == len(WAVES) - 1
            made = sum(map(len, self.street.tids.values()))
            self.street.order(trades - made if last else round(trades * share), minutes=FRESH)
            for _ in range(2):
                self.street.live()
                self._round(colleagues)
        self.street.settle_refunds()
        left = self._come_to_rest(colleagues)
        self.street.calm_down()
        summary = books.summarise(self.began)
        wrong = [f"After {LONGEST:.0f} seconds there were still {', '.join(left)}"] if left else []
        wrong += books.compare(self.street, self.shops)
        wrong += self._expect(summary, trades)
        summary["done_by_people"] = dict(sorted(colleagues.done.items()))
        summary["invariants"] = "ok" if not wrong else "broken"
        return summary | {"wrong": wrong}

    def _round(self, colleagues: Colleagues, left: str = "") -> None:
        """Everybody works, then a while passes; ``left`` is what the day still waits for."""
        ring(DOWNLOAD_TASK)
        colleagues.work()
        orders = Order.objects.filter(created_at__gte=self.began)
        self.tell(
            f"trades {Trade.objects.filter(received_at__gte=self.began).count()}, orders {orders.count()}, "
            f"shipped {orders.filter(shipped_at__isnull=False).count()}, waybills accepted "
            f"{WaybillUpload.objects.filter(created_at__gte=self.began, state='accepted').count()}, "
            f"posted {orders.filter(posted=True).count()}{left and f' (waits for {left})'}"
        )
        time.sleep(ROUND)

    def _come_to_rest(self, colleagues: Colleagues) -> list[str]:
        """Go on until nothing is under way; what still is when the time is over."""
        deadline = time.monotonic() + LONGEST
        while left := list(books.unrest(self.street, self.shops)):
            if time.monotonic() > deadline:
                return left
            if time.monotonic() > deadline - LONGEST + 8:
                # In the evening the platform is well again, so that the last retries find it so.
                self.street.calm_down()
            self._round(colleagues, ", ".join(left))
        return []

    @staticmethod
    def _expect(summary: dict[str, Any], trades: int) -> list[str]:
        """What a day of this size must have brought."""
        expected = {
            "trades_downloaded": trades,
            "orders": trades // 2,
            "approved_by_policy": trades // 5,
            "audited_by_hand": 1,
            "shipped": trades // 2,
            "uploads_accepted": trades // 2,
            "vouchers": 3 * (trades // 2),
        }
        return [
            f"{name} is {summary[name]}, less than {least}" for name, least in expected.items() if summary[name] < least
        ]

    def keep_going(self, trades: int) -> None:
        """Buyers come for ever; colleagues take what visitors leave."""
        colleagues = Colleagues(patience=LEFT_ALONE)
        self.street.misbehave()
        first = not Trade.objects.exists()
        self.street.order(min(trades, 150), minutes=240 if first else FRESH)
        while True:
            self.street.order(self.street.rng.choice((1, 1, 2, 3)), minutes=3)
            self.street.live()
            if self.street.rng.random() < 0.2:
                self.street.settle_refunds()
            colleagues.work()
            time.sleep(30)
