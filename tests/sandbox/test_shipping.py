"""Reporting shipments, and the sandbox's own record of them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.sandbox.control_client import ControlClient

from .caller import Caller, Refused, china_time
from .conftest import SHOP, NewCaller

SEND = "taobao.logistics.offline.send"
RESEND = "taobao.logistics.consign.resend"
GROUP = "isv.logistics-offline-service-error:"
NUMBER = "YT1234567890123"


def send(caller: Caller, tid: str, out_sid: str = NUMBER, company_code: str = "YTO", **more: Any) -> str:
    """`ok`, or what stands behind the colon of the refusal's sub_code."""
    try:
        answer = caller.call(SEND, tid=tid, out_sid=out_sid, company_code=company_code, **more)
    except Refused as refused:
        return refused.sub_code.removeprefix(GROUP)
    assert answer["shipping"] == {"is_success": True}
    return "ok"


def add(sandbox: ControlClient, *lines: dict[str, Any], **more: Any) -> str:
    return sandbox.add_trades(SHOP, {"lines": list(lines) or [{"outer_iid": "A01"}], **more})[0]


def test_a_shipment_changes_the_trade(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox, {"outer_iid": "A01"}, {"outer_iid": "A02"})
    before = sandbox.trade(SHOP, tid)["modified"]
    assert send(caller, tid) == "ok"
    trade = sandbox.trade(SHOP, tid)
    assert trade["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    assert trade["consign_time"] == trade["modified"] > before
    for order in trade["orders"]["order"]:
        assert (order["status"], order["invoice_no"]) == ("WAIT_BUYER_CONFIRM_GOODS", NUMBER)
        assert order["logistics_company"] == "圆通速递"
    assert [t["tid"] for t in caller.trades(start_modified=trade["modified"])] == [int(tid)]


def test_a_second_report_says_already_shipped_and_is_recorded(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox)
    assert [send(caller, tid), send(caller, tid), send(caller, tid, "YT9999999999999")] == ["ok", "B04", "B04"]
    record = sandbox.record(SHOP)
    assert (record["accepted"], record["rejected"]) == (1, 2)
    assert (record["trades"][0]["accepted"], record["trades"][0]["rejected"]) == (1, 2)
    assert [(s["tid"], s["out_sid"], s["accepted"], s["sub_code"]) for s in record["sends"]] == [
        (tid, NUMBER, True, ""),
        (tid, NUMBER, False, GROUP + "B04"),
        (tid, "YT9999999999999", False, GROUP + "B04"),
    ]
    assert sandbox.trade(SHOP, tid)["orders"]["order"][0]["invoice_no"] == NUMBER


def test_of_many_reports_at_once_one_is_accepted(sandbox: ControlClient, new_caller: NewCaller) -> None:
    tid = add(sandbox)
    callers = [new_caller() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda caller: send(caller, tid), callers))
    assert sorted(outcomes) == ["B04"] * 7 + ["ok"]


@pytest.mark.parametrize(
    ("company", "number", "outcome"),
    [
        ("SF", "SF1234567890123", "ok"),
        ("SF", "YT1234567890123", "B60"),
        ("YTO", "YT123", "B60"),
        ("YTO", "YT12345678901２3", "B60"),
        ("ZTO", "78123456789012", "ok"),
        ("STO", "773012345678901", "ok"),
        ("YUNDA", "4312345678901", "ok"),
        ("EMS", "EA123456789CN", "ok"),
        ("JD", "JDVA12345678901", "ok"),
        ("PIGEON", "1", "B57"),
    ],
)
def test_numbers_must_fit_their_carrier(
    sandbox: ControlClient, caller: Caller, company: str, number: str, outcome: str
) -> None:
    assert send(caller, add(sandbox), number, company) == outcome


def test_the_shop_can_have_other_number_patterns(sandbox: ControlClient, caller: Caller) -> None:
    options = {"waybill_patterns": {"SF": r"^DEMO\d{4}$"}}
    sandbox.add_shop(SHOP, session=caller.common["session"], app_key=caller.common["app_key"], options=options)
    assert send(caller, add(sandbox), "DEMO0001", "SF") == "ok"


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ({"status": "WAIT_BUYER_PAY"}, "B02"),
        ({"status": "TRADE_CLOSED"}, "B02"),
        ({"status": "TRADE_CLOSED_BY_TAOBAO"}, "B02"),
        ({"status": "PAID_FORBID_CONSIGN"}, "B02"),
        ({"status": "TRADE_FINISHED"}, "B04"),
        ({"lines": [{"outer_iid": "A01", "refund_status": "WAIT_SELLER_AGREE"}]}, "B27"),
        ({"lines": [{"outer_iid": "A01", "refund_status": "CLOSED"}]}, "ok"),
        ({"type": "cod"}, "ok"),
    ],
)
def test_the_state_decides(sandbox: ControlClient, caller: Caller, state: dict[str, Any], outcome: str) -> None:
    lines = state.get("lines", [{"outer_iid": "A01"}])
    assert send(caller, add(sandbox, *lines, **{k: v for k, v in state.items() if k != "lines"})) == outcome


