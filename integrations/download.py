"""Trades from the platforms, by window, shop by shop.

    claim the shop's position, commit → windows from the position to now, each: list, fetch, store; the position moves in the transaction
    that stores the last trades of its window → missed trades again → second look → done, or back off with the reason

A process may be killed anywhere: the lease runs out, and the next one goes on from the last window that was stored whole; what
was stored of the broken one is known and not fetched again. Two processes cannot move one position: the fence of the lease tells.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.access import connected, is_connected, note_answer, sentence_of
from integrations.fetching import fetch_all
from integrations.merge_groups import with_groups
from integrations.missed import due_missed
from integrations.models import DownloadPosition
from integrations.platforms.base import SHOP_WIDE, Connector, Throttled, Window
from integrations.windows import Downloaded, LeaseLost, Watch, plan_window, store, take_window
from oms.catalog.models import Shop
from oms.core import leases
from oms.core.backoff import pause
from oms.core.boundary import is_of_one
from oms.core.errors import UnableTo
from oms.core.outbox import DeliveryFailure, InternalFailure

LEASE = leases.LEASE
RENEW_EVERY_S = 5.0
PATIENCE = dt.timedelta(seconds=60)
"""How long somebody who wants a download now waits for the one that is under way."""
OVERLAP_MINUTES = 10
SETTLE = dt.timedelta(seconds=2)
"""A window ends this long before now: trades change within the second that was listed."""
SECOND_LOOK_AFTER = dt.timedelta(seconds=30)
RUN_SECONDS = 240.0
"""A run ends after this time; the next one goes on."""
INTERVAL_S = 30
LOOK_BACK_DAYS = 7
TRIES_BEFORE_GIVING_UP_TRADES = 5

logger = logging.getLogger(__name__)

Report = Callable[[int, int, str], None]
"""Done and total in some unit, and a sentence."""


def _silent(_done: int, _total: int, _message: str) -> None:
    return


def download_due() -> int:
    """Download every shop that is due and that nobody else downloads; returns how many were."""
    count = 0
    while download_next():
        count += 1
    return count


def download_next() -> bool:
    """Download the shop that has been due longest and that nobody else downloads; whether there was one."""
    ensure_positions()
    held = _claim("next_due_at <= now()", [])
    if held is None:
        return False
    try:
        run_claimed(held)
    except (UnableTo, LeaseLost):
        pass  # written down at the position, or another process has it
    except Exception as error:
        if not is_of_one(error):
            raise
        logger.exception("the download of position %s failed", held.id)
    return True


def ensure_positions() -> None:
    """Every shop has a position."""
    missing = Shop.objects.filter(download_position=None).order_by("id")
    DownloadPosition.objects.bulk_create([DownloadPosition(shop=shop) for shop in missing], ignore_conflicts=True)


def _claim(condition: str, params: list[Any]) -> leases.Claim | None:
    ready = "SELECT id FROM catalog_shop WHERE enabled AND gateway_url <> '' AND app_key <> '' AND session IS NOT NULL"
    claims = leases.claim(
        DownloadPosition,
        where=f"{condition} AND shop_id IN ({ready})",
        params=params,
        order_by="next_due_at, id",
        limit=1,
        lease=LEASE,
    )
    return claims[0] if claims else None


def download_now(shop: Shop, report: Report = _silent, *, patience: dt.timedelta = PATIENCE) -> Downloaded:
    """Download the shop at once; waits for a download that is under way, and then looks again.

    Raises UnableTo with the reason when the shop cannot be downloaded, or when the other one takes longer than ``patience``.
    """
    ensure_positions()
    if not shop.enabled or not is_connected(shop):
        raise UnableTo(
            _("%(shop)s is not in use, or its keys are not entered yet.") % {"shop": shop.name}, code="not_connected"
        )
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        held = _claim("shop_id = %s", [shop.id])
        if held is not None:
            try:
                return run_claimed(held, report)
            except LeaseLost:
                held = None  # we were too slow; whoever has it now goes on from what is stored
        if time.monotonic() > deadline:
            raise UnableTo(_("The shop is being downloaded by another process. Try again in a minute."), code="busy")
        report(0, 1, _("Waits for the download that is under way"))
        time.sleep(0.3)


def run_claimed(held: leases.Claim, report: Report = _silent) -> Downloaded:
    """Download the shop whose position is held, and let it go. Raises UnableTo with the reason, LeaseLost."""
    position = DownloadPosition.objects.select_related("shop").get(id=held.id)
    run = _Run(position, held, report)
    try:
        with leases.kept(DownloadPosition, [held], LEASE), connected(position.shop) as connector:
            result = run.download(connector)
    except DeliveryFailure as failure:
        run.put_off(failure)
        note_answer(position.shop, failure)
        raise UnableTo(sentence_of(failure), code=failure.code or "delivery") from failure
    except UnableTo as error:
        run.put_off_for(str(error), dt.timedelta(minutes=15))
        raise
    except LeaseLost:
        raise
    except Exception as error:
        # An error of ours must not have this shop claimed first again and again while the others wait.
        if is_of_one(error):
            run.put_off(InternalFailure(error))
        raise
    finally:
        DownloadPosition.objects.filter(id=held.id, fence=held.fence).update(lease_until=None)
    note_answer(position.shop, None)
    return result


@dataclass(slots=True)
class _Run:
    """One download of one shop."""

    position: DownloadPosition
    held: leases.Claim
    report: Report
    started: float = field(default_factory=time.monotonic)
    renewed: float = field(default_factory=time.monotonic)
    said: tuple[int, int, str] = (0, 1, "")
    overlap: dt.timedelta = field(init=False)

    def __post_init__(self) -> None:
        self.overlap = dt.timedelta(minutes=_option(self.position.shop, "overlap_minutes", OVERLAP_MINUTES, 1, 1440))

    def download(self, connector: Connector) -> Downloaded:
        """The missed ones, the windows up to now, the second look."""
        begun, now = self.position.position, timezone.now()
        start = begun or now - dt.timedelta(days=_option(self.position.shop, "look_back_days", LOOK_BACK_DAYS, 1, 89))
        result = self._retry_missed(connector) + self._catch_up(connector, start, now - SETTLE)
        result += self._second_look(connector)
        pause_s = _option(self.position.shop, "interval_seconds", INTERVAL_S, 5, 86400)
        interval = dt.timedelta(seconds=pause_s if self._has_caught_up(now) else 0)
        self._update(
            last_run_at=timezone.now(), next_due_at=timezone.now() + interval, failures=0, last_error="", attempt=0
        )
        return result

    def _has_caught_up(self, now: dt.datetime) -> bool:
        return self.position.position is not None and self.position.position >= now - SETTLE - self.overlap

    def _catch_up(self, connector: Connector, start: dt.datetime, until: dt.datetime) -> Downloaded:
        result, at = Downloaded(), start
        whole = max(int((until - start).total_seconds()), 1)
        while at < until and time.monotonic() - self.started < RUN_SECONDS:
            window, total = plan_window(connector, Window(at, until), self.overlap)
            result += self._take(connector, window, total, lambda w=window: self._move(w, start))  # type: ignore[misc]
            at = window.until
            done = whole - int((until - at).total_seconds())
            self.said = (done, whole, _("%(count)s trades listed") % {"count": result.listed})
            self.report(*self.said)
        return result

    def _take(self, connector: Connector, window: Window, total: int, finish: Callable[[], None]) -> Downloaded:
        give_up = self.position.failures >= TRIES_BEFORE_GIVING_UP_TRADES
        watch = Watch(beat=self._beat, storing=self._hold)
        return take_window(
            self.position.shop, connector, window, total, watch, give_up=give_up, by_itself=True, finish=finish
        )

    def _move(self, window: Window, start: dt.datetime) -> None:
        """The position moves to the end of the window; what was listed long after its changes will be looked at again."""
        values: dict[str, Any] = {"position": window.until}
        if window.until - start > self.overlap:
            values |= {
                "second_since": min(filter(None, (self.position.second_since, start))),
                "second_until": max(filter(None, (self.position.second_until, window.until))),
                "second_due_at": timezone.now() + SECOND_LOOK_AFTER,
            }
        self._update(**values)

    def _second_look(self, connector: Connector) -> Downloaded:
        since, until, due = self.position.second_since, self.position.second_until, self.position.second_due_at
        result = Downloaded()
        if since is None or until is None or due is None or due > timezone.now():
            return result
        while since < until and time.monotonic() - self.started < RUN_SECONDS:
            window, total = plan_window(connector, Window(since, until), self.overlap)
            done_to = window.until
            result += self._take(connector, window, total, lambda to=done_to: self._update(second_since=to))  # type: ignore[misc]
            since = done_to
        if since >= until:
            self._update(second_since=None, second_until=None, second_due_at=None)
        return result

    def _retry_missed(self, connector: Connector) -> Downloaded:
        numbers = due_missed(self.position.shop_id)
        if not numbers:
            return Downloaded()
        fetched = fetch_all(connector, numbers, self._beat)
        grouped = with_groups(self.position.shop, connector, fetched)
        return store(self.position.shop, grouped, Watch(storing=self._hold))

    # -- the lease and the row -----------------------------------------------------------------------------------------

    def _beat(self) -> None:
        if time.monotonic() - self.renewed > RENEW_EVERY_S:
            self.renewed = time.monotonic()
            if not leases.renew(DownloadPosition, self.held, LEASE):
                raise LeaseLost(self.position.shop_id)
            self.report(*self.said)

    def _hold(self) -> None:
        """Lock the position for the transaction that stores; who has lost the lease stores nothing."""
        if not leases.still_held(DownloadPosition, [self.held]):
            raise LeaseLost(self.position.shop_id)

    def _update(self, **values: Any) -> None:
        if not DownloadPosition.objects.filter(id=self.held.id, fence=self.held.fence).update(**values):
            raise LeaseLost(self.position.shop_id)
        for name, value in values.items():
            setattr(self.position, name, value)

    def put_off(self, failure: DeliveryFailure) -> None:
        """Back off: longer after each failure in a row, and at least as long as the platform says."""
        failures = self.position.failures + 1
        cap = 1800.0 if isinstance(failure, SHOP_WIDE) and not isinstance(failure, Throttled) else 900.0
        base = 2.0 if isinstance(failure, Throttled) else 10.0
        wait = max(pause(failures, base=base, cap=cap), failure.retry_after or dt.timedelta())
        self.put_off_for(sentence_of(failure), wait)

    def put_off_for(self, sentence: str, wait: dt.timedelta) -> None:
        """Write down why the download stopped, and when it is tried again."""
        now = timezone.now()
        self._update(last_run_at=now, next_due_at=now + wait, failures=self.position.failures + 1, last_error=sentence)


def _option(shop: Shop, name: str, default: int, least: int, most: int) -> int:
    """A whole number among the shop's options; the default where it is missing or makes no sense."""
    value = shop.options.get(name, default)
    return value if isinstance(value, int) and least <= value <= most else default


