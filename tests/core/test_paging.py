"""Pages of a list: what is skipped is skipped by its keys, and the page is the same as without that."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Count, F
from django.test.utils import CaptureQueriesContext

from oms.catalog.models import Product, Sku
from oms.core.web.paging import load_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods() -> None:
    products = [Product.objects.create(code=f"P{n}", name=f"{n % 3}") for n in range(4)]
    Sku.objects.bulk_create(Sku(product=products[n % 4], code=f"S{n:02}", price=n % 5) for n in range(35))


def test_later_pages_hold_the_rows_that_follow_in_order() -> None:
    found = Sku.objects.select_related("product").order_by(F("price").desc(), "product__name", "id")
    everything = [sku.pk for sku in found]
    pages = [load_page(found, number, size=10) for number in (1, 2, 3, 4)]
    assert [row.pk for page in pages for row in page.object_list] == everything
    assert [(page.has_next, page.total) for page in pages] == [(True, 35), (True, 35), (True, 35), (False, 35)]
    with CaptureQueriesContext(connection) as queries:
        assert [row.product.name for row in load_page(found, 2, size=10).object_list]
    assert len(queries) == 2


def test_grouped_and_distinct_lists_are_paged_as_they_are() -> None:
    grouped = Product.objects.annotate(n=Count("skus")).order_by("-n", "id")
    assert [row.pk for row in load_page(grouped, 2, size=3).object_list] == [grouped[3].pk]
    distinct = Product.objects.filter(skus__price__gte=0).distinct().order_by("name", "id")
    assert [row.pk for row in load_page(distinct, 2, size=3).object_list] == [list(distinct)[3].pk]


def test_page_after_the_end_is_the_last_one() -> None:
    page = load_page(Sku.objects.order_by("id"), 9, size=10)
    assert (page.number, len(page.object_list), page.total) == (4, 5, 35)


def test_what_is_dear_to_count_is_not_counted_but_paged_all_the_same() -> None:
    found = Sku.objects.order_by("id")
    pages = [load_page(found, number, size=10, dear=0) for number in (1, 4, 9)]
    # The last page knows the number by itself, and a page after the end has to ask.
    assert [(page.number, page.has_next, page.total) for page in pages] == [
        (1, True, None),
        (4, False, 35),
        (4, False, 35),
    ]
    assert load_page(found, 1, size=10, dear=1e9).total == 35
