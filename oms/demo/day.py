"""The demo's day: trades come in waves, the workers do their part by themselves, the colleagues theirs, until nothing is left to do."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from integrations.models import DownloadPosition, MissedTrade
from integrations.sandbox.control_client import ControlClient
from oms.core.models import Job
from oms.core.tasks import ring
from oms.demo import books, figures, trying
from oms.demo.colleagues import Colleagues
from oms.demo.files import rows
from oms.demo.street import Street
from orders.models import Order, Trade, WaybillUpload

WAVES = (0.35, 0.4, 0.25)
"""Shares of the day's trades, wave by wave."""

ROUND = 0.8
"""Seconds between two looks."""

DOWNLOADS_EACH = 3
"""Rounds of the evening from one download to the next: each lists the last two minutes anew, which is all of the day."""

LONGEST = 420.0
"""Seconds after which a day that has not come to rest is wrong."""

BAD_SPELL = 3.0
"""Seconds of waiting after which the platform is well again until the next wave: retries that back off would only make the day longer."""

FRESH = 0.5
"""Minutes: trades are as old as this at most. A platform does not bring trades that changed before the last download,
and downloads of this world reach back two minutes."""

DOWNLOAD_TASK = "integrations.download_due"
LEFT_ALONE = dt.timedelta(minutes=6)
"""How long visitors may look at an order before a colleague takes it."""

EACH_SCENE = 400
"""Every scene occurs once for so many trades, and three times at least."""

OCCURS: dict[str, tuple[str, ...]] = {
    "merged": ("orders", "joined_before_printing", "by_hand", "undone"),
    "split": ("hand", "product", "box", "weight", "presale", "undone"),
    "pre_sale": ("final_payments", "held_back", "released"),
    "exceptions": ("blacklisted", "no_carrier", "restricted_goods", "unmatched_listing", "out_of_stock"),
    "by_warehouse": ("HZ", "GZ", "CD"),
    "by_carrier": ("SF", "ZTO", "YTO", "EMS", "DBKD"),
}
"""Figures of the summary that must not be nothing."""

KINDS = ("buy_and_get", "quantity_reached", "amount_reached", "buy_a_get_a")
"""Kinds of schemes that must have given something."""

DONE = (
    "split by hand",
    "splits undone",
    "merged by hand",
    "merges undone",
    "bundles put together",
    "bundles expanded anew",
)
"""What colleagues must have done by hand."""