def download_window(shop: Shop, window: Window, report: Report = _silent) -> Downloaded:
    """Every trade of a span of time that a person names; moves no position. Raises UnableTo."""
    result, at = Downloaded(), window.since
    whole = max(int((window.until - window.since).total_seconds()), 1)
    try:
        with connected(shop) as connector:
            while at < window.until:
                part, total = plan_window(connector, replace(window, since=at), dt.timedelta())
                result += take_window(shop, connector, part, total, Watch(), give_up=False)
                at = part.until
                done = whole - int((window.until - at).total_seconds())
                report(done, whole, _("%(count)s trades listed") % {"count": result.listed})
    except DeliveryFailure as failure:
        note_answer(shop, failure)
        raise UnableTo(sentence_of(failure), code=failure.code or "delivery") from failure
    return result


def download_trade(shop: Shop, trade_no: str) -> Downloaded:
    """One trade by its number, whatever is known of it. Raises UnableTo with the platform's reason."""
    try:
        with connected(shop) as connector:
            fetched = with_groups(shop, connector, fetch_all(connector, [trade_no]))
    except DeliveryFailure as failure:
        note_answer(shop, failure)
        raise UnableTo(sentence_of(failure), code=failure.code or "delivery") from failure
    for refusal in fetched.failed.values():
        raise UnableTo(sentence_of(refusal), code=refusal.code or "delivery") from refusal
    return Downloaded(listed=1) + store(shop, fetched, Watch())
