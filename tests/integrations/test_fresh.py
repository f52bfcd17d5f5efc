"""Which of the trades that a list names are fetched again: those whose version may have changed within the second that it names."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import httpx
import pytest
from django.utils import timezone

from integrations import windows
from integrations.download import download_now, download_window
from integrations.platforms.base import TradeRef, Window
from integrations.platforms.clock import PlatformClock
from integrations.sandbox.control_client import ControlClient
from integrations.windows import leave_out_known
from oms.catalog.models import Shop
from orders.models import RawTrade, Trade
from tests.factories.trades import make_line, make_trade
from tests.integrations.make import SELLER, china, generate

FULL = "taobao.trade.fullinfo.get"
HOUR = dt.timedelta(hours=1)
NOW = dt.datetime(2026, 11, 11, 4, 0, 0, tzinfo=dt.UTC)


def fetched(sandbox: ControlClient) -> int:
    return int(sandbox.stats()["calls"][FULL]["ok"])


def test_what_changed_a_moment_ago_is_fetched_once_however_often_it_is_listed(
    sandbox: ControlClient, shop: Shop
) -> None:
    moment = timezone.now() - dt.timedelta(seconds=5)
    sandbox.generate(SELLER, 10, start=china(moment - dt.timedelta(minutes=8)), end=china(moment), seed=7)
    for _run in range(4):
        assert download_now(shop).listed == 10
    assert fetched(sandbox) == 10


def test_what_changed_within_this_second_is_fetched_again_until_it_is_sure(
    sandbox: ControlClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tid,) = generate(sandbox, 1)
    download_now(shop)
    before = fetched(sandbox)
    span = Window(timezone.now() - HOUR * 25, timezone.now() + dt.timedelta(minutes=1))
    sandbox.change(SELLER, tid, seller_memo="第一次")
    # However slow this machine is, no answer comes this long after the change.
    monkeypatch.setattr(windows, "SURE_AFTER", dt.timedelta(seconds=50))
    for repetition in range(1, 4):
        download_window(shop, span)
        assert fetched(sandbox) == before + repetition
    versions = RawTrade.objects.count()
    monkeypatch.setattr(windows, "SURE_AFTER", dt.timedelta(seconds=-2))
    download_window(shop, span)
    assert fetched(sandbox) == before + 3
    assert (versions, Trade.objects.count()) == (2, 1)


@pytest.mark.parametrize(
    ("asked_after", "ahead", "known"),
    [
        (dt.timedelta(seconds=3), dt.timedelta(), True),
        (dt.timedelta(seconds=2), dt.timedelta(), False),
        (dt.timedelta(seconds=-1), dt.timedelta(), False),
        # Their clock is the one that counts: ours may be minutes off, to either side.
        (dt.timedelta(minutes=5), dt.timedelta(minutes=-5), False),
        (dt.timedelta(minutes=-5), dt.timedelta(minutes=5, seconds=3), True),
        (None, dt.timedelta(hours=1), False),
    ],
)
@pytest.mark.django_db
def test_sure_is_what_was_asked_for_after_the_second_was_over(
    asked_after: dt.timedelta | None, ahead: dt.timedelta, known: bool
) -> None:
    shop = Shop.objects.create(code="S1", name="S1", platform="taobao")
    make_trade(shop, [make_line("A01")], "1001", modified=NOW)
    Trade.objects.update(asked_at=None if asked_after is None else NOW + asked_after)
    assert leave_out_known(shop, {"1001": TradeRef("1001", NOW)}, ahead) == ([] if known else ["1001"])
    newer = NOW + dt.timedelta(seconds=1)
    assert leave_out_known(shop, {"1001": TradeRef("1001", newer)}, ahead) == ["1001"]


def answer(date: str | None) -> httpx.Response:
    return httpx.Response(200, headers={} if date is None else {"Date": date})


def test_the_platforms_clock_is_never_taken_to_be_later_than_it_is() -> None:
    clock = PlatformClock()
    assert clock.ahead == dt.timedelta()
    for text in (None, "", "gestern", "Wed, 11 Nov 2026 04:00:00 -0000"):
        clock.hear(answer(text))
    assert clock.ahead == dt.timedelta()
    skew = dt.timedelta(minutes=-3)
    for _ in range(3):
        clock.hear(answer(format_datetime(timezone.now() + skew, usegmt=True)))
        # The header is cut to the second.
        assert skew - dt.timedelta(seconds=1.5) < clock.ahead <= skew
    nearest = clock.ahead
    clock.hear(answer(format_datetime(timezone.now() + skew - HOUR, usegmt=True)))
    assert clock.ahead == nearest
