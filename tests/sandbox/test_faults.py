"""Each misbehaviour, seen from outside."""

import time
from typing import Any

import httpx
import pytest

from integrations.sandbox.control_client import ControlClient, ControlRefused

from .caller import Caller, Refused, china_time
from .conftest import SHOP

INCREMENT = "taobao.trades.sold.increment.get"
SOLD = "taobao.trades.sold.get"
SEND = "taobao.logistics.offline.send"


@pytest.fixture
def trades(sandbox: ControlClient) -> list[str]:
    return sandbox.generate(SHOP, 60, start=china_time(hours=-20), end=china_time(hours=-1), seed=5)


def numbers(page: list[dict[str, Any]]) -> list[str]:
    return [str(trade["tid"]) for trade in page]


def test_duplicates_repeat_rows_and_lose_none(sandbox: ControlClient, caller: Caller, trades: list[str]) -> None:
    clean = numbers(caller.trades(page_size=30, page_no=2))
    sandbox.add_fault("duplicate", count=1, rows=2)
    page = numbers(caller.trades(page_size=30, page_no=2))
    assert set(page) >= set(clean)
    assert len(page) == 30 + 2 + 1  # two rows again, and the last row of the page before
    assert len(set(page)) == 31
    assert numbers(caller.trades(page_size=30, page_no=2)) == clean


def test_late_trades_show_up_after_a_delay_with_the_time_they_had(
    sandbox: ControlClient, caller: Caller, trades: list[str]
) -> None:
    clean = {str(trade["tid"]): trade["modified"] for trade in caller.trades()}
    sandbox.add_fault("late", count=1, rows=3, seconds=1)
    early = numbers(caller.trades())
    assert len(early) == 57
    assert (
        caller.call(INCREMENT, fields="tid", start_modified=china_time(hours=-23), end_modified=china_time())[
            "total_results"
        ]
        == 57
    )
    (late, *_) = set(clean) - set(early)
    assert caller.call("taobao.trade.fullinfo.get", fields="tid", tid=late)["trade"] == {"tid": int(late)}
    time.sleep(1.1)
    assert {str(trade["tid"]): trade["modified"] for trade in caller.trades()} == clean


def test_late_strikes_a_trade_only_once(sandbox: ControlClient, caller: Caller, trades: list[str]) -> None:
    sandbox.add_fault("late", rows=40, seconds=0.2)
    assert len(caller.trades()) == 20
    time.sleep(0.3)
    assert len(caller.trades()) == 40
    time.sleep(0.3)
    assert len(caller.trades()) == 60


def test_reordered_pages_hold_the_same_rows(sandbox: ControlClient, caller: Caller, trades: list[str]) -> None:
    clean = numbers(caller.trades())
    sandbox.add_fault("reorder", count=1)
    shuffled = numbers(caller.trades())
    assert shuffled != clean
    assert sorted(shuffled) == sorted(clean)


def read_pages(caller: Caller, pages: list[int], bounds: dict[str, str]) -> set[str]:
    return {number for page in pages for number in numbers(caller.trades(page_size=10, page_no=page, **bounds))}


def test_drift_loses_rows_forwards_but_not_backwards(sandbox: ControlClient, caller: Caller) -> None:
    """The reason for paging from the last page: rows that change leave the window and the others move up."""
    bounds = {"start_modified": china_time(hours=-20), "end_modified": china_time(minutes=-30)}
    lost = {}
    for name, pages in {"forwards": [1, 2, 3, 4, 5, 6], "backwards": [6, 5, 4, 3, 2, 1]}.items():
        sandbox.reset(keep_setup=True)
        made = sandbox.generate(SHOP, 60, start=china_time(hours=-18), end=china_time(hours=-1), seed=5)
        sandbox.add_fault("drift", rows=2, method=INCREMENT)
        seen = read_pages(caller, pages, bounds)
        sandbox.clear_faults()
        moved = numbers(caller.trades(start_modified=china_time(minutes=-5), end_modified=china_time(minutes=1)))
        assert moved
        lost[name] = set(made) - seen - set(moved)
    assert lost["forwards"]
    assert lost["backwards"] == set()


