"""The lists walk an index in their own order: what is not on the page is neither sorted nor read."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import Staff
from orders.models import Order
from orders.queries import order_list, stage_counts
from tests.factories import make_shop, make_staff

pytestmark = pytest.mark.django_db


def plan_of(found: QuerySet[Order, Any]) -> str:
    """How the database would read the rows if sorting were dear, as it is with a hundred thousand of them."""
    with connection.cursor() as cursor:
        for setting in ("enable_sort", "enable_incremental_sort", "enable_seqscan", "enable_bitmapscan"):
            cursor.execute(f"SET LOCAL {setting} = off")
    return found.explain()


def keep_alone(index: str) -> None:
    """Take the other indexes of the lists away: on an empty table one of them is as good as the other."""
    names = {"order_work", "order_stage", "order_open_of_shop", "order_closed", "order_closed_of_shop"} - {index}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {', '.join(sorted(names))}")


def a_clerk() -> Staff:
    return make_staff(role="customer_service")


def a_clerk_of_two_shops() -> Staff:
    return make_staff(role="customer_service", shops=[make_shop("A"), make_shop("B")])


@pytest.mark.parametrize("who", [a_clerk, a_clerk_of_two_shops])
@pytest.mark.parametrize(
    ("stage", "index"),
    [("open", "order_work"), ("cs_review", "order_stage"), ("completed", "order_closed")],
)
def test_first_and_later_pages_walk_the_index_of_their_order(stage: str, index: str, who: type[Staff]) -> None:
    keep_alone(index)
    found = order_list(who(), stage)
    for page in (found[:51], found.values("pk")[9950:10_001]):
        plan = plan_of(page)
        assert index in plan, plan
        assert "Sort" not in plan, plan


def test_list_of_a_shop_has_an_index_of_its_own() -> None:
    keep_alone("order_open_of_shop")
    shop = make_shop("A")
    plan = plan_of(order_list(a_clerk(), "cs_review").filter(shop=shop)[:51])
    assert "order_open_of_shop" in plan, plan
    assert "Sort" not in plan


def test_stages_are_counted_by_an_index_of_their_own() -> None:
    names = ("order_work", "order_stage", "order_open_of_shop")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {', '.join(names)}")
    with CaptureQueriesContext(connection) as queries:
        stage_counts(a_clerk_of_two_shops())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Only Scan using order_counts" in plan


@pytest.mark.parametrize(("index", "of_shop"), [("order_closed", False), ("order_closed_of_shop", True)])
def test_the_usual_filters_of_the_archive_read_its_index_alone(index: str, of_shop: bool) -> None:
    keep_alone(index)
    found = order_list(a_clerk(), "completed").filter(carrier_id=7, paid_amount__range=(100, 500))
    if of_shop:
        found = found.filter(shop_id=3)
    for asked in (
        found.select_related(None).only("id")[:51],
        found.select_related(None).only("id").order_by()[:10_001],
    ):
        plan = plan_of(asked)
        assert f"Index Only Scan using {index}" in plan, plan
