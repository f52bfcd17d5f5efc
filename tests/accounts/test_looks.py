"""Receivers opened in clear: how many each person opens, and when that is unusual."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from oms.accounts.looks import Rate, look_rates
from oms.accounts.models import AuditEntry, Staff
from oms.core.numbering import BUSINESS_ZONE
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

NOON = dt.datetime.now(BUSINESS_ZONE).replace(hour=12, minute=0, second=0, microsecond=0)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def look(
    staff: Staff, at: dt.datetime, count: int, *, same: bool = False, why: str = "contact", reason: str = ""
) -> None:
    """Open the receivers of so many orders, or one order's so often."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            staff=staff,
            action="view_receiver",
            kind="order",
            subject_id=1 if same else n,
            at=at,
            details={"why": why},
            reason=reason,
        )
        for n in range(1, count + 1)
    )


def test_the_hour_today_and_what_is_usual() -> None:
    busy, quiet, idle = make_staff("busy"), make_staff("quiet"), make_staff("idle")
    look(busy, NOON - HOUR / 2, 5)
    look(busy, NOON - 3 * HOUR, 8)
    look(busy, NOON - HOUR, 20, same=True)
    look(busy, NOON - DAY, 10)
    look(busy, NOON - 3 * DAY, 20)
    look(busy, NOON - 20 * DAY, 500)
    look(quiet, NOON - 2 * HOUR, 2)
    look(idle, NOON - DAY, 3)
    found = [(str(rate.staff), rate.hour, rate.today, rate.usual) for rate in look_rates(NOON)]
    assert found == [("busy", 5, 8, 15), ("quiet", 0, 2, 0)]


@pytest.mark.parametrize(
    ("hour", "today", "usual", "unusual"),
    [
        (10, 50, 40, False),
        (10, 100, 0, False),
        (10, 101, 0, True),
        (10, 101, 60, False),
        (10, 121, 60, True),
        (101, 101, 400, True),
    ],
)
def test_what_is_unusual(hour: int, today: int, usual: int, unusual: bool) -> None:
    with override_settings(RECEIVERS_A_DAY=100):
        assert Rate(Staff(username="x"), hour, today, usual).is_unusual == unusual


def test_two_queries_whatever_was_opened(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for name in ("a", "b", "c"):
        look(make_staff(name), NOON - HOUR, 30)
        look(Staff.objects.get(username=name), NOON - DAY, 30)
    with django_assert_num_queries(3):
        assert len(look_rates(NOON)) == 3


class TestPages:
    @pytest.fixture
    def boss(self, client: Client) -> Client:
        client.force_login(make_staff("boss", role="administrator"))
        return client

    def test_the_log_tells_who_opens_how_many_and_finds_reasons(self, boss: Client) -> None:
        clerk = make_staff("clerk", display_name="李娜")
        now = dt.datetime.now(dt.UTC)
        look(clerk, now, 3)
        look(clerk, now, 1, why="other", reason="平台客服要求核实")
        page = boss.get(reverse("staff:audit"))
        assert "平台客服要求核实" in page.content.decode()
        assert [(str(rate.staff), rate.today) for rate in page.context["rates"]] == [("李娜", 3)]

        def count(**query: str) -> int:
            return len(boss.get(reverse("staff:audit"), {"action": "view_receiver", **query}).context["rows"])

        assert (count(), count(why="contact"), count(why="other"), count(q="客服要求"), count(q="没有")) == (
            4,
            3,
            1,
            1,
            0,
        )

    @override_settings(RECEIVERS_A_DAY=5)
    def test_administrators_are_warned_of_unusually_many(self, boss: Client) -> None:
        clerk = make_staff("clerk", display_name="李娜")
        link = f"{reverse('staff:audit')}?action=view_receiver&amp;staff={clerk.pk}"
        look(clerk, dt.datetime.now(dt.UTC), 5)
        assert link not in boss.get(reverse("portal:home")).content.decode()
        AuditEntry.objects.create(staff=clerk, action="view_receiver", kind="order", subject_id=9)
        assert link in boss.get(reverse("portal:home")).content.decode()
        assert "tone-stop" in boss.get(reverse("staff:audit")).content.decode()
        other = Client()
        other.force_login(clerk)
        assert link not in other.get(reverse("portal:home")).content.decode()