def test_throttling_bans_for_the_seconds_it_names(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_fault("throttle", count=1, seconds=1)
    for _ in range(2):  # the ban holds, although the fault struck once
        with pytest.raises(Refused) as refused:
            caller.call(SOLD, fields="tid")
        assert (refused.value.code, refused.value.sub_code) == (7, "accesscontrol.limited-by-api-access-count")
        assert refused.value.sub_msg == "This ban will last for 1 more seconds"
    time.sleep(1.05)
    assert caller.call(SOLD, fields="tid")["total_results"] == 0


@pytest.mark.parametrize(("options", "accepted"), [({}, 0), ({"after": True}, 1)])
def test_server_errors_before_or_after_the_work(
    sandbox: ControlClient, caller: Caller, options: dict[str, Any], accepted: int
) -> None:
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}]})
    sandbox.add_fault("http_5xx", count=1, method=SEND, status=502, **options)
    response = caller.post(caller.parameters(SEND, tid=tid, out_sid="YT1234567890123", company_code="YTO"))
    assert response.status_code == 502
    assert sandbox.record(SHOP)["accepted"] == accepted


def test_time_out_after_success_does_the_work_and_never_answers(sandbox: ControlClient, caller: Caller) -> None:
    (tid,) = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}]})
    sandbox.add_fault("timeout_after_success", count=2, method=SEND, seconds=0.6)
    business = {"tid": tid, "out_sid": "YT1234567890123", "company_code": "YTO"}
    with pytest.raises(httpx.ReadTimeout):
        caller.client.post(caller.gateway, data=signed(caller, business), timeout=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.client.post(caller.gateway, data=signed(caller, business), timeout=5)
    record = sandbox.record(SHOP)
    assert (record["accepted"], record["rejected"]) == (1, 1)
    with pytest.raises(Refused, match="B04"):
        caller.call(SEND, **business)


def signed(caller: Caller, business: dict[str, str]) -> dict[str, str]:
    from .caller import sign

    parameters = caller.parameters(SEND, **business)
    return parameters | {"sign": sign(parameters, caller.secret)}


def test_reset_closes_the_connection(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_fault("reset", count=1)
    with pytest.raises(httpx.ReadError):
        caller.call(SOLD, fields="tid")
    assert caller.call(SOLD, fields="tid")["total_results"] == 0


def test_garbage_is_no_json(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_fault("garbage", count=1)
    response = caller.post(caller.parameters(SOLD, fields="tid"))
    assert response.status_code == 200
    with pytest.raises(ValueError):  # noqa: PT011 - the bytes are neither JSON nor UTF-8
        response.json()


def test_slow_answers_come_late(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_fault("slow", count=1, seconds=0.5)
    started = time.monotonic()
    assert caller.call(SOLD, fields="tid")["total_results"] == 0
    assert time.monotonic() - started >= 0.5


def test_an_expired_session_is_refused_once(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_fault("expired_session", count=1)
    with pytest.raises(Refused) as refused:
        caller.call(SOLD, fields="tid")
    assert (refused.value.code, refused.value.sub_code) == (27, "isv.invalid-session")
    assert caller.call(SOLD, fields="tid")["total_results"] == 0


def test_any_error_can_be_answered(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_fault("error", count=1, code=8, sub_code="accesscontrol.any", sub_msg="later")
    with pytest.raises(Refused) as refused:
        caller.call(SOLD, fields="tid")
    assert refused.value.answer["msg"] == "App Call Exceeds Frequency"
    assert (refused.value.code, refused.value.sub_code, refused.value.sub_msg) == (8, "accesscontrol.any", "later")


def outcomes(sandbox: ControlClient, caller: Caller, seed: int) -> list[int]:
    sandbox.clear_faults()
    sandbox.add_fault("http_5xx", probability=0.4, seed=seed)
    return [caller.post(caller.parameters(SOLD, fields="tid")).status_code for _ in range(40)]


def test_probability_is_drawn_from_the_seed(sandbox: ControlClient, caller: Caller) -> None:
    first = outcomes(sandbox, caller, 1)
    assert 5 < first.count(503) < 30
    assert outcomes(sandbox, caller, 1) == first
    assert outcomes(sandbox, caller, 2) != first


def test_faults_strike_only_their_shop_and_method(sandbox: ControlClient, caller: Caller) -> None:
    sandbox.add_fault("error", method=SEND)
    sandbox.add_fault("error", shop="另一家店")
    assert caller.call(SOLD, fields="tid")["total_results"] == 0
    with pytest.raises(Refused):
        caller.call(SEND, tid=1, out_sid="1", company_code="SF")
    assert [fault["fired"] for fault in sandbox.stats()["faults"]] == [1, 0]


@pytest.mark.parametrize(
    "rule", [{"kind": "earthquake"}, {"kind": "slow", "row": 1}, {"kind": "slow", "probability": 2}, {}]
)
def test_bad_rules_are_refused(sandbox: ControlClient, rule: dict[str, Any]) -> None:
    with pytest.raises(ControlRefused, match="400"):
        sandbox.call("POST", "faults", rule)
