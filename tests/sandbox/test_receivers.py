"""Which trades may be packed together although nobody can read who receives them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.sandbox.control_client import ControlClient

from .caller import Caller, Refused
from .conftest import SHOP

MERGE = "taobao.top.oaid.merge"
HOME = {
    "name": "张三",
    "mobile": "13800000000",
    "state": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "town": "",
    "zip": "",
    "address": "文三路 1 号",
}


def place(sandbox: ControlClient, **receiver: str) -> dict[str, Any]:
    """A trade as the call names it: its number and the id of its receiver."""
    tid = sandbox.add_trades(SHOP, {"lines": [{"outer_iid": "A01"}], "receiver": HOME | receiver})[0]
    return {"tid": tid, "oaid": sandbox.trade(SHOP, tid)["oaid"]}


def ask(caller: Caller, *pairs: dict[str, Any]) -> list[list[str]]:
    answer = caller.call(MERGE, merge_list=json.dumps(pairs))
    return [group.split(",") for group in answer["tid_list"]["string"]]


def test_trades_to_one_receiver_come_together(sandbox: ControlClient, caller: Caller) -> None:
    one, other, two = place(sandbox), place(sandbox, address="别处"), place(sandbox)
    assert ask(caller, one, other, two) == [[one["tid"], two["tid"]], [other["tid"]]]


def test_an_id_that_does_not_fit_its_trade_is_left_out(sandbox: ControlClient, caller: Caller) -> None:
    one, two = place(sandbox), place(sandbox)
    sandbox.change(SHOP, two["tid"], receiver={"receiver_address": "搬家了"})
    assert ask(caller, one, two, {"tid": "1", "oaid": "x"}) == [[one["tid"]]]


@pytest.mark.parametrize("given", ["", "no list", "{}", "[1]", json.dumps([{"tid": 1, "oaid": "x"}] * 101)])
def test_lists_that_are_none_or_too_long_are_refused(caller: Caller, given: str) -> None:
    with pytest.raises(Refused):
        caller.call(MERGE, merge_list=given or None)
