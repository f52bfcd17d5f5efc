"""Downloads over real HTTP from the sandbox: afterwards the same trades are here exactly once, whatever went wrong."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from django.utils import timezone

from integrations import download
from integrations.download import download_due, download_now, download_trade, download_window
from integrations.models import DownloadPosition, MissedTrade
from integrations.platforms.base import Window
from integrations.sandbox.control_client import ControlClient
from oms.catalog.models import Shop
from oms.core.errors import UnableTo
from orders.models import RawTrade, Trade
from tests.integrations.make import SELLER, china, generate

INCREMENT = "taobao.trades.sold.increment.get"
FULL = "taobao.trade.fullinfo.get"


def both_sides_agree(sandbox: ControlClient, shop: Shop) -> None:
    """Every trade of the sandbox's own record is here once, in its newest version, and none besides."""
    theirs = {row["tid"]: row["modified"] for row in sandbox.record(SELLER)["trades"]}
    ours = dict(Trade.objects.filter(shop=shop).values_list("trade_no", "modified"))
    assert set(ours) == set(theirs)
    assert {no: china(moment) for no, moment in ours.items()} == theirs


def position_of(shop: Shop) -> DownloadPosition:
    return DownloadPosition.objects.get(shop=shop)


def make_due(shop: Shop, *, second_look: bool = False) -> None:
    """Let time pass: the next run, and the second look with it, are due now."""
    now = timezone.now()
    values: dict[str, Any] = {"next_due_at": now}
    if second_look and position_of(shop).second_due_at:
        values["second_due_at"] = now
    DownloadPosition.objects.filter(shop=shop).update(**values)
    MissedTrade.objects.filter(shop=shop).update(next_due_at=now)


def test_everything_comes_once_and_the_position_stands_at_now(sandbox: ControlClient, shop: Shop) -> None:
    generate(sandbox, 160)
    before = timezone.now()
    result = download_now(shop)
    assert (result.new, result.changed, result.rejected, result.missed) == (160, 0, 0, 0)
    both_sides_agree(sandbox, shop)
    position = position_of(shop)
    assert position.position is not None
    assert position.position >= before - download.SETTLE
    assert position.lease_until is None
    shop.refresh_from_db()
    assert shop.authorisation == "valid"
    again = download_now(shop)
    assert (again.new, again.changed) == (0, 0)
    assert RawTrade.objects.filter(shop=shop).count() == 160


def test_what_is_known_is_not_fetched_again(sandbox: ControlClient, shop: Shop) -> None:
    now = timezone.now().astimezone(dt.timezone(dt.timedelta(hours=8)))
    sandbox.generate(
        SELLER, 40, seed=5, start=f"{now - dt.timedelta(hours=9):%F %T}", end=f"{now - dt.timedelta(hours=8):%F %T}"
    )
    download_now(shop)
    calls = sandbox.stats()["calls"][FULL]["ok"]
    span = Window(timezone.now() - dt.timedelta(hours=12), timezone.now())
    assert download_window(shop, span).listed == 40
    assert sandbox.stats()["calls"][FULL]["ok"] == calls == 40


def test_changes_and_new_trades_come_with_the_next_download(sandbox: ControlClient, shop: Shop) -> None:
    tids = generate(sandbox, 30)
    download_now(shop)
    sandbox.change(SELLER, tids[3], seller_memo="改地址")
    sandbox.add_trades(SELLER, {"lines": [{"outer_iid": "A01"}]})
    DownloadPosition.objects.filter(shop=shop).update(position=timezone.now() - dt.timedelta(seconds=3))
    span = Window(timezone.now() - dt.timedelta(hours=25), timezone.now() + dt.timedelta(seconds=5))
    result = download_window(shop, span)
    assert (result.new, result.changed) == (1, 1)
    both_sides_agree(sandbox, shop)


def test_every_kind_of_nonsense_is_listed_and_stops_nobody(sandbox: ControlClient, shop: Shop) -> None:
    from integrations.sandbox.world.nonsense import KINDS

    spoilt = [{"lines": [{"outer_iid": "A01"}, {"outer_iid": "A02"}], "nonsense": kind} for kind in KINDS]
    sound = [{"lines": [{"outer_iid": "A03"}]} for _ in range(5)]
    sandbox.add_trades(SELLER, *spoilt, *sound)
    result = download_trades_up_to_now(shop)
    assert (result.rejected, result.new) == (len(KINDS), 5)
    kinds = {row["tid"]: row["nonsense"] for row in sandbox.record(SELLER)["trades"]}
    refused = {kinds[row.trade_no]: row for row in Trade.objects.filter(state="rejected")}
    assert set(refused) == set(KINDS)
    assert all(row.reason_code and row.reason for row in refused.values())
    assert Trade.objects.exclude(state="rejected").count() == 5
    assert not MissedTrade.objects.exists()


def download_trades_up_to_now(shop: Shop) -> Any:
    return download_window(
        shop, Window(timezone.now() - dt.timedelta(hours=25), timezone.now() + dt.timedelta(seconds=5))
    )


