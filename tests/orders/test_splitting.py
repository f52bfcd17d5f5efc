"""Splitting and merging by hand, and the way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from oms.catalog.bundles import save_bundle
from orders import audit, merging, splitting
from orders.bundles import collapse_bundles, expand_bundles
from orders.engine.split import SplitKind
from orders.models import ApprovalPolicy, MergeRule, Order, OrderLine, OrderLink, PresaleRule, SplitRule
from orders.pipeline import process_due
from orders.splitting import Wish
from orders.trades.document import TradeReceiver
from tests.factories import Company, make_company, make_document, make_line, make_order, make_sku, make_staff, store
from tests.holding import assert_invariants_hold
from warehouse.models import Reservation, Shipment

pytestmark = pytest.mark.django_db

BIG = Decimal("400.00")


@pytest.fixture
def company() -> Iterator[Company]:
    yield make_company(skus=3, stock=100)
    assert_invariants_hold()


def waiting_order(company: Company, number: str = "T1", **values: Any) -> Order:
    """An order that no policy passes, so that it waits for the audit."""
    one, two, _three = company.skus
    return make_order(company, [make_line(one, 4), make_line(two, 2)], no=number, buyer_message="请核对", **values)


def facts(order: Order) -> list[tuple[str, int, Decimal]]:
    return list(order.lines.order_by("position").values_list("sku__code", "quantity", "amount"))


def header(order: Order) -> dict[str, Any]:
    skipped = {"version", "reprocess_at", "state", "left_alone", "approved_at"}
    return {
        field.attname: getattr(order, field.attname)
        for field in Order._meta.concrete_fields
        if field.attname not in skipped
    }


def test_what_the_preview_shows_is_what_is_done(company: Company) -> None:
    order = waiting_order(company, post_fee="3.00")
    lines = {line.sku.code: line.id for line in order.lines.select_related("sku") if line.sku}
    wish = Wish(SplitKind.HAND, ({lines["A1"]: 1},))
    preview = splitting.preview_split(order.id, wish)
    assert [[(line.sku_code, line.quantity) for line in part.lines] for part in preview.parts] == [
        [("A1", 3), ("A2", 2)],
        [("A1", 1)],
    ]
    assert Order.objects.count() == 1
    result = splitting.split([order.id], wish, actor_id=7, versions={order.id: preview.version})
    assert result.done == (order.id,)
    made = list(Order.objects.exclude(id=order.id).order_by("id"))
    assert [facts(child) for child in made] == [
        [("A1", 3, Decimal("30.00")), ("A2", 2, Decimal("20.00"))],
        [("A1", 1, Decimal("10.00"))],
    ]
    shown = [(part.paid_amount, part.post_fee, part.weight_g) for part in preview.parts]
    assert [(child.paid_amount, child.post_fee, child.weight_g) for child in made] == shown
    assert {child.state for child in made} == {"cs_review"}
    assert all(child.warehouse_id and child.origin == "hand" for child in made)


def test_undo_brings_the_order_back_exactly_and_rules_leave_it_alone(company: Company) -> None:
    order = waiting_order(company, post_fee="3.00")
    before, lines = header(order), facts(order)
    assert splitting.split([order.id], Wish(SplitKind.WEIGHT, limit_g=600), actor_id=7).done
    parts = list(Order.objects.exclude(id=order.id))
    assert len(parts) == 2
    SplitRule.objects.create(name="重", kind="weight", limit_g=300)
    assert splitting.undo_split([parts[0].id], actor_id=7).done == (parts[0].id,)
    process_due()
    order.refresh_from_db()
    assert (order.state, order.left_alone) == ("cs_review", ["split"])
    assert (header(order), facts(order)) == (before, lines)
    assert {part.state for part in Order.objects.exclude(id=order.id)} == {"superseded"}
    assert OrderLink.objects.filter(undone_at__isnull=True).count() == 0
    assert splitting.undo_split([order.id], actor_id=7).refused[order.id].code == "nothing_to_undo"


def test_audited_parts_give_back_what_they_hold_when_the_split_is_undone(company: Company) -> None:
    order = waiting_order(company)
    splitting.split([order.id], Wish(SplitKind.PRODUCT, skus=frozenset({company.skus[1].id})), actor_id=7)
    parts = list(Order.objects.exclude(id=order.id).order_by("id"))
    audit.audit([part.id for part in parts], actor_id=7)
    audit.finance_audit([part.id for part in parts], actor_id=7)
    assert Shipment.objects.filter(state="released").count() == 2
    assert splitting.undo_split([parts[0].id], actor_id=7).done
    assert not Reservation.objects.filter(state="active").exists()
    assert set(Shipment.objects.values_list("state", flat=True)) == {"cancelled"}


def test_what_is_on_presale_leaves_an_older_order_when_a_person_says_so(company: Company) -> None:
    order = waiting_order(company)
    until = timezone.now() + dt.timedelta(days=2)
    PresaleRule.objects.create(name="新品", sku=company.skus[1], until=until)
    assert splitting.split([order.id], Wish(SplitKind.PRESALE), actor_id=7).done == (order.id,)
    made = Order.objects.exclude(id=order.id)
    assert {(child.state, child.quantity) for child in made} == {("cs_review", 4), ("presale", 2)}


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(SplitKind.WEIGHT, limit_g=99_999), "nothing_to_split"),
        (Wish(SplitKind.BOX), "nothing_to_split"),
        (Wish(SplitKind.SHORTAGE), "nothing_to_split"),
        (Wish(SplitKind.WAREHOUSE), "nothing_to_split"),
        (Wish(SplitKind.PRESALE), "nothing_to_split"),
        (Wish(SplitKind.HAND, ({-1: 1},)), "not_these_units"),
    ],
)
def test_a_wish_that_means_nothing_is_refused(wish: Wish, code: str, company: Company) -> None:
    order = waiting_order(company)
    assert splitting.split([order.id], wish, actor_id=7).refused[order.id].code == code
    preview = splitting.preview_split(order.id, wish)
    assert preview.refusal is not None
    assert preview.refusal.code == code
    assert Order.objects.count() == 1


def test_version_and_state_are_checked(company: Company) -> None:
    order, approved = waiting_order(company), make_order(company)
    wish = Wish(SplitKind.WEIGHT, limit_g=600)
    stale = splitting.split([order.id], wish, actor_id=7, versions={order.id: order.version - 1})
    assert stale.refused[order.id].code == "changed_meanwhile"
    assert splitting.split([approved.id], wish, actor_id=7).refused[approved.id].code == "wrong_state"


def test_people_merge_what_no_rule_merges_and_take_it_apart_again(company: Company) -> None:
    first = waiting_order(company, "T1", seller_memo="甲", post_fee="1.00")
    second = waiting_order(company, "T2", seller_memo="乙", invoice_title="某公司")
    before = [(header(order), facts(order)) for order in (first, second)]
    preview = merging.preview_merge([first.id, second.id])
    assert (preview.paid_amount, preview.seller_memo) == (Decimal("121.00"), "甲\n乙")
    assert merging.merge([first.id, second.id], actor_id=7).done == (first.id, second.id)
    merged = Order.objects.get(origin="merge")
    assert (merged.paid_amount, merged.seller_memo, merged.invoice_title) == (Decimal("121.00"), "甲\n乙", "某公司")
    assert merged.state == "cs_review"
    assert merging.unmerge([merged.id], actor_id=7).done == (merged.id,)
    MergeRule.objects.create(name="并", window_minutes=60)
    process_due()
    for order in (first, second):
        order.refresh_from_db()
    assert [(header(order), facts(order)) for order in (first, second)] == before
    assert [order.state for order in (first, second)] == ["cs_review", "cs_review"]


def test_orders_that_cannot_travel_together_are_told_why(company: Company) -> None:
    first = waiting_order(company, "T1", invoice_title="甲公司")
    second = waiting_order(company, "T2", invoice_title="乙公司")
    third = waiting_order(company, "T3", receiver=TradeReceiver("李四", "13900000000", "街 1 号", "浙江省", "杭州市"))
    for pair, code in (((first, second), "other_invoice"), ((first, third), "other_receiver")):
        result = merging.merge([order.id for order in pair], actor_id=7)
        assert {refusal.code for refusal in result.refused.values()} == {code}
    assert not Order.objects.filter(origin="merge").exists()


def test_the_merge_check_says_what_speaks_for_and_against(company: Company) -> None:
    first = waiting_order(company, "T1")
    twin = waiting_order(company, "T2")
    other = waiting_order(company, "T3", receiver=TradeReceiver("李四", "13812345678", "街 1 号", "浙江省", "杭州市"))
    with translation.override("en"):
        found = merging.merge_check(first.id, make_staff())
    assert [(one.order.id, one.possible) for one in found] == [(twin.id, True), (other.id, False)]
    assert "same receiver and address" in found[0].speaks_for
    assert "same phone" in found[1].speaks_for
    assert [code for code, _sentence in found[1].speaks_against] == ["other_receiver"]


def test_the_button_merges_what_the_rules_would(company: Company) -> None:
    waiting_order(company, "T1")
    waiting_order(company, "T2")
    waiting_order(company, "T3", buyer_nick="别人")
    assert merging.merge_due() == 0
    MergeRule.objects.create(name="并", window_minutes=60)
    assert merging.merge_due() == 1
    assert merging.merge_due() == 0
    trades = OrderLine.objects.filter(order__origin="merge").values_list("trade__trade_no", flat=True)
    assert set(trades) == {"T1", "T2"}


def test_a_bundle_is_put_together_and_expanded_again(company: Company) -> None:
    ApprovalPolicy.objects.all().delete()
    bundle = make_sku("SET")
    one, two, _three = company.skus
    save_bundle(bundle.id, {one.id: 2, two.id: 1}, actor_id=None)
    store(company.shop, make_document([make_line(bundle, 2, price="33.35", discount=Decimal("0.01"))]))
    process_due()
    order = Order.objects.get()
    expanded = facts(order)
    assert collapse_bundles([order.id], actor_id=7).done == (order.id,)
    process_due()
    line = order.lines.get()
    assert (line.sku_id, line.quantity, line.price, line.discount) == (bundle.id, 2, Decimal("33.35"), Decimal("0.01"))
    assert expand_bundles([order.id], actor_id=7).done == (order.id,)
    process_due()
    assert facts(order) == expanded
    assert collapse_bundles([order.id], actor_id=7).done
    assert collapse_bundles([order.id], actor_id=7).refused[order.id].code == "no_bundle"


def test_a_bundle_of_which_a_part_is_elsewhere_is_not_put_together(company: Company) -> None:
    ApprovalPolicy.objects.all().delete()
    bundle = make_sku("SET")
    one, two, _three = company.skus
    save_bundle(bundle.id, {one.id: 1, two.id: 1}, actor_id=None)
    store(company.shop, make_document([make_line(bundle)]))
    process_due()
    splitting.split([Order.objects.get().id], Wish(SplitKind.PRODUCT, skus=frozenset({two.id})), actor_id=7)
    part = Order.objects.filter(origin="product").first()
    assert part is not None
    assert collapse_bundles([part.id], actor_id=7).refused[part.id].code == "bundle_divided"


def test_the_number_of_queries_does_not_depend_on_how_many_are_chosen(company: Company) -> None:
    def costs(count: int) -> list[int]:
        orders = [waiting_order(company, f"Q{count}-{n}", buyer_nick=f"{count}-{n}") for n in range(count)]
        ids = [order.id for order in orders]
        return [
            queries(lambda: splitting.split(ids, Wish(SplitKind.WEIGHT, limit_g=600), actor_id=7)),
            queries(lambda: splitting.undo_split(ids, actor_id=7)),
            queries(lambda: merging.merge_check(ids[0], staff)),
        ]

    staff = make_staff()
    assert costs(1) == costs(20)


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as context:
        act()
    return len(context)
