"""What happens to trades later, and to the sandbox itself."""

import ast
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import control, faults, methods
from integrations.sandbox.control_client import ControlClient, ControlRefused
from integrations.sandbox.process import SandboxProcess
from integrations.sandbox.world import nonsense
from integrations.sandbox.world.generate import Mix

from .caller import Caller, china_time
from .conftest import APP_KEY, SECRET, SESSION, SHOP, set_up
from .test_generated import check_money

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "integrations" / "sandbox"


def add(sandbox: ControlClient, *codes: str, **more: object) -> str:
    spec = {"lines": [{"outer_iid": code} for code in codes or ("A01",)], "created": china_time(hours=-3), **more}
    return sandbox.add_trades(SHOP, spec)[0]


def changed_since(caller: Caller, moment: str) -> dict[str, str]:
    listed = caller.trades(fields="tid,status", start_modified=moment, end_modified=china_time(minutes=1))
    return {str(trade["tid"]): trade["status"] for trade in listed}


def test_paying_closing_and_refunding_move_modified_on(sandbox: ControlClient, caller: Caller) -> None:
    paid, closed, refunded, quiet = (add(sandbox, status="WAIT_BUYER_PAY") for _ in range(4))
    started = china_time(minutes=-1)
    sandbox.pay(SHOP, paid)
    sandbox.close(SHOP, closed)
    sandbox.pay(SHOP, refunded)
    sandbox.refund(SHOP, refunded, status="SUCCESS")
    assert changed_since(caller, started) == {
        paid: "WAIT_SELLER_SEND_GOODS",
        closed: "TRADE_CLOSED_BY_TAOBAO",
        refunded: "TRADE_CLOSED",
    }
    assert sandbox.trade(SHOP, quiet)["status"] == "WAIT_BUYER_PAY"
    with pytest.raises(ControlRefused, match="not waiting for payment"):
        sandbox.pay(SHOP, paid)


def test_a_refund_lives_through_its_states(sandbox: ControlClient, caller: Caller) -> None:
    tid = add(sandbox, "A01", "A02")
    oid = sandbox.trade(SHOP, tid)["orders"]["order"][0]["oid"]
    opened = sandbox.refund(SHOP, tid, oid, reason="拍错了", refund_fee="1.00")
    ((number, refunded_oid),) = [(item["refund_id"], item["oid"]) for item in opened["refunds"]]
    assert refunded_oid == str(oid)
    again = sandbox.refund(SHOP, tid, oid, status="CLOSED")
    assert [item["refund_id"] for item in again["refunds"]] == [number]
    assert again["modified"] > opened["modified"]
    first, second = sandbox.trade(SHOP, tid)["orders"]["order"]
    assert (first["refund_status"], second["refund_status"]) == ("CLOSED", "NO_REFUND")
    refund = caller.call("taobao.refund.get", refund_id=number, fields="status,tid,oid,reason,created,modified")[
        "refund"
    ]
    assert (refund["status"], refund["oid"]) == ("CLOSED", oid)
    assert refund["created"] < refund["modified"]


def test_a_changed_address_gets_a_new_oaid(sandbox: ControlClient) -> None:
    tid = add(sandbox)
    before = sandbox.trade(SHOP, tid)
    sandbox.change(SHOP, tid, receiver={"receiver_address": "新华路1号", "receiver_district": "余杭区"}, seller_flag=2)
    after = sandbox.trade(SHOP, tid)
    assert (after["receiver_address"], after["receiver_district"]) == ("新华路1号", "余杭区")
    assert after["receiver_name"] == before["receiver_name"]
    assert after["oaid"] != before["oaid"]
    assert after["orders"]["order"][0]["modify_address"] == 1
    assert after["modified"] > before["modified"]


def test_a_changed_price_adds_up_again(sandbox: ControlClient) -> None:
    tid = add(sandbox, "A01", "A02", trade_discount="5", post_fee="8", status="WAIT_BUYER_PAY")
    before = sandbox.trade(SHOP, tid)
    oid = before["orders"]["order"][0]["oid"]
    sandbox.change(SHOP, tid, prices={oid: {"adjust_fee": "-3.33"}}, post_fee="0")
    after = sandbox.trade(SHOP, tid)
    check_money(after)
    assert float(after["payment"]) == pytest.approx(float(before["payment"]) - 3.33 - 8)


def test_two_changes_in_a_second_have_different_times(sandbox: ControlClient) -> None:
    tid = add(sandbox)
    assert len({sandbox.change(SHOP, tid, seller_memo=str(number))["modified"] for number in range(3)}) == 3


def test_explicit_trades_are_as_told(sandbox: ControlClient) -> None:
    lines = [
        {"outer_sku_id": "A03-L", "num": 3, "price": "10.00", "discount": "1.50"},
        {"item": {"num_iid": 9, "title": "赠品", "price": "0"}, "adjust": "0"},
    ]
    (tid,) = sandbox.add_trades(
        SHOP,
        {
            "lines": lines,
            "post_fee": "6",
            "trade_discount": "8.50",
            "receiver": {"name": "张三", "state": "河南省", "city": "", "district": "济源市"},
            "seller_memo": "加急",
            "seller_flag": 1,
            "fields": {"top_hold": 1, "oaid": None},
        },
    )
    trade = sandbox.trade(SHOP, tid)
    check_money(trade)
    assert trade["payment"] == "26.00"
    assert (trade["receiver_name"], trade["receiver_district"], trade["top_hold"]) == ("张三", "济源市", 1)
    assert not {"oaid", "receiver_city"} & set(trade)
    assert "sku_id" not in trade["orders"]["order"][1]


