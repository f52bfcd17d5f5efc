"""Blacklist and wish words from a file: a dry run writes nothing, mistakes are told by line, a second upload adds nothing."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oms.core.models import HistoryEntry, RuleVersion
from orders.importing.blacklist import import_blacklist
from orders.importing.wish_words import import_words
from orders.models import BlacklistEntry, WishWord
from tests.factories import make_carrier, make_shop, make_staff

pytestmark = pytest.mark.django_db

PEOPLE = """平台,买家,电话,地址,原因,停住订单
taobao,tb001,,,职业打假,
,,13800001111,,恶意退货,否
,,,文三路 90 号 3 幢,多次拒收,是
taobao,tb001,,,又写了一遍,
"""
WORDS = """指定词,快递,读取范围,启用
发顺丰,SF,留言和备注,是
发中通,中通,卖家备注,
"""


def file(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


@pytest.fixture
def shop() -> None:
    make_shop()


@pytest.fixture
def carriers() -> None:
    make_carrier("SF", name="顺丰")
    make_carrier("ZTO", name="中通")


@pytest.mark.usefixtures("shop")
def test_people_are_entered_once() -> None:
    checked = import_blacklist(file(PEOPLE), staff_id=None, dry_run=True)
    assert (checked.lines, checked.added, checked.same, checked.errors) == (4, 3, 1, [])
    assert not BlacklistEntry.objects.exists()
    assert not HistoryEntry.objects.exists()

    import_blacklist(file(PEOPLE), staff_id=None)
    found = BlacklistEntry.objects.order_by("id")
    assert [(one.platform, one.buyer_id, one.phone_masked, one.stops) for one in found] == [
        ("taobao", "tb001", "", True),
        ("", "", "138****1111", False),
        ("", "", "", True),
    ]
    assert HistoryEntry.objects.filter(kind="blacklist", action="add").count() == 3

    again = import_blacklist(file(PEOPLE), staff_id=None)
    assert (again.added, again.same) == (0, 4)
    # Who was taken off may be entered anew.
    found.filter(buyer_id="tb001").update(enabled=False)
    assert import_blacklist(file(PEOPLE), staff_id=None).added == 1


@pytest.mark.usefixtures("shop")
def test_each_mistake_has_its_line_and_the_others_go_in() -> None:
    text = (
        "平台,买家,电话,地址,原因\n"
        "douyin,d1,,,没有这个平台的店铺\n"
        ",,138****1111,,打码的电话\n"
        ",,,是,导出的“有地址”\n"
        ",只有买家,,,没有平台\n"
        "taobao,tb9,,,\n"
        "taobao,tb2,,否,好的\n"
    )
    report = import_blacklist(file(text), staff_id=None)
    assert [(error.line, error.column) for error in report.errors] == [
        (2, "平台"),
        (3, "电话"),
        (4, "地址"),
        (5, ""),
        (6, ""),
    ]
    assert [one.buyer_id for one in BlacklistEntry.objects.all()] == ["tb2"]


@pytest.mark.usefixtures("shop")
def test_a_thousand_people_cost_as_many_queries_as_one() -> None:
    def queries(count: int) -> int:
        rows = "".join(f"taobao,tb{count}-{number},,,x\n" for number in range(count))
        with CaptureQueriesContext(connection) as seen:
            import_blacklist(file(f"平台,买家,电话,地址,原因\n{rows}"), staff_id=None)
        return len(seen)

    assert queries(1) == queries(300)


@pytest.mark.usefixtures("carriers")
def test_words_are_added_changed_and_left() -> None:
    assert import_words(file(WORDS), staff_id=None, dry_run=True).added == 2
    assert not WishWord.objects.exists()
    assert not RuleVersion.objects.exists()

    assert import_words(file(WORDS), staff_id=None).added == 2
    assert import_words(file(WORDS), staff_id=None).same == 2
    changed = import_words(file("指定词,快递\n发顺丰,中通\n"), staff_id=None)
    assert (changed.changed, changed.added, changed.errors) == (1, 0, [])
    found = {
        one.word: (one.carrier.code, one.source, one.version) for one in WishWord.objects.select_related("carrier")
    }
    assert found == {"发顺丰": ("ZTO", "both", 2), "发中通": ("ZTO", "memo", 1)}


@pytest.mark.usefixtures("carriers")
def test_a_wrong_word_is_told_by_its_line() -> None:
    text = "指定词,快递,读取范围\n发,SF,\n发韵达,YUNDA,\n发顺丰,SF,嘴上\n发顺丰,SF,\n发 顺丰,SF,\n发中通,,\n"
    report = import_words(file(text), staff_id=None)
    assert [(error.line, error.column) for error in report.errors] == [
        (2, ""),
        (3, "快递"),
        (4, "读取范围"),
        (5, "指定词"),
        (6, "指定词"),
        (7, ""),
    ]


@pytest.mark.usefixtures("shop", "carriers")
def test_the_pages_take_files_and_the_words_come_back(client: Client) -> None:
    def send(name: str, text: str, **more: str) -> int:
        sent = {"file": SimpleUploadedFile("list.csv", text.encode()), **more}
        return client.post(reverse(f"rules:{name}"), sent).status_code

    client.force_login(make_staff(role="operations"))
    assert send("import_blacklist", PEOPLE, dry_run="1") == 200
    assert not BlacklistEntry.objects.exists()
    assert send("import_blacklist", PEOPLE) == 200
    assert BlacklistEntry.objects.count() == 3
    assert send("import_blacklist", "平台,原因\ntaobao,x\n") == 422
    assert client.post(reverse("rules:import_words")).status_code == 302
    assert send("import_words", WORDS) == 200
    taken = b"".join(client.get(reverse("rules:words_file")).streaming_content)  # type: ignore[attr-defined]
    assert import_words(io.BytesIO(taken), staff_id=None).same == 2
    for page in (reverse("rules:blacklist"), reverse("rules:list", args=["wish-words"])):
        assert "用文件维护" in client.get(page).content.decode()


def test_who_may_only_look_is_refused(client: Client) -> None:
    client.force_login(make_staff(role="finance"))
    assert client.post(reverse("rules:import_blacklist")).status_code == 403
    assert client.post(reverse("rules:import_words")).status_code == 403
