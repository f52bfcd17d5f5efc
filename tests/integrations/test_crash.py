"""Downloads at once, and downloads that are killed: the trades exist exactly once, and the position says only what is true."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.utils import timezone

from integrations import download, fetching, windows
from integrations.download import download_due, download_now, download_window, run_claimed
from integrations.models import DownloadPosition
from integrations.platforms.base import Window
from integrations.sandbox.control_client import ControlClient
from integrations.windows import LeaseLost
from oms.catalog.models import Shop
from oms.config import ROOT
from orders.models import RawTrade, Trade
from tests.integrations.make import SELLER, china, generate

FULL = "taobao.trade.fullinfo.get"


def in_threads(*calls: object) -> list[object]:
    """Each call in a thread with a connection of its own."""

    def run(call: object) -> object:
        try:
            return call()  # type: ignore[operator]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def exactly_once(sandbox: ControlClient, shop: Shop, count: int) -> None:
    theirs = {row["tid"] for row in sandbox.record(SELLER)["trades"]}
    assert set(Trade.objects.filter(shop=shop).values_list("trade_no", flat=True)) == theirs
    assert Trade.objects.count() == RawTrade.objects.filter(shop=shop).count() == count


def test_two_downloads_of_the_same_window_at_once(sandbox: ControlClient, shop: Shop) -> None:
    generate(sandbox, 80)
    span = Window(timezone.now() - dt.timedelta(hours=25), timezone.now())
    results = in_threads(lambda: download_window(shop, span), lambda: download_window(shop, span))
    assert sum(result.new for result in results) == 80  # type: ignore[attr-defined]
    exactly_once(sandbox, shop, 80)


def test_a_shop_is_downloaded_by_one_at_a_time(sandbox: ControlClient, shop: Shop) -> None:
    generate(sandbox, 40)
    sandbox.add_fault("slow", method=FULL, seconds=0.02)
    counts = in_threads(download_due, download_due, download_due)
    assert sum(counts) >= 1  # type: ignore[arg-type]
    assert sandbox.stats()["calls"][FULL]["ok"] == 40
    exactly_once(sandbox, shop, 40)


def test_who_has_lost_the_lease_stores_nothing(
    sandbox: ControlClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(sandbox, 10)
    download.ensure_positions()
    held = download._claim("shop_id = %s", [shop.id])
    assert held is not None
    fetch = fetching.fetch_all

    def slept_past_the_lease(*args: object, **kwargs: object) -> object:
        DownloadPosition.objects.update(fence=held.fence + 1)
        return fetch(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(windows, "fetch_all", slept_past_the_lease)
    with pytest.raises(LeaseLost):
        run_claimed(held)
    assert not Trade.objects.exists()
    assert DownloadPosition.objects.get().position is None


def test_without_the_fence_it_would_have_stored(
    sandbox: ControlClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: it is the fence that keeps the sleeper out."""
    generate(sandbox, 10)
    download.ensure_positions()
    held = download._claim("shop_id = %s", [shop.id])
    assert held is not None
    fetch = fetching.fetch_all

    def slept_past_the_lease(*args: object, **kwargs: object) -> object:
        DownloadPosition.objects.update(fence=held.fence + 1)
        return fetch(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(windows, "fetch_all", slept_past_the_lease)
    monkeypatch.setattr(download._Run, "_hold", lambda self: None)
    monkeypatch.setattr(download._Run, "_update", lambda self, **values: None)
    run_claimed(held)
    assert Trade.objects.count() == 10


@pytest.mark.parametrize("after", [0, 1, 60])
def test_killed_in_the_middle(sandbox: ControlClient, shop: Shop, after: int) -> None:
    """SIGKILL after so many trades were fetched: the next process goes on, and nothing is there twice or missing."""
    generate(sandbox, 130)
    sandbox.add_fault("slow", method=FULL, seconds=0.03)
    database = connection.settings_dict
    url = (
        f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}"
        f"?host={database['HOST']}&port={database['PORT']}"
    )
    environment = os.environ | {"DATABASE_URL": url, "OMS_MODE": "test", "OMS_GATEWAY_ALLOW_PRIVATE": "true"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "download_trades", "--shop", shop.code],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while fetched(sandbox) <= after and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1].decode()
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    sandbox.clear_faults()
    position = DownloadPosition.objects.get(shop=shop).position
    stored = set(Trade.objects.values_list("trade_no", flat=True))
    assert len(stored) < 130, "the process had ended before it was killed"
    passed = {row["tid"] for row in sandbox.record(SELLER)["trades"] if position and row["modified"] <= china(position)}
    assert passed <= stored, "the position has passed trades that are not here"
    DownloadPosition.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    download_now(shop)
    exactly_once(sandbox, shop, 130)
    assert DownloadPosition.objects.get(shop=shop).position is not None


def fetched(sandbox: ControlClient) -> int:
    return int(sandbox.stats()["calls"].get(FULL, {}).get("ok", 0))