WHOLE_DAY = 1500
"""Trades that exhaust every quota."""

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
        self.stages: list[tuple[str, float]] = []
        """Names of the day's parts, and when each began by the monotonic clock."""

    def play(self, trades: int) -> dict[str, Any]:
        """The day to its end: its summary, with a sentence in ``wrong`` for whatever is not as it must be."""
        colleagues = Colleagues()
        colleagues.ships = False
        times = max(3, trades // EACH_SCENE)
        self.street.misbehave()
        for position, share in enumerate(WAVES):
            self._enter(f"wave {position + 1}")
            last = position == len(WAVES) - 1
            target = trades if last else self.street.count() + round(trades * share)
            if position:
                self.street.misbehave()
            if position == 0:
                self.street.scenes.open(times)
            elif position == 1:
                self.street.scenes.join()
            self.street.order(max(target - self.street.count(), 0), minutes=FRESH)
            self._enter(f"wave {position + 1}: buyers")
            self.street.live()
            self._round(colleagues)
            self.street.live()
            self._enter(f"wave {position + 1}: until here")
            if position < 2:
                self._hear_of_scenes(colleagues)
            colleagues.ships = position > 0
        self._enter("evening")
        self.street.scenes.pay_finals()
        colleagues.take_in_presale_goods()
        self.street.settle_refunds()
        left = self._come_to_rest(colleagues)
        self.street.calm_down()
        self._enter("what if")
        tried = self._try_out(colleagues)
        self.tell("The day is over; both sides are compared")
        self._enter("summary")
        summary = books.summarise(self.began) | figures.features(self.began)
        wrong = [f"After {LONGEST:.0f} seconds there were still {', '.join(left)}"] if left else []
        self._enter("compare")
        wrong += books.compare(self.street, self.shops)
        self._enter("invariants")
        broken = books.broken_invariants()
        self._enter("scenes")
        wrong += figures.untrue_scenes(self.street.scenes, self.shops)
        summary["what_if"] = tried
        if not tried.get("would_change"):
            wrong.append("the comparison with other rules found nothing")
        wrong += self._expect(summary, colleagues, trades)
        summary["done_by_people"] = dict(sorted(colleagues.done.items()))
        summary["invariants"] = "broken" if broken else "ok"
        self._enter("day ends")
        return summary | {"wrong": broken + wrong, "stages": self.stages}

    def _enter(self, stage: str) -> None:
        self.stages.append((stage, time.monotonic()))

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

    def _try_out(self, colleagues: Colleagues) -> dict[str, Any]:
        """何芸 asks what the day would have been with another rule, and waits for the answer."""
        job = trying.try_all_by_sf(colleagues.staff["heyun"], self.began)
        deadline = time.monotonic() + LONGEST / 2
        while job.state in Job.OPEN and time.monotonic() < deadline:
            time.sleep(ROUND)
            job.refresh_from_db()
        return trying.told(job)

    def _hear_of_scenes(self, colleagues: Colleagues) -> None:
        """Until the trades of all scenes so far are here and processed. Only then do buyers come back; only then do the warehouses open.

        What else the buyers ordered goes on coming in meanwhile.
        """
        began = time.monotonic()
        told = [tid for _seller, tid in self.street.scenes.tids()]
        here = Trade.objects.filter(received_at__gte=self.began, trade_no__in=told).exclude(state=Trade.State.DUE)
        while (passed := time.monotonic() - began) < LONGEST / 2 and here.count() < len(told):
            if passed > BAD_SPELL:
                self.street.calm_down()
            if not Trade.objects.filter(state=Trade.State.DUE).exists():
                _download_now()
            self._round(colleagues, "those who come back")

    def _come_to_rest(self, colleagues: Colleagues) -> list[str]:
        """Go on until nothing is under way; what still is when the time is over."""
        deadline, rounds = time.monotonic() + LONGEST, 0
        while left := list(books.unrest(self.street, self.shops)):
            if time.monotonic() > deadline:
                return left
            if time.monotonic() > deadline - LONGEST + BAD_SPELL:
                # In the evening the platform is well again, so that the last retries find it so.
                self.street.calm_down()
            rounds += 1
            if rounds % DOWNLOADS_EACH == 0 or left[0].endswith(books.TO_DOWNLOAD):
                _download_now()
            self._round(colleagues, ", ".join(left))
        return []

    @staticmethod
    def _expect(summary: dict[str, Any], colleagues: Colleagues, trades: int) -> list[str]:
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
        few = [
            f"{name} is {summary[name]}, less than {least}" for name, least in expected.items() if summary[name] < least
        ]
        never = [
            f"{group}: {name} never occurred"
            for group, names in OCCURS.items()
            for name in names
            if not summary[group].get(name)
        ]
        # On a later day of the same data, what a limited campaign had to give may be gone since the first.
        never += [f"gifts: {kind} never occurred" for kind in KINDS if kind not in figures.given_ever()]
        if trades >= WHOLE_DAY:
            never += [f"the quota of {name} is {used}, not exhausted" for name, used in _left_over(summary["quotas"])]
        undone = [f"nobody {what}" for what in DONE if not colleagues.done[what]]
        return few + never + undone

    def keep_going(self, trades: int) -> None:
        """Buyers come for ever; colleagues take what visitors leave."""
        colleagues = Colleagues(patience=LEFT_ALONE)
        self.street.misbehave()
        first = not Trade.objects.exists()
        self.street.order(min(trades, 150), minutes=240 if first else FRESH)
        while True:
            self.street.order(self.street.rng.choice((1, 1, 2, 3)), minutes=FRESH)
            self.street.live()
            if self.street.rng.random() < 0.2:
                self.street.settle_refunds()
            colleagues.work()
            time.sleep(30)


def _download_now() -> None:
    """The shops, and what could not be fetched of them, are due at once and not after their pause.

    Nobody is to wait for the rest of a minute that stands for a day.
    """
    now = timezone.now()
    MissedTrade.objects.update(next_due_at=now)
    DownloadPosition.objects.update(next_due_at=now)


def _left_over(quotas: dict[str, str]) -> list[tuple[str, str]]:
    """Limits of which something is left; without any limit that stands, all of them."""
    if not quotas:
        return [("every campaign", "unknown")]
    return [(name, used) for name, used in quotas.items() if len(set(used.split("/"))) > 1]