FAULTS: list[dict[str, Any]] = [
    {"kind": "duplicate", "rows": 3},
    {"kind": "reorder"},
    {"kind": "drift", "rows": 2, "method": INCREMENT},
    {"kind": "late", "rows": 4, "seconds": 0.5, "count": 3},
    {"kind": "throttle", "seconds": 0.2, "count": 1},
    {"kind": "http_5xx", "probability": 0.2},
    {"kind": "http_5xx", "probability": 0.2, "after": True, "status": 502},
    {"kind": "timeout_after_success", "seconds": 0.6, "count": 1},
    {"kind": "slow", "seconds": 0.2, "probability": 0.1},
    {"kind": "reset", "probability": 0.15},
    {"kind": "garbage", "probability": 0.15},
    {"kind": "expired_session", "count": 2},
    {"kind": "error", "probability": 0.15},
    {
        "kind": "error",
        "count": 1,
        "code": 15,
        "sub_code": "isv.trade-not-exist",
        "sub_msg": "交易不存在",
        "method": FULL,
    },
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
def test_whatever_goes_wrong_the_same_trades_are_here(
    sandbox: ControlClient, shop: Shop, fault: dict[str, Any]
) -> None:
    generate(sandbox, 55)
    sandbox.add_fault(seed=3, **fault)
    for _ in range(2):
        make_due(shop)
        download_due()
    assert [rule["fired"] for rule in sandbox.stats()["faults"]] != [0]
    sandbox.clear_faults()
    time.sleep(fault.get("seconds", 0))
    deadline = timezone.now() + dt.timedelta(seconds=8)
    while timezone.now() < deadline:
        make_due(shop, second_look=True)
        assert download_due() == 1
        if not position_of(shop).second_due_at and not position_of(shop).last_error and not unsettled(sandbox, shop):
            break
    both_sides_agree(sandbox, shop)
    assert not MissedTrade.objects.exists()
    assert Trade.objects.filter(shop=shop).count() == 55


def unsettled(sandbox: ControlClient, shop: Shop) -> bool:
    """Whether a trade was changed within the last seconds, which a download leaves to the next one."""
    newest = max(row["modified"] for row in sandbox.record(SELLER)["trades"])
    return (
        Trade.objects.filter(shop=shop).count() < 55
        or china(timezone.now() - download.SETTLE - dt.timedelta(seconds=1)) < newest
    )


def test_a_trade_that_cannot_be_fetched_is_kept_in_view_and_stops_nobody(sandbox: ControlClient, shop: Shop) -> None:
    generate(sandbox, 20)
    sandbox.add_fault("error", count=1, method=FULL, sub_code="isv.trade-not-exist", sub_msg="交易不存在")
    result = download_now(shop)
    assert (result.new, result.missed) == (19, 1)
    missed = MissedTrade.objects.get()
    assert (missed.reason_code, missed.attempts) == ("isv.trade-not-exist", 1)
    assert "交易不存在" in missed.reason
    assert missed.next_due_at > timezone.now()
    assert position_of(shop).last_error == ""
    make_due(shop)
    download_due()
    both_sides_agree(sandbox, shop)
    assert not MissedTrade.objects.exists()


def test_a_missed_trade_waits_for_its_turn_unless_a_person_asks(sandbox: ControlClient, shop: Shop) -> None:
    sandbox.add_trades(SELLER, {"lines": [{"outer_iid": "A01"}]}, {"lines": [{"outer_iid": "A02"}]})
    sandbox.add_fault("error", count=1, method=FULL, sub_code="isv.trade-not-exist", sub_msg="交易不存在")
    assert download_now(shop).missed == 1
    asked = sandbox.stats()["calls"][FULL]
    assert download_now(shop).new == 0
    assert sum(sandbox.stats()["calls"][FULL].values()) - sum(asked.values()) <= 1, "the missed one was asked for again"
    assert MissedTrade.objects.get().attempts == 1
    assert download_trades_up_to_now(shop).new == 1
    assert not MissedTrade.objects.exists()


def test_an_expired_session_is_said_and_healed_by_a_new_one(sandbox: ControlClient, shop: Shop) -> None:
    generate(sandbox, 5)
    sandbox.add_fault("expired_session")
    with pytest.raises(UnableTo):
        download_now(shop)
    shop.refresh_from_db()
    position = position_of(shop)
    assert shop.authorisation == "expired"
    assert shop.authorisation_note == position.last_error != ""
    assert (position.failures, position.position, position.lease_until) == (1, None, None)
    assert position.next_due_at > timezone.now()
    sandbox.clear_faults()
    download_now(shop)
    shop.refresh_from_db()
    assert (shop.authorisation, shop.authorisation_note) == ("valid", "")
    assert (position_of(shop).failures, position_of(shop).last_error) == (0, "")


def test_a_long_ban_is_waited_for(sandbox: ControlClient, shop: Shop) -> None:
    sandbox.add_fault("throttle", count=1, seconds=600)
    with pytest.raises(UnableTo):
        download_now(shop)
    assert position_of(shop).next_due_at > timezone.now() + dt.timedelta(seconds=590)
    assert download_due() == 0


def test_wrong_keys_are_refused_and_said(sandbox: ControlClient, shop: Shop) -> None:
    Shop.objects.filter(id=shop.id).update(app_key="99999999")
    with pytest.raises(UnableTo):
        download_now(Shop.objects.get(id=shop.id))
    shop.refresh_from_db()
    assert shop.authorisation == "refused"


def test_one_trade_by_its_number(sandbox: ControlClient, shop: Shop) -> None:
    wanted, _other = generate(sandbox, 2)
    assert download_trade(shop, wanted).new == 1
    assert list(Trade.objects.values_list("trade_no", flat=True)) == [wanted]
    with pytest.raises(UnableTo, match="交易不存在"):
        download_trade(shop, "4200000000000000001")
    assert position_of(shop).position is None


def test_by_the_time_they_were_placed(sandbox: ControlClient, shop: Shop) -> None:
    generate(sandbox, 70)
    span = Window(timezone.now() - dt.timedelta(days=2), timezone.now(), "placed")
    assert download_window(shop, span).new == 70
    both_sides_agree(sandbox, shop)