def test_raw_documents_are_stored_as_they_are(sandbox: ControlClient, caller: Caller) -> None:
    raw: dict[str, Any] = {"tid": 2231958349921234, "payment": "12,00", "orders": None}
    sandbox.add_trades(SHOP, {"raw": raw})
    assert sandbox.trade(SHOP, raw["tid"]) == raw
    assert [trade["tid"] for trade in caller.trades()] == [raw["tid"]]


def test_wrong_use_is_explained(sandbox: ControlClient) -> None:
    wrong: list[tuple[str, str, dict[str, Any], str]] = [
        ("POST", "nothing", {}, "POST generate"),
        ("POST", "generate", {"shop": "nobody", "count": 1}, "there is no shop nobody"),
        ("POST", "trades", {"shop": SHOP, "trades": [{"lines": [{"outer_iid": "Z"}]}]}, "no item with outer_iid Z"),
        ("POST", "trades", {"shop": SHOP, "trades": [{"line": []}]}, "does not know line"),
        ("POST", "shops", {"nick": "x", "session": SESSION, "app_key": APP_KEY}, "belongs to"),
        ("POST", "apps", {"app_key": "x"}, "secret is missing"),
        ("POST", "close", {"shop": SHOP, "tid": 1}, "has no trade 1"),
    ]
    for verb, name, body, hint in wrong:
        with pytest.raises(ControlRefused, match=hint):
            sandbox.call(verb, name, body)


def test_a_refused_call_changes_nothing(sandbox: ControlClient) -> None:
    good, bad = {"lines": [{"outer_iid": "A01"}]}, {"lines": [{"outer_iid": "Z"}]}
    with pytest.raises(ControlRefused):
        sandbox.add_trades(SHOP, good, bad)
    assert sandbox.record(SHOP)["count"] == 0


def test_a_killed_sandbox_goes_on_with_its_state(tmp_path: Path) -> None:
    process = SandboxProcess(tmp_path, seed=3)
    set_up(process.control)
    made = process.control.generate(SHOP, 20)
    caller = Caller(process.gateway, APP_KEY, SECRET, SESSION)
    tid = process.control.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}]})[0]
    caller.call("taobao.logistics.offline.send", tid=tid, out_sid="YT1234567890123", company_code="YTO")
    process.control.add_fault("slow", count=5, probability=0.5, seconds=0)
    before = process.control.record(SHOP), process.control.stats()
    process.kill()
    caller.client.close()
    with SandboxProcess(tmp_path, port=process.port, seed=3) as again:
        assert again.url == process.url
        assert (again.control.record(SHOP), again.control.stats()) == before
        assert not set(again.control.generate(SHOP, 20)) & {*made, tid}


def test_it_is_healthy_and_stops_when_asked(tmp_path: Path) -> None:
    import httpx

    process = SandboxProcess(tmp_path)
    assert httpx.get(f"{process.url}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{process.url}/elsewhere").status_code == 404
    assert process.stop() == 0
    with pytest.raises(OSError, match="refused"):
        process.control.stats()


def test_two_sandboxes_with_one_seed_are_alike(tmp_path: Path) -> None:
    worlds = []
    for name in ("one", "two"):
        with SandboxProcess(tmp_path / name, seed=99) as process:
            set_up(process.control)
            process.control.generate(SHOP, 30, start="2026-11-01 00:00:00", end="2026-11-02 00:00:00")
            worlds.append(process.control.record(SHOP))
    assert worlds[0] == worlds[1]
    assert worlds[0]["count"] == 30


def test_it_shares_no_code_with_anything_of_ours() -> None:
    """A mistake in the connector must not be able to agree with itself here."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                inside = name == "integrations.sandbox" or name.startswith("integrations.sandbox.")
                assert inside or name.partition(".")[0] in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_the_documentation_knows_every_name() -> None:
    text = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([^`\n]+)`", text))
    routes = {f"{verb} /_control/{name}" for verb, name in control.ROUTES}
    options = {name for kind in faults.KINDS.values() for name in kind}
    mix = {item.name for item in fields(Mix)}
    known = {
        *methods.METHODS,
        *faults.KINDS,
        *nonsense.KINDS,
        *options,
        *mix,
        *routes,
        *control.SHOP_OPTIONS,
        *control.APP_OPTIONS,
    }
    assert known - told == set()


def test_one_buyer_orders_twice(sandbox: ControlClient) -> None:
    who = {
        "buyer_nick": "tb100",
        "buyer_open_uid": "AAH1",
        "receiver": {"name": "张三", "mobile": "13800005678", "phone": "", "state": "浙江省", "city": "杭州市"}
        | {"district": "西湖区", "town": "", "zip": "310000", "address": "文三路1号"},
    }
    line = {"item": {"num_iid": 1, "title": "毛巾", "price": "9.90"}}
    first, second = (
        sandbox.trade(SHOP, tid) for tid in sandbox.add_trades(SHOP, *({"lines": [line]} | who for _ in "12"))
    )
    for name in ("buyer_open_uid", "oaid", "receiver_name", "receiver_mobile", "receiver_address", "buyer_nick"):
        assert first[name] == second[name], name
    assert first["buyer_open_uid"] == "AAH1"
