"""Announcements: who sees them, from when to when, who has read them, and that their text is text."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oms.accounts.models import AuditEntry, Staff
from oms.portal import announcements, pulse
from oms.portal.models import Announcement
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def announce(title: str = "周五盘点", body: str = "下午停止发货", **values: Any) -> Announcement:
    """An announcement that holds since an hour ago."""
    return Announcement.objects.create(**{"title": title, "body": body, "valid_from": timezone.now() - HOUR} | values)


def shown(staff: Staff) -> list[str]:
    return [one.title for one in announcements.valid(announcements.for_staff(staff), timezone.now())]


def test_it_is_for_its_roles_while_it_holds_pinned_ones_first() -> None:
    now = timezone.now()
    announce("所有人")
    announce("给仓库", roles=["warehouse"], valid_from=now - 2 * HOUR)
    announce("给客服和财务", roles=["customer_service", "finance"], valid_from=now - 3 * HOUR, pinned=True)
    announce("明天", valid_from=now + 24 * HOUR)
    announce("昨天", valid_from=now - 24 * HOUR, valid_until=now - HOUR)
    assert shown(make_staff(role="warehouse")) == ["所有人", "给仓库"]
    assert shown(make_staff(role="finance")) == ["给客服和财务", "所有人"]
    assert shown(make_staff()) == ["所有人"]
    assert shown(make_staff(superuser=True)) == ["给客服和财务", "所有人", "给仓库"]


def test_it_is_marked_in_the_header_until_it_was_read() -> None:
    one, staff = announce(), make_staff(role="finance")
    announce("给仓库", roles=["warehouse"])
    client = signed_in(staff)
    assert pulse.counts(staff)["announcement"] == 1
    assert "我已阅读" in client.get("/").content.decode()
    part = client.post(f"/announcements/{one.pk}/read/", headers={"HX-Request": "true"})
    assert "已阅读" in part.content.decode()
    assert "oms:beat" in part.headers["HX-Trigger"]
    first = one.reads.get(staff=staff).at
    assert client.post(f"/announcements/{one.pk}/read/").status_code == 302
    assert one.reads.get(staff=staff).at == first
    assert pulse.counts(staff)["announcement"] == 0
    home = client.get("/").content.decode()
    assert "我已阅读" not in home
    assert one.title in home


def test_what_is_for_others_or_over_cannot_be_read_away() -> None:
    client = signed_in(make_staff(role="finance"))
    others, over = announce(roles=["warehouse"]), announce(valid_until=timezone.now())
    for one in (others, over):
        assert client.post(f"/announcements/{one.pk}/read/").status_code == 404
        assert one.reads.count() == 0
    page = client.get("/announcements/").content.decode()
    assert page.count("<article") == 1


@pytest.mark.parametrize(
    ("body", "there", "not_there"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;", "<script>alert"),
        ("看 https://example.com/a?b=1&c=2 。", 'href="https://example.com/a?b=1&amp;c=2"', "b=1&c=2"),
        ("javascript:alert(1)", "javascript:alert(1)", 'href="javascript'),
        ('https://a.example/"onmouseover="x', "https://a.example/", '"onmouseover="x"'),
        ("第一段\n\n第二段", "<p>第一段</p>", "第一段\n\n"),
        ("{{ 7|add:1 }}{% debug %}", "{{ 7|add:1 }}{% debug %}", "<p>8"),
    ],
)
def test_text_is_text_with_paragraphs_and_links(body: str, there: str, not_there: str) -> None:
    announce("<b>标题</b>", body)
    page = signed_in(make_staff()).get("/").content.decode()
    article = page[page.index("<article") : page.index("</article>")]
    assert "&lt;b&gt;标题&lt;/b&gt;" in article
    assert there in article
    assert not_there not in article


def test_it_is_written_changed_and_ended_with_a_line_in_the_audit_log() -> None:
    writer = make_staff(role="operations")
    client = signed_in(writer)
    given = {
        "title": "新活动",
        "body": "双11",
        "roles": ["customer_service"],
        "pinned": "on",
        "valid_from": "",
        "valid_until": "",
    }
    assert client.post("/announcements/manage/add/", given).status_code == 302
    one = Announcement.objects.get()
    assert (one.roles, one.pinned, one.created_by) == (["customer_service"], True, writer)
    reader = make_staff(role="customer_service")
    announcements.mark_read(reader, one)
    url = f"/announcements/manage/{one.pk}/"
    assert client.post(url, given | {"pinned": ""}).status_code == 302
    assert one.reads.count() == 1
    assert client.post(url, given | {"body": "双12"}).status_code == 302
    assert one.reads.count() == 0
    assert client.post(f"{url}end/").status_code == 302
    assert shown(reader) == []
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True).filter(kind="announcement")) == [
        "write_announcement",
        "change_announcement",
        "change_announcement",
        "end_announcement",
    ]
    log = signed_in(make_staff(role="administrator")).get("/staff/audit/").content.decode()
    assert "发布公告" in log
    assert url in log


def test_one_that_was_to_begin_later_can_be_ended() -> None:
    one = announce(valid_from=timezone.now() + HOUR)
    client = signed_in(make_staff(role="administrator"))
    assert client.post(f"/announcements/manage/{one.pk}/end/").status_code == 302
    one.refresh_from_db()
    assert one.valid_until is not None
    assert one.valid_from < one.valid_until <= timezone.now()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"title": ""}, "该字段是必填项"),
        ({"body": ""}, "该字段是必填项"),
        ({"valid_from": "2026-11-24T10:00", "valid_until": "2026-11-24T09:00"}, "结束时间早于开始时间"),
        ({"valid_until": "gestern"}, "输入一个有效的日期/时间"),
        ({"roles": ["nobody"]}, "nobody"),
    ],
)
def test_what_cannot_be_announced_is_said_at_its_field_and_kept(given: dict[str, Any], sentence: str) -> None:
    answer = signed_in(make_staff(role="operations")).post(
        "/announcements/manage/add/", {"title": "标题", "body": "一段很长的正文"} | given
    )
    page = answer.content.decode()
    assert sentence in page
    assert given.get("body", "一段很长的正文") in page
    assert Announcement.objects.count() == 0


def test_who_has_read_it_and_who_has_not() -> None:
    one = announce(roles=["warehouse"])
    late, early = make_staff("zz", role="warehouse"), make_staff("aa", role="warehouse")
    make_staff("gone", role="warehouse", active=False)
    make_staff("other", role="finance")
    announcements.mark_read(early, one)
    assert [(reader.staff, reader.at is not None) for reader in announcements.readers(one)] == [
        (late, False),
        (early, True),
    ]
    page = signed_in(make_staff(role="administrator")).get(f"/announcements/manage/{one.pk}/").content.decode()
    assert "已读 1 / 共 2 人" in page


@pytest.mark.parametrize("path", ["/", "/announcements/", "/announcements/manage/"])
def test_the_number_of_queries_does_not_depend_on_how_many_there_are(path: str) -> None:
    client = signed_in(make_staff(role="operations"))
    counts = []
    for more in (1, 20):
        for number in range(more):
            announce(f"公告{number}", created_by=make_staff())
            announce(f"旧公告{number}", valid_until=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
