"""One poisoned shop or trade stops no other: an error of ours is written down where it happened, and everybody else is downloaded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DataError
from django.utils import timezone

from integrations import download, windows
from integrations.download import download_now
from integrations.models import DownloadPosition, MissedTrade
from integrations.platforms.taobao import connector
from integrations.sandbox.control_client import ControlClient
from integrations.tasks import download_due_shops
from oms.catalog.models import Shop
from orders.models import Trade
from orders.trades.intake import store_trades
from tests.integrations.make import connect_shop, generate


def test_a_shop_on_which_an_error_of_ours_stops_backs_off_and_the_next_is_downloaded(
    sandbox: ControlClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = connect_shop(sandbox, code="TB2", session="another")
    download.ensure_positions()
    DownloadPosition.objects.filter(shop=poisoned).update(next_due_at=timezone.now() - dt.timedelta(hours=1))
    numbers = generate(sandbox, 3)
    run = download._Run.download

    def broken(self: Any, its: Any) -> Any:
        if self.position.shop_id == poisoned.id:
            raise KeyError("poison")
        return run(self, its)

    monkeypatch.setattr(download._Run, "download", broken)
    assert download_due_shops() == 2
    position = DownloadPosition.objects.get(shop=poisoned)
    assert (position.failures, position.lease_until, "KeyError" in position.last_error) == (1, None, True)
    assert position.next_due_at > timezone.now()
    assert set(Trade.objects.filter(shop=shop).values_list("trade_no", flat=True)) >= set(numbers)
    assert download_due_shops() == 0


@pytest.mark.parametrize("stage", ["fetch", "store"])
def test_a_trade_on_which_an_error_of_ours_stops_is_missed_and_its_neighbours_are_stored(
    sandbox: ControlClient, shop: Shop, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    numbers = generate(sandbox, 8)
    poisoned = numbers[3]
    fetch, keep = connector.TaobaoConnector.fetch, store_trades

    def broken_fetch(self: Any, number: str) -> Any:
        if number == poisoned:
            raise KeyError("poison")
        return fetch(self, number)

    def broken_store(its: Shop, received: Any, rejected: Any, **options: Any) -> Any:
        if any(one.document.trade_no == poisoned for one in received):
            raise DataError("poison")
        return keep(its, received, rejected, **options)

    if stage == "fetch":
        monkeypatch.setattr(connector.TaobaoConnector, "fetch", broken_fetch)
    else:
        monkeypatch.setattr(windows, "store_trades", broken_store)
    result = download_now(shop)
    assert (result.new, result.missed) == (7, 1)
    missed = MissedTrade.objects.get()
    assert (missed.trade_no, missed.reason_code, missed.next_due_at > timezone.now()) == (
        poisoned,
        "internal_error",
        True,
    )
    assert DownloadPosition.objects.get().position is not None
    monkeypatch.undo()
    MissedTrade.objects.update(next_due_at=timezone.now())
    DownloadPosition.objects.update(next_due_at=timezone.now())
    download_now(shop)
    assert set(Trade.objects.values_list("trade_no", flat=True)) == set(numbers)
    assert not MissedTrade.objects.exists()
