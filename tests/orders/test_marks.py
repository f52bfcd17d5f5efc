"""Marks: what people put on orders stays on them through trades, splits and merges."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from orders import merging, splitting
from orders.engine.marks import NO_MARKS, Marks, join_marks
from orders.engine.split import SplitKind
from orders.models import Order, OrderTag
from orders.pipeline import process_due
from orders.splitting import Wish
from orders.tags import tagged
from tests.factories import make_company, make_document, make_line, make_order, store
from tests.factories.trades import START

MESSAGE = "请核对"


def test_a_merge_joins_the_marks() -> None:
    joined = join_marks([Marks((3, 1), "甲", 2, START), NO_MARKS, Marks((1, 2), "乙", 1), Marks((), "甲")])
    assert joined == Marks((3, 1, 2), "甲\n乙", 2, START)
    assert join_marks([NO_MARKS, NO_MARKS]) is NO_MARKS


@pytest.mark.django_db
def test_marks_go_through_a_split_and_a_merge() -> None:
    company = make_company(skus=2)
    lines = [make_line(company.skus[0], 2), make_line(company.skus[1], 2)]
    first = make_order(company, lines, no="T1", buyer_message=MESSAGE)
    second = make_order(company, lines, no="T2", buyer_message=MESSAGE)
    Order.objects.filter(id=first.id).update(tags=[7], internal_note="先打电话")
    Order.objects.filter(id=second.id).update(tags=[8])
    assert merging.merge([first.id, second.id], actor_id=1).done
    merged = Order.objects.get(origin="merge")
    assert (merged.tags, merged.internal_note) == ([7, 8], "先打电话")
    wish = Wish(SplitKind.PRODUCT, skus=frozenset({company.skus[0].id}))
    assert splitting.split([merged.id], wish, actor_id=1).done
    parts = Order.objects.filter(origin="product")
    assert [part.tags for part in parts] == [[7, 8], [7, 8]]


@pytest.mark.django_db
def test_a_changed_trade_leaves_the_marks() -> None:
    company = make_company()
    order = make_order(company, no="T1", buyer_message=MESSAGE)
    Order.objects.filter(id=order.id).update(tags=[7], internal_note="注意")
    changed = make_document(
        [make_line(company.sku, 3)], "T1", buyer_message=MESSAGE, modified=START + dt.timedelta(hours=1)
    )
    store(company.shop, changed)
    process_due()
    order.refresh_from_db()
    assert (order.quantity, order.tags, order.internal_note) == (3, [7], "注意")


@pytest.mark.django_db
def test_tagged_orders_are_found_by_their_index() -> None:
    company = make_company()
    order = make_order(company)
    other = make_order(company)
    tag = OrderTag.objects.create(name="大客户", colour=OrderTag.Colour.LOOK)
    Order.objects.filter(id=order.id).update(tags=[tag.id])
    found = Order.objects.filter(tagged([tag.id]))
    assert [one.id for one in found] == [order.id]
    assert other.id not in found.values_list("id", flat=True)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "order_tags" in found.order_by().explain()
