"""Memo and flag told to the sandbox over real HTTP, whatever went wrong on the way, and what comes back from there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from integrations.download import download_window
from integrations.platforms.base import Window
from integrations.sandbox.control_client import ControlClient
from oms.accounts.models import Staff
from oms.catalog.models import Shop
from oms.core import outbox
from oms.core.history import history_of
from oms.core.models import OutboxMessage
from orders import audit, memos
from orders.models import MemoUpload, MergeRule, Order
from orders.pipeline import process_due
from tests.factories import Company, make_company, make_sku, make_staff, put_stock
from tests.holding import assert_invariants_hold
from tests.integrations.make import SELLER, connect_access

WRITE = "taobao.trade.memo.update"
RECEIVER = {"state": "浙江省", "city": "杭州市", "district": "西湖区"}


@pytest.fixture
def company(sandbox: ControlClient, transactional_db: None) -> Company:
    company = make_company(skus=1)
    connect_access(company.shop, sandbox)
    put_stock(company.warehouse, {make_sku("A01-L"): 100})
    return company


@pytest.fixture
def clerk(company: Company) -> Staff:
    return make_staff(role="customer_service")


def fetch(company: Company) -> None:
    now = timezone.now()
    download_window(company.shop, Window(now - dt.timedelta(hours=1), now + dt.timedelta(seconds=5)))
    process_due()


def take(company: Company, sandbox: ControlClient, **values: Any) -> Order:
    trade = {"lines": [{"outer_iid": "A01"}], "receiver": RECEIVER, "buyer_message": "周五前到", **values}
    (tid,) = sandbox.add_trades(SELLER, trade)
    fetch(company)
    return Order.objects.get(trade_no=tid, origin="own")


def write(order: Order, clerk: Staff, memo: str = "加送小样", flag: int = 3) -> None:
    seen = memos.mark_of(*Order.objects.values_list("seller_memo", "flag").get(pk=order.pk))
    assert memos.set_memo(order.pk, memo=memo, flag=flag, actor_id=clerk.pk, seen=seen).done
    process_due()


def deliver() -> outbox.Delivered:
    OutboxMessage.objects.filter(topic=memos.TOPIC, state="due").update(due_at=timezone.now())
    return outbox.deliver_due(memos.TOPIC)


def there(sandbox: ControlClient, trade_no: str) -> tuple[str, int]:
    trade = sandbox.trade(SELLER, trade_no)
    return trade.get("seller_memo") or "", trade["seller_flag"]


def test_is_told_once_and_its_echo_is_no_change(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    order = take(company, sandbox)
    write(order, clerk)
    assert deliver().done == 1
    assert deliver().total == 0
    assert there(sandbox, order.trade_no) == ("加送小样", 3)
    assert MemoUpload.objects.get().state == "accepted"
    audit.audit([order.pk], actor_id=clerk.pk)
    before = Order.objects.get(pk=order.pk)
    fetch(company)
    after = Order.objects.get(pk=order.pk)
    assert (after.state, after.attention, after.seller_memo) == (before.state, [], "加送小样")
    assert "memo_written" in [entry.action for entry in history_of("order", order.pk)]
    assert_invariants_hold()


def test_the_same_again_tells_nothing(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    order = take(company, sandbox, seller_memo="旧", seller_flag=1)
    write(order, clerk, "旧", 1)
    assert not MemoUpload.objects.exists()


def test_an_emptied_memo_is_emptied_there(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    order = take(company, sandbox, seller_memo="旧", seller_flag=1)
    write(order, clerk, "", 0)
    assert deliver().done == 1
    assert there(sandbox, order.trade_no) == ("", 0)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "timeout_after_success", "seconds": 1},
        {"kind": "http_5xx", "after": True},
        {"kind": "reset", "after": True},
        {"kind": "garbage", "after": True},
    ],
    ids=lambda fault: fault["kind"],
)
def test_written_without_an_answer_is_written_again(
    company: Company, clerk: Staff, sandbox: ControlClient, fault: dict[str, Any]
) -> None:
    order = take(company, sandbox)
    write(order, clerk)
    sandbox.add_fault(method=WRITE, count=1, **fault)
    assert deliver().retried == 1
    row = MemoUpload.objects.get()
    assert (row.state, row.will_retry) == ("failed", True)
    assert row.reason
    assert deliver().done == 1
    assert MemoUpload.objects.get().state == "accepted"
    assert there(sandbox, order.trade_no) == ("加送小样", 3)


def test_what_comes_in_between_does_not_undo_it(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    order = take(company, sandbox, seller_memo="旧")
    write(order, clerk)
    audit.audit([order.pk], actor_id=clerk.pk)
    sandbox.change(SELLER, order.trade_no, buyer_message="买家又说了一句")
    fetch(company)
    after = Order.objects.get(pk=order.pk)
    assert (after.seller_memo, after.flag, after.buyer_message) == ("加送小样", 3, "买家又说了一句")
    deliver()
    assert there(sandbox, order.trade_no) == ("加送小样", 3)


def test_only_the_newest_memo_is_told(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    order = take(company, sandbox)
    write(order, clerk, "第一版")
    write(order, clerk, "第二版", 5)
    deliver()
    assert there(sandbox, order.trade_no) == ("第二版", 5)
    assert not OutboxMessage.objects.filter(topic=memos.TOPIC).exclude(state="done").exists()


def test_a_late_answer_to_an_older_memo_has_the_newer_one_told_again(
    company: Company, clerk: Staff, sandbox: ControlClient
) -> None:
    order = take(company, sandbox)
    write(order, clerk, "第一版")
    old = OutboxMessage.objects.get(topic=memos.TOPIC)
    write(order, clerk, "第二版")
    row = MemoUpload.objects.get()
    OutboxMessage.objects.filter(pk=old.pk).delete()
    deliver()
    # The call for the first one was under way all the time, and arrives at the platform last.
    sandbox.change(SELLER, order.trade_no, seller_memo="第一版")
    with transaction.atomic():
        memos.record_accepted(row.pk, 1, old.pk)
    assert deliver().done == 1
    assert there(sandbox, order.trade_no)[0] == "第二版"


def test_what_the_platform_refuses_waits_for_a_person(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    order = take(company, sandbox)
    write(order, clerk, "备" * 400)
    assert deliver().dead == 1
    row = MemoUpload.objects.get()
    assert (row.state, row.will_retry) == ("failed", False)
    assert "memo" in row.reason
    assert memos.retry([row.pk], actor_id=clerk.pk).done == (row.pk,)
    assert deliver().dead == 1
    # The local text stays, whatever the platform says meanwhile.
    fetch(company)
    assert Order.objects.get(pk=order.pk).seller_memo == "备" * 400
    assert memos.hand_over([row.pk], actor_id=clerk.pk, reason="已在平台缩写").done == (row.pk,)
    assert deliver().total == 0
    assert memos.retry([row.pk], actor_id=clerk.pk).refused[row.pk].code == "finished"
    assert_invariants_hold()


def test_trouble_of_the_shop_is_no_verdict_on_its_memos(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    order = take(company, sandbox)
    write(order, clerk)
    Shop.objects.update(app_secret="wrong")
    assert deliver().retried == 1
    Shop.objects.update(app_secret="demo_top_secret")
    assert deliver().done == 1
    assert there(sandbox, order.trade_no) == ("加送小样", 3)


def test_of_a_merged_order_every_trade_is_told(company: Company, clerk: Staff, sandbox: ControlClient) -> None:
    MergeRule.objects.create(name="同人合并")
    sandbox.call(
        "POST",
        "shops",
        {
            "nick": SELLER,
            "session": company.shop.session,
            "app_key": company.shop.app_key,
            "title": None,
            "options": {"plain_receivers": True},
        },
    )
    person = {
        **RECEIVER,
        "name": "张三",
        "mobile": "13812345678",
        "phone": "",
        "town": "北山街道",
        "zip": "310000",
        "address": "文三路 1 号",
    }
    trade = {
        "lines": [{"outer_iid": "A01"}],
        "receiver": person,
        "buyer_nick": "张三三",
        "buyer_open_uid": "u1",
        "buyer_message": "一起发",
        "fields": {"oaid": None},
    }
    first, second = sandbox.add_trades(SELLER, {**trade, "seller_memo": "甲"}, {**trade, "seller_memo": "乙"})
    fetch(company)
    merged = Order.objects.get(origin="merge")
    write(merged, clerk, "一起发顺丰", 2)
    assert deliver().done == 2
    assert {there(sandbox, first), there(sandbox, second)} == {("一起发顺丰", 2)}
    fetch(company)
    after = Order.objects.get(pk=merged.pk)
    assert (after.state == "superseded", after.seller_memo, after.attention) == (False, "一起发顺丰", [])
    assert_invariants_hold()
