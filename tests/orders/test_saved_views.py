"""Saved views: whose they are, what they keep, and that a shared one shows nobody more than their scope."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import Staff
from oms.core.errors import UnableTo
from orders import saved_views as views
from orders.filtering.matching import orders_matching
from orders.models import Order, SavedView
from tests.factories.busy import make_busy_company, take_trades
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db

BIG = {"paid": ["500.."], "stage": ["open"], "page": ["3"], "sort": ["-paid_amount"], "view": ["9"]}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def clerk() -> Staff:
    return make_staff(role="customer_service")


@pytest.fixture
def lead() -> Staff:
    return make_staff(role="operations")


def names(staff: Staff) -> list[str]:
    return [line.view.name for line in views.views_of(staff)]


def test_keeps_stage_conditions_and_sort_and_gives_them_back_as_an_address(clerk: Staff) -> None:
    view = views.save_view(clerk, "  大额   订单 ", "open", BIG)
    assert view.name == "大额 订单"
    assert views.params_of_view(view) == {"paid": ["500.."], "sort": ["-paid_amount"]}
    assert views.address_of(view) == f"stage=open&view={view.pk}&paid=500..&sort=-paid_amount"


@pytest.mark.parametrize(
    ("name", "stage", "params", "code"),
    [
        ("", "open", {}, "view_name"),
        (" \x00 ", "open", {}, "view_name"),
        ("x" * 41, "open", {}, "view_name"),
        ("x", "superseded", {}, "filter_stage"),
        ("x", "open", {"paid": ["abc"]}, "filter_number"),
        ("x", "open", {"nonsense": ["1"]}, "filter_unknown"),
        ("大额", "open", {}, "view_name_taken"),
    ],
)
def test_refuses_names_and_conditions_without_sense(
    clerk: Staff, name: str, stage: str, params: dict[str, list[str]], code: str
) -> None:
    views.save_view(clerk, "大额", "open", BIG)
    with pytest.raises(UnableTo) as refusal:
        views.save_view(clerk, name, stage, params)
    assert refusal.value.code == code
    assert names(clerk) == ["大额"]


def test_two_people_may_use_one_name_and_do_not_see_each_others_views(clerk: Staff, lead: Staff) -> None:
    views.save_view(clerk, "加急", "open", BIG)
    foreign = views.save_view(lead, "加急", "open", {})
    assert names(clerk) == names(lead) == ["加急"]
    for change in (
        lambda: views.update_view(clerk, foreign.pk, "open", {}),
        lambda: views.rename_view(clerk, foreign.pk, "x"),
        lambda: views.delete_view(clerk, foreign.pk),
        lambda: views.pin_view(clerk, foreign.pk, pinned=True),
        lambda: views.begin_with(clerk, foreign.pk, first=True),
        lambda: views.move_view(clerk, foreign.pk, 1),
    ):
        with pytest.raises(UnableTo) as refusal:
            change()
        assert refusal.value.code == "view_gone"
    foreign.refresh_from_db()
    assert foreign.name == "加急"


def test_sharing_needs_the_permission(clerk: Staff, lead: Staff) -> None:
    with pytest.raises(UnableTo) as refusal:
        views.save_view(clerk, "大额", "open", BIG, shared=True)
    assert refusal.value.code == "view_share"
    mine = views.save_view(clerk, "大额", "open", BIG)
    with pytest.raises(UnableTo):
        views.share_view(clerk, mine.pk, shared=True)
    assert not SavedView.objects.get(pk=mine.pk).shared
    views.save_view(lead, "待发大额", "open", BIG, shared=True)
    assert names(clerk) == ["大额", "待发大额"]


def test_a_shared_view_is_changed_by_those_who_may_share_alone(clerk: Staff, lead: Staff) -> None:
    shared = views.save_view(lead, "待发大额", "open", BIG, shared=True)
    with pytest.raises(UnableTo) as refusal:
        views.update_view(clerk, shared.pk, "open", {})
    assert refusal.value.code == "view_foreign"
    other = make_staff(role="operations")
    views.rename_view(other, shared.pk, "大额")
    views.update_view(other, shared.pk, "approved", {"paid": ["900.."]})
    shared.refresh_from_db()
    assert (shared.name, shared.stage, shared.query, shared.owner) == ("大额", "approved", "paid=900..", lead)
    # Shared no more, it is its owner's alone.
    views.share_view(other, shared.pk, shared=False)
    assert names(other) == names(clerk) == []
    assert names(lead) == ["大额"]


def test_everybody_orders_pins_and_begins_as_they_like(clerk: Staff, lead: Staff) -> None:
    one, two, three = (views.save_view(lead, name, "open", {}, shared=True) for name in "123")
    views.move_view(clerk, three.pk, -1)
    views.move_view(clerk, three.pk, -1)
    views.move_view(clerk, three.pk, -1)
    assert names(clerk) == ["3", "1", "2"]
    assert names(lead) == ["1", "2", "3"]
    views.pin_view(clerk, two.pk, pinned=True)
    views.begin_with(clerk, one.pk, first=True)
    views.begin_with(clerk, two.pk, first=True)
    assert [(line.pinned, line.first) for line in views.views_of(clerk)] == [
        (False, False),
        (False, False),
        (True, True),
    ]
    assert views.first_view(clerk) == two
    assert views.first_view(lead) is None
    # What is shared no more is not begun with.
    views.share_view(lead, two.pk, shared=False)
    assert views.first_view(clerk) is None
    assert names(clerk) == ["3", "1"]


def test_no_more_are_pinned_than_fit(clerk: Staff) -> None:
    made = [views.save_view(clerk, str(number), "open", {}) for number in range(views.MOST_PINNED + 1)]
    for view in made[:-1]:
        views.pin_view(clerk, view.pk, pinned=True)
    with pytest.raises(UnableTo):
        views.pin_view(clerk, made[-1].pk, pinned=True)
    assert sum(line.pinned for line in views.views_of(clerk)) == views.MOST_PINNED


def test_a_shared_view_shows_and_counts_the_scope_of_whoever_looks(lead: Staff) -> None:
    company = make_busy_company()
    take_trades(company, 30)
    mine, foreign = company.shops
    narrow = make_staff(role="customer_service", shops=[mine])
    view = views.save_view(lead, "大额", "open", {"paid": ["200.."]}, shared=True)
    everything = Order.objects.filter(paid_amount__gte=200, state__in=["exception", "cs_review", "approved"])
    assert views.count_view(lead, view) == everything.count()
    assert views.count_view(narrow, view) == everything.filter(shop=mine).count() < everything.count()
    seen = orders_matching(narrow, view.stage, views.params_of_view(view))
    assert {order.shop_id for order in seen} == {mine.pk}
    # A view of a shop that somebody may not see is told to be one, and counts nothing.
    closed = views.save_view(lead, "别店", "open", {"shop": [str(foreign.pk)]}, shared=True)
    assert views.count_view(narrow, closed) is None
    assert views.count_view(lead, closed)


def test_counting_is_bounded_and_kept_for_a_moment(clerk: Staff) -> None:
    view = views.save_view(clerk, "全部", "open", {})
    with CaptureQueriesContext(connection) as queries:
        views.count_view(clerk, view)
        views.count_view(clerk, view)
    counts = [query["sql"] for query in queries if "COUNT" in query["sql"]]
    assert len(counts) <= 1
    assert all(f"LIMIT {views.COUNTED + 1}" in sql for sql in counts)


def test_listing_the_views_takes_one_query_however_many_there_are(clerk: Staff, lead: Staff) -> None:
    for number in range(30):
        views.save_view(lead, f"{number}", "open", {}, shared=True)
    with CaptureQueriesContext(connection) as queries:
        assert len(views.views_of(clerk)) == 30
    assert len(queries) == 1
