"""The recovery drill: strike the running demo, and measure until everything that is due is done and every invariant holds again.

Before each blow there is work of every kind under way: trades to download, orders to process, parcels to report, orders to post.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from finance.models import PostingDue
from integrations.sandbox.control_client import ControlClient
from oms.core import invariants
from oms.core.models import Job, OutboxMessage
from oms.core.tasks import ring
from oms.demo import books
from oms.demo.colleagues import Colleagues
from oms.demo.day import DOWNLOAD_TASK
from oms.demo.files import rows
from oms.demo.street import Street
from orders.models import Order, Trade

LOOK_EVERY = 0.25
"""Seconds between two looks."""

LONGEST = 300.0
"""Seconds after which nobody waits any longer."""

EXPECTED = {"worker": 30, "redis": 60, "postgresql": 60}
"""Seconds until everything due is done; for PostgreSQL from the moment at which it answers again."""

Tell = Callable[[str], None]


class NotRecovered(Exception):
    """What is due was not done in time; the text says what."""


@dataclass
class Drill:
    """The demo that runs from ``home``; ``postgres`` is the directory of its database server."""

    sandbox: ControlClient
    home: Path
    postgres: Path
    tell: Tell
    trades: int = 30

    def __post_init__(self) -> None:
        self._shops = books.shops_by_seller({row["code"]: row["seller"] for row in rows("shops.csv")})
        self._street = Street(self.sandbox, tuple(self._shops), random.Random())  # noqa: S311 - a play
        self._colleagues = Colleagues()

    def run(self, blows: list[str]) -> dict[str, Any]:
        """Strike each, one after another; the figures."""
        self._street.calm_down()
        strikes = {"worker": self._kill_workers, "redis": self._empty_redis, "postgresql": self._kill_postgres}
        figures = {}
        for name in blows:
            self._make_work()
            under_way = self._count_due()
            self.tell(f"{name}: struck with {', '.join(under_way) or 'nothing'} under way")
            struck = time.monotonic()
            strikes[name]()
            back = time.monotonic()
            self._wait_until_done()
            now = time.monotonic()
            seconds = round(now - (back if name == "postgresql" else struck), 1)
            figures[name] = {
                "under_way": under_way,
                "away": round(back - struck, 1),
                "seconds": seconds,
                "expected": EXPECTED[name],
                "met": seconds <= EXPECTED[name],
            }
            self.tell(f"{name}: everything was done and every invariant held after {seconds} s")
        return figures

    # -- work --------------------------------------------------------------------------------------------------------

    def _make_work(self) -> None:
        """Parcels that have just left, and trades that nobody has downloaded yet."""
        self._street.order(self.trades, minutes=2)
        ring(DOWNLOAD_TASK)
        self._wait_until_done()
        self._colleagues.work()
        self._street.order(self.trades, minutes=1)
        ring(DOWNLOAD_TASK)

    def _due(self) -> Iterator[tuple[int, str]]:
        """What workers, and no person, still have to do."""
        now = timezone.now()
        yield Trade.objects.filter(state="due").count(), "trades to process"
        waiting = Order.objects.filter(reprocess_at__lte=now, state__in=["exception", "presale", "cs_review"])
        yield waiting.count(), "orders to process again"
        yield OutboxMessage.objects.filter(state="due", due_at__lte=now).count(), "messages to deliver"
        yield PostingDue.objects.filter(reason_code="").count(), "orders to post"
        yield Job.objects.filter(state__in=Job.OPEN).count(), "jobs"
        yield books.behind(self._street, self._shops), "trades to download"

    def _count_due(self) -> list[str]:
        return [f"{count} {what}" for count, what in self._due() if count]

    def _wait_until_done(self) -> None:
        """Until nothing is due and every invariant holds. Raises NotRecovered."""
        deadline = time.monotonic() + LONGEST
        left = ["the database"]
        while time.monotonic() < deadline:
            try:
                left = self._count_due() or [one.code for one in invariants.check_all()]
            except (DatabaseError, InterfaceError):
                connection.close()
            if not left:
                return
            time.sleep(LOOK_EVERY)
        raise NotRecovered(", ".join(left))

    # -- blows -------------------------------------------------------------------------------------------------------

    def _kill_workers(self) -> None:
        """Both workers with all of their children, without a word."""
        for name in ("worker", "caller"):
            told = json.loads((self.home / "run" / f"{name}.json").read_text())
            os.killpg(told["pid"], signal.SIGKILL)

    def _empty_redis(self) -> None:
        """Bells, bindings, counters: everything."""
        with redis.Redis.from_url(settings.CELERY_BROKER_URL) as client:
            client.flushall()

    def _kill_postgres(self) -> None:
        """The server without a word; returns when it answers again. Raises NotRecovered."""
        os.kill(int((self.postgres / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
        connection.close()
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            try:
                connection.ensure_connection()
            except DatabaseError:
                connection.close()
            else:
                return
        raise NotRecovered("the database")