def test_one_refunding_line_stops_the_whole_but_not_the_others(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox, {"outer_iid": "A01"}, {"outer_iid": "A02", "refund_status": "WAIT_SELLER_AGREE"})
    good, refunding = (order["oid"] for order in sandbox.trade(SHOP, tid)["orders"]["order"])
    assert send(caller, tid) == "B27"
    assert send(caller, tid, sub_tid=refunding, is_split=1) == "B27"
    assert send(caller, tid, sub_tid=good, is_split=1) == "ok"


def test_refunded_lines_are_left_behind(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox, {"outer_iid": "A01"}, {"outer_iid": "A02", "refund_status": "SUCCESS"})
    assert send(caller, tid) == "ok"
    trade = sandbox.trade(SHOP, tid)
    assert trade["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    assert [order["status"] for order in trade["orders"]["order"]] == ["WAIT_BUYER_CONFIRM_GOODS", "TRADE_CLOSED"]


def test_split_parcels(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox, {"outer_iid": "A01"}, {"outer_iid": "A02"}, {"outer_iid": "A03"})
    a, b, c = (order["oid"] for order in sandbox.trade(SHOP, tid)["orders"]["order"])
    assert send(caller, tid, sub_tid=a) == "CD25"
    assert send(caller, tid, is_split=1) == "CD26"
    assert send(caller, tid, sub_tid="1", is_split=1) == "CD24"
    assert send(caller, tid, "YT0000000000001", sub_tid=f"{a},{b}", is_split=1) == "ok"
    assert sandbox.trade(SHOP, tid)["status"] == "SELLER_CONSIGNED_PART"
    assert send(caller, tid, sub_tid=a, is_split=1) == "B04"
    assert send(caller, tid, "YT0000000000002", sub_tid=c, is_split=1) == "ok"
    trade = sandbox.trade(SHOP, tid)
    assert trade["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    assert [order["invoice_no"][-1] for order in trade["orders"]["order"]] == ["1", "1", "2"]


def test_unknown_trades_and_missing_parameters(sandbox: ControlClient, caller: Caller) -> None:
    assert send(caller, "123") == "B01"
    tid = add(sandbox)
    for name in ("tid", "out_sid", "company_code"):
        with pytest.raises(Refused) as refused:
            caller.call(SEND, **{"tid": tid, "out_sid": NUMBER, "company_code": "YTO", name: None})
        assert refused.value.code == 40
    assert send(caller, "abc") == "isv.invalid-parameter"
    assert sandbox.record(SHOP)["accepted"] == 0


def test_a_shipped_number_can_be_corrected(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox)
    new = {"tid": tid, "out_sid": "SF0000000000001", "company_code": "SF"}
    with pytest.raises(Refused, match="CD19"):
        caller.call(RESEND, **new)
    send(caller, tid)
    caller.call(RESEND, **new)
    (order,) = sandbox.trade(SHOP, tid)["orders"]["order"]
    assert (order["invoice_no"], order["logistics_company"]) == ("SF0000000000001", "顺丰速运")
    with pytest.raises(Refused, match="P07"):
        caller.call(RESEND, **new)


def test_closed_trades_can_answer_as_the_real_gateway_does(sandbox: ControlClient, caller: Caller) -> None:
    """There "already shipped" and "closed" share one sub_code, so only the trade itself tells which it was."""
    options = {"closed_answers_b04": True}
    sandbox.add_shop(SHOP, session=caller.common["session"], app_key=caller.common["app_key"], options=options)
    assert send(caller, add(sandbox, status="TRADE_CLOSED")) == "B04"


def test_companies(caller: Caller) -> None:
    answer = caller.call("taobao.logistics.companies.get", fields="code,name,reg_mail_no", session=None)
    companies = answer["logistics_companies"]["logistics_company"]
    assert {"SF", "YTO", "ZTO", "STO", "YUNDA", "EMS", "JD"} <= {company["code"] for company in companies}
    assert all(set(company) == {"code", "name", "reg_mail_no"} for company in companies)


def test_memo_and_flag(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox, seller_memo="旧备注", created=china_time(hours=-2))
    before = sandbox.trade(SHOP, tid)["modified"]
    answer = caller.call("taobao.trade.memo.update", tid=tid, memo="新备注", flag=4)["trade"]
    trade = sandbox.trade(SHOP, tid)
    assert (trade["seller_memo"], trade["seller_flag"]) == ("新备注", 4)
    assert answer == {"tid": int(tid), "modified": trade["modified"]}
    assert trade["modified"] > before
    caller.call("taobao.trade.memo.update", tid=tid, reset="true")
    assert sandbox.trade(SHOP, tid)["seller_memo"] == ""
    for bad in ({"memo": "长" * 334}, {"memo": "a", "flag": 6}):
        with pytest.raises(Refused) as refused:
            caller.call("taobao.trade.memo.update", tid=tid, **bad)
        assert refused.value.code == 41
