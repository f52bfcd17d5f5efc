"""Merge and split over a selection: group by group and order by order, told for each, and taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import Staff
from oms.core.errors import UnableTo
from orders import merging, splitting
from orders.batches.deeds import DEEDS
from orders.batches.dividing import read_split, read_wish
from orders.batches.preview import preview
from orders.batches.results import rows_of
from orders.batches.start import start_undo
from orders.engine.split import SplitKind
from orders.models import MergeRule, Order, OrderBatchPart, SplitRule
from orders.pipeline import process_due
from orders.splitting import Wish
from tests.factories import Company, make_document, make_line, make_shop, store
from tests.factories.trades import RECEIVER
from tests.factories.warehouse import make_warehouse, put_stock
from warehouse.models import Shipment, StockBalance

from .make import begin, work

pytestmark = pytest.mark.django_db


def waiting(company: Company, *phones: str, units: int = 1, message: str = "请核对") -> list[Order]:
    """An order for each phone, which says who it goes to."""
    documents = [
        make_document(
            [make_line(company.sku, units)], buyer_message=message, receiver=replace(RECEIVER, phone=f"1381234{phone}")
        )
        for phone in phones
    ]
    store(company.shop, *documents)
    process_due()
    found = {order.trade_no: order for order in Order.objects.all()}
    return [found[document.trade_no] for document in documents]


def standing() -> list[int]:
    """Units of the orders that stand, ascending."""
    return sorted(Order.objects.exclude(state="superseded").values_list("quantity", flat=True))


def test_each_group_becomes_one_order_and_the_others_are_told_why_not(company: Company, clerk: Staff) -> None:
    orders = waiting(company, "0001", "0002", "0001", "0003", "0002", "0001")
    Order.objects.filter(pk=orders[5].pk).update(held=True)
    batch = work(begin(clerk, "merge_all", orders))
    assert (batch.done, batch.refused) == (4, 2)
    assert standing() == [1, 1, 2, 2]
    rows = {row.order_id: row.code for row in rows_of(batch, clerk)}
    assert [rows[order.pk] for order in orders] == ["", "", "", "nothing_to_merge", "", "held"]
    merged = Order.objects.filter(origin="merge").first()
    assert merged is not None
    assert "split" in merged.left_alone


def test_audited_orders_give_back_what_they_hold_and_their_parcels(company: Company, clerk: Staff) -> None:
    orders = waiting(company, "0001", "0001", message="")
    assert {order.state for order in orders} == {"approved"}
    work(begin(clerk, "merge_all", orders))
    (merged,) = Order.objects.filter(origin="merge")
    assert merged.state == "approved"
    assert StockBalance.objects.get(sku=company.sku).reserved == 2
    assert Shipment.objects.exclude(state="cancelled").get().quantity == 2


def test_the_rules_bound_what_is_merged_at_once(company: Company, clerk: Staff) -> None:
    orders = waiting(company, *["0001"] * 5)
    MergeRule.objects.create(name="并", window_minutes=60, max_trades=2)
    batch = work(begin(clerk, "merge_all", orders))
    assert (batch.done, standing()) == (4, [1, 2, 2])
    (row,) = [row for row in rows_of(batch, clerk) if row.code]
    assert row.code == "nothing_to_merge"


def test_a_group_is_not_cut_by_the_parts_of_the_job(company: Company, clerk: Staff) -> None:
    orders = waiting(company, "0001", "0002", "0003", "0001", "0002", "0003")
    batch = begin(clerk, "merge_all", orders, part=4)
    assert [len(ids) for ids in OrderBatchPart.objects.order_by("seq").values_list("order_ids", flat=True)] == [4, 2]
    batch = work(batch)
    assert (batch.done, standing()) == (6, [2, 2, 2])
    back = work(start_undo(clerk, batch))
    assert (back.done, back.refused, standing()) == (6, 0, [1] * 6)


def test_only_the_merge_of_the_batch_is_taken_back(company: Company, clerk: Staff) -> None:
    orders = waiting(company, "0001", "0001", "0002", "0002")
    batch = work(begin(clerk, "merge_all", orders))
    # One was taken apart by hand and merged anew.
    merging.unmerge([orders[0].pk], actor_id=clerk.pk)
    assert merging.merge([order.pk for order in orders[:2]], actor_id=clerk.pk).done
    back = work(start_undo(clerk, batch))
    assert (back.done, standing()) == (2, [1, 1, 2])
    assert [row.code for row in rows_of(back, clerk)] == ["changed_since", "changed_since", "", ""]


def test_orders_of_two_shops_are_told_apart_by_the_rule(company: Company, clerk: Staff) -> None:
    MergeRule.objects.create(name="并", window_minutes=60, across_shops=False)
    (one,) = waiting(company, "0001")
    shop = make_shop("S2")
    document = make_document(
        [make_line(company.sku)], buyer_message="请核对", receiver=replace(RECEIVER, phone="13812340001")
    )
    store(shop, document)
    process_due()
    other = Order.objects.get(trade_no=document.trade_no)
    Order.objects.filter(pk=other.pk).update(merge_key=one.merge_key)
    batch = work(begin(clerk, "merge_all", [one, other]))
    assert [row.code for row in rows_of(batch, clerk)] == ["another_shop", "another_shop"]


def test_many_are_split_in_one_way_and_put_together_again(company: Company, clerk: Staff) -> None:
    company.sku.weight_g = 400
    company.sku.save()
    orders = [*waiting(company, "0001", "0002", units=2), *waiting(company, "0003")]
    batch = work(begin(clerk, "split_all", orders, kind="weight", limit_g=500))
    assert (batch.done, batch.refused) == (2, 1)
    assert standing() == [1] * 5
    assert [row.code for row in rows_of(batch, clerk)] == ["", "", "nothing_to_split"]
    back = work(start_undo(clerk, batch))
    assert (back.done, standing()) == (2, [1, 2, 2])


def test_as_the_rules_say(company: Company, clerk: Staff) -> None:
    company.sku.weight_g = 400
    company.sku.save()
    first, second = waiting(company, "0001", "0002", units=3)
    Order.objects.filter(pk=second.pk).update(left_alone=["split"])
    # The rule is newer than the orders.
    SplitRule.objects.create(name="轻装", kind="weight", limit_g=900)
    batch = work(begin(clerk, "split_all", [first, second], kind="rules"))
    assert [row.code for row in rows_of(batch, clerk)] == ["", "left_alone"]
    assert standing() == [1, 2, 3]


def test_what_is_in_stock_is_shared_out_among_the_orders(company: Company) -> None:
    orders = waiting(company, "0001", "0002", units=3)
    StockBalance.objects.filter(sku=company.sku).update(safety=996)
    result = splitting.split([order.pk for order in orders], Wish(SplitKind.SHORTAGE), actor_id=7)
    # Four are free: the first order has all it needs, the second one unit.
    assert (result.done, standing()) == ((orders[1].pk,), [1, 2, 3])


def test_what_lies_in_each_warehouse_is_shared_out_among_the_orders(company: Company) -> None:
    orders = waiting(company, "0001", "0002", units=4)
    put_stock(make_warehouse("W2"), {company.sku: 3})
    StockBalance.objects.filter(sku=company.sku, warehouse=company.warehouse).update(safety=998)
    result = splitting.split([order.pk for order in orders], Wish(SplitKind.WAREHOUSE), actor_id=7)
    # The first order takes three here and one there; one is left there, and what no warehouse has is a part of its own.
    assert result.done == tuple(order.pk for order in orders)
    assert standing() == [1, 1, 3, 3]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "no_kind"),
        ({"kind": "hand"}, "no_kind"),
        ({"kind": "weight", "limit_g": "0"}, "no_limit"),
        ({"kind": "weight", "limit_g": "²"}, "no_limit"),
        ({"kind": "product", "codes": " ，\x00"}, "no_sku"),
        ({"kind": "product", "codes": "A1 NOPE"}, "no_sku"),
    ],
)
def test_forms_that_say_nothing_are_refused(company: Company, data: dict[str, str], code: str) -> None:
    with pytest.raises(UnableTo) as refused:
        read_split(data)
    assert refused.value.code == code


def test_a_form_becomes_the_wish_of_the_job(company: Company) -> None:
    params = read_split({"kind": "product", "codes": "A1，A2", "limit_g": "x"})
    assert read_wish(params) == Wish(SplitKind.PRODUCT, skus=frozenset(sku.pk for sku in company.skus))
    assert read_wish(read_split({"kind": "rules"})).kind is None


def test_the_preview_says_how_many_become_how_many(company: Company, clerk: Staff) -> None:
    orders = waiting(company, "0001", "0001", "0001", "0002")
    seen = [(order.pk, order.version) for order in orders]
    shown = preview(DEEDS["merge_all"], {}, seen, actor_id=clerk.pk)
    assert (shown.changing, shown.made, shown.refused) == (3, 1, 1)
    assert standing() == [1] * 4


def test_the_number_of_queries_does_not_depend_on_the_size(company: Company, clerk: Staff) -> None:
    counts = []
    for start, size in ((0, 2), (2000, 40)):
        orders = waiting(company, *[f"{start + at // 2:04d}" for at in range(size)])
        merge = begin(clerk, "merge_all", orders)
        with CaptureQueriesContext(connection) as merging_queries:
            assert work(merge).done == size
        parts = waiting(company, *[f"{start + 1000 + at:04d}" for at in range(size)], units=2)
        StockBalance.objects.update(safety=0)
        split = begin(clerk, "split_all", parts, kind="weight", limit_g=1)
        with CaptureQueriesContext(connection) as splitting_queries:
            work(split)
        counts.append((len(merging_queries), len(splitting_queries)))
    assert counts[0] == counts[1]
