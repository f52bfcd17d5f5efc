"""Orders edited in place: amounts, the pipeline, the trade that changes meanwhile, and two clerks at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.catalog.models import Category, Product
from oms.catalog.receivers import ReceiverData
from oms.core.errors import UnableTo
from oms.core.history import history_of
from orders import audit
from orders.editing.load import load_editable
from orders.editing.save import Saved, save, take_from_trade
from orders.editing.values import EditWish, InvoiceWish, LineWish, is_editable, line_keys
from orders.engine.amounts import LineAsk, UnableToAdd, compute
from orders.models import Order, OrderEdit, OrderLine, Trade
from orders.pipeline import process_due
from orders.trades.document import RefundState, TradeDocument
from tests.factories import (
    Company,
    make_carrier,
    make_category,
    make_company,
    make_document,
    make_line,
    make_sku,
    make_staff,
    make_warehouse,
    put_stock,
    store,
)
from tests.factories.trades import START
from tests.holding import assert_invariants_hold

NEW = ReceiverData("李雷", "13900001111", "体育西路 8 号 1201", "广东省", "广州市", "天河区")


@pytest.fixture
def company(db: None) -> Iterator[Company]:
    made = make_company()
    make_staff("editor")
    yield made
    assert_invariants_hold()


@pytest.fixture
def editor(company: Company) -> int:
    from oms.accounts.models import Staff

    return Staff.objects.get(username="editor").pk


def take(company: Company, *documents: TradeDocument) -> Order:
    store(company.shop, *documents)
    process_due()
    return Order.objects.get(trade_no=documents[-1].trade_no, origin="own")


def document(company: Company, **values: Any) -> TradeDocument:
    lines = [make_line(company.skus[0], 2, price="200.00"), make_line(company.skus[1], price="150.00")]
    return make_document(lines, buyer_message="周五前到", **values)


def wish_of(order: Order, **values: Any) -> EditWish:
    """The wish of somebody who changes nothing but the values."""
    found = load_editable(Order.objects.get(pk=order.pk))
    rows = zip(line_keys(found.lines), found.lines, strict=True)
    lines = tuple(
        LineWish(key, found.codes.get(line.sku_id or 0, ""), line.quantity, line.price, line.discount)
        for key, line in rows
        if is_editable(line)
    )
    now = found.order
    invoice = InvoiceWish(now.invoice_kind, now.invoice_title, now.invoice_tax_no, now.invoice_email)
    wish = EditWish(lines, now.post_fee, None, now.wished_warehouse_id, now.wished_carrier_id, invoice)
    return replace(wish, **values)


def fields(order: Order) -> dict[str, str]:
    return load_editable(Order.objects.get(pk=order.pk)).fields


def edit(order: Order, actor: int, base: dict[str, str] | None = None, **values: Any) -> Saved:
    return save(order.pk, wish_of(order, **values), base=fields(order) if base is None else base, actor_id=actor)


def lines_with(order: Order, position: int = 0, **values: Any) -> tuple[LineWish, ...]:
    lines = list(wish_of(order).lines or ())
    lines[position] = replace(lines[position], **values)
    return tuple(lines)


amounts = st.decimals("0.00", "9999.99", places=2)


class TestAmounts:
    @given(st.lists(st.tuples(st.integers(1, 9), amounts, amounts), min_size=1, max_size=6), amounts, amounts)
    def test_always_add_up(self, rows: list[tuple[int, Decimal, Decimal]], post_fee: Decimal, paid: Decimal) -> None:
        lines = [LineAsk(units, price, min(discount, price * units)) for units, price, discount in rows]
        for fixed in (paid, None):
            try:
                found = compute(lines, post_fee, paid=fixed)
            except UnableToAdd:
                assert fixed is not None
                assert fixed < post_fee or not any(line.worth for line in lines)
                continue
            assert found.goods - found.discount + found.post_fee == found.paid
            assert sum(line.amount for line in found.lines) + post_fee == found.paid
            assert all(line.amount >= 0 for line in found.lines)
            if fixed is not None:
                assert found.paid == fixed

    @pytest.mark.parametrize(
        ("line", "post_fee"),
        [
            (LineAsk(0, Decimal(1)), "0"),
            (LineAsk(1, Decimal(-1)), "0"),
            (LineAsk(1, Decimal(1), Decimal(2)), "0"),
            (LineAsk(1, Decimal(1)), "-1"),
        ],
    )
    def test_refuse_nonsense(self, line: LineAsk, post_fee: str) -> None:
        with pytest.raises(UnableToAdd):
            compute([line], Decimal(post_fee))


class TestLines:
    def test_units_and_price_change_while_what_was_paid_stays(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        with pytest.raises(UnableTo, match="实付"):
            edit(order, editor, lines=lines_with(order, quantity=3))
        saved = edit(order, editor, lines=lines_with(order, quantity=3), reason="补一件")
        assert [name for name in saved.changed if name.startswith("line:")]
        after = Order.objects.get(pk=order.pk)
        assert (after.goods_amount, after.discount_amount, after.paid_amount) == (
            Decimal("750.00"),
            Decimal("200.00"),
            order.paid_amount,
        )
        assert (after.quantity, after.version > order.version) == (4, True)
        kept = OrderEdit.objects.get(order=order)
        assert (kept.adjustment, kept.reason, kept.lines, kept.removed) == (Decimal("200.00"), "补一件", True, False)
        entry = history_of("order", order.pk).filter(action="edit").get()
        assert entry.actor_id == editor
        assert (entry.changes or {})["adjustment"] == ["0.00", "200.00"]

    def test_a_sku_is_replaced_added_and_removed(self, company: Company, editor: int) -> None:
        third = make_sku("A3", price="50.00")
        put_stock(company.warehouse, {third: 5})
        order = take(company, document(company))
        first, second = wish_of(order).lines or ()
        asked = (replace(first, sku_code="A3"), LineWish("new1", "A2", 1, Decimal("10.00"), Decimal("0.00")))
        edit(order, editor, lines=asked, reason="换款")
        rows = list(
            OrderLine.objects.filter(order=order).order_by("position").values_list("sku__code", "trade_id", "oid")
        )
        assert rows == [("A3", order.origin_trade_id, first.key.split(".")[1]), ("A2", None, "")]
        assert second.key
        assert OrderEdit.objects.get(order=order).removed

    def test_goods_of_others_stay_and_none_are_added(self, company: Company) -> None:
        """Somebody limited by category keeps the order's lines, and cannot put in what lies outside, however it is typed."""
        for code, name in (("A1", "女装"), ("A2", "数码")):
            Product.objects.filter(skus__code=code).update(category=make_category(name))
        limited = make_staff(categories=Category.objects.filter(name="女装"))
        order = take(company, document(company))
        assert edit(order, limited.pk, lines=lines_with(order, quantity=3), reason="多发").changed
        other = make_sku("A9")
        Product.objects.filter(pk=other.product_id).update(category="数码")
        for lines in (
            lines_with(order, sku_code="A9"),
            (*lines_with(order), LineWish("new1", "A9", 1, Decimal("10.00"), Decimal("0.00"))),
        ):
            with pytest.raises(UnableToAdd):
                edit(order, limited.pk, lines=lines, reason="换款")

    def test_a_line_of_the_trade_must_stay(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        with pytest.raises(UnableToAdd):
            edit(order, editor, lines=(LineWish("new1", "A2", 1, Decimal("10.00"), Decimal("0.00")),), reason="换")

    def test_of_a_removed_line_the_platform_is_told_nothing(self, company: Company, editor: int) -> None:
        from orders.models import WaybillUpload
        from warehouse.models import Shipment
        from warehouse.shipping import ship

        order = take(company, document(company))
        first, _second = wish_of(order).lines or ()
        edit(order, editor, lines=(first,), reason="第二件不要了")
        audit.audit([order.pk], actor_id=editor)
        audit.finance_audit([order.pk], actor_id=editor)
        ship(list(Shipment.objects.values_list("id", flat=True)), actor_id=editor)
        assert WaybillUpload.objects.get().part_oids == [first.key.split(".")[1]]

    @pytest.mark.parametrize(
        "values", [{"sku_code": "NOPE"}, {"sku_code": ""}, {"quantity": 0}, {"price": Decimal("-1.00")}]
    )
    def test_nonsense_is_refused_and_nothing_written(
        self, company: Company, editor: int, values: dict[str, Any]
    ) -> None:
        order = take(company, document(company))
        with pytest.raises(UnableToAdd) as refused:
            edit(order, editor, lines=lines_with(order, 1, **values), reason="x")
        assert refused.value.line == 1
        assert Order.objects.get(pk=order.pk).version == order.version
        assert not OrderEdit.objects.exists()

    def test_those_of_a_split_order_stay(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        Order.objects.filter(pk=order.pk).update(origin="hand")
        saved = edit(order, editor, lines=None, post_fee=Decimal("9.00"))
        assert saved == Saved()
        Order.objects.filter(pk=order.pk).update(origin="own")

    def test_an_unmatched_line_gets_its_sku_and_the_order_goes_on(self, company: Company, editor: int) -> None:
        order = take(company, make_document([make_line("UNKNOWN", price="20.00")]))
        assert order.exceptions == ["unmatched_listing"]
        edit(order, editor, lines=lines_with(order, sku_code="A1"))
        assert Order.objects.get(pk=order.pk).state == "approved"


class TestReceiver:
    def test_goes_elsewhere_and_is_routed_anew(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        edit(order, editor, receiver=NEW)
        after = Order.objects.select_related("receiver").get(pk=order.pk)
        assert (after.receiver.name, after.region_id, after.region_name) == ("李雷", "440106", "广东 广州")
        assert after.merge_key != order.merge_key
        told = str([entry.changes for entry in history_of("order", order.pk)])
        assert "13900001111" not in told
        assert "李雷" not in told
        assert "139****1111" in told

    def test_the_same_one_changes_nothing(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        r = Order.objects.select_related("receiver").get(pk=order.pk).receiver
        same = ReceiverData(r.name, r.phone, r.address, r.province, r.city, r.district)
        assert edit(order, editor, receiver=same) == Saved()

    def test_a_masked_one_is_refused(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        with pytest.raises(UnableTo):
            edit(order, editor, receiver=replace(NEW, phone="139****1111"))


class TestWishes:
    def test_the_carrier_asked_for_drives(self, company: Company, editor: int) -> None:
        other = make_carrier("SF")
        order = take(company, document(company))
        edit(order, editor, carrier_id=other.pk)
        assert Order.objects.get(pk=order.pk).carrier_id == other.pk
        audit.audit([order.pk], actor_id=editor)
        assert Order.objects.get(pk=order.pk).carrier_id == other.pk

    def test_the_warehouse_asked_for_ships(self, company: Company, editor: int) -> None:
        far = make_warehouse("W2")
        put_stock(far, dict.fromkeys(company.skus, 10))
        order = take(company, document(company))
        edit(order, editor, warehouse_id=far.pk)
        assert Order.objects.get(pk=order.pk).warehouse_id == far.pk

    def test_one_that_cannot_be_stops_the_order_with_its_name(self, company: Company, editor: int) -> None:
        off = make_carrier("ZTO", enabled=False)
        order = take(company, document(company))
        edit(order, editor, carrier_id=off.pk)
        assert Order.objects.get(pk=order.pk).exceptions == ["wish_not_met"]
        assert [r.code for r in audit.audit([order.pk], actor_id=editor).refused.values()] == ["wish_not_met"]


class TestInvoice:
    def test_is_confirmed_and_its_address_sealed(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        invoice = InvoiceWish(
            "company", "杭州棉朵服饰有限公司", "91330106MA27XYZ123", "fin@example.com", confirmed=True
        )
        edit(order, editor, invoice=invoice)
        after = Order.objects.get(pk=order.pk)
        assert (after.invoice_email, after.invoice_confirmed_by_id) == ("fin@example.com", editor)
        entry = history_of("order", order.pk).filter(action="edit").get()
        assert (entry.changes or {})["invoice_email"] == ["", "f***@example.com"]
        audit.audit([order.pk], actor_id=editor)
        assert Order.objects.get(pk=order.pk).invoice_tax_no == "91330106MA27XYZ123"


class TestTrade:
    def echo(self, before: TradeDocument, **values: Any) -> TradeDocument:
        return replace(before, modified=before.modified + dt.timedelta(minutes=5), **values)

    def test_a_memo_from_the_platform_leaves_the_edit_as_it_is(self, company: Company, editor: int) -> None:
        trade = document(company)
        order = take(company, trade)
        edit(order, editor, lines=lines_with(order, quantity=3), reason="补", receiver=NEW)
        take(company, self.echo(trade, seller_memo="新备注"))
        after = Order.objects.select_related("receiver").get(pk=order.pk)
        assert (after.quantity, after.receiver.name, after.seller_memo) == (4, "李雷", "新备注")
        assert after.attention == []

    def test_another_address_of_the_platform_is_told_and_not_taken(self, company: Company, editor: int) -> None:
        trade = document(company)
        order = take(company, trade)
        edit(order, editor, receiver=NEW)
        moved = replace(trade.receiver, address="别处 2 号")
        take(company, self.echo(trade, receiver=moved))
        after = Order.objects.select_related("receiver").get(pk=order.pk)
        assert (after.receiver.name, after.attention) == ("李雷", ["changed_after_edit"])
        take(
            company, replace(self.echo(trade, receiver=moved, seller_memo="x"), modified=START + dt.timedelta(hours=1))
        )
        assert Order.objects.get(pk=order.pk).attention == ["changed_after_edit"]
        edit(order, editor, carrier_id=company.carrier.pk)
        assert Order.objects.get(pk=order.pk).attention == []

    def test_a_refund_stops_an_edited_order_and_an_audited_one(self, company: Company, editor: int) -> None:
        trade = document(company)
        order = take(company, trade)
        edit(order, editor, lines=lines_with(order, quantity=3), reason="补")
        audit.audit([order.pk], actor_id=editor)
        take(company, self.echo(trade, seller_memo="只是备注"))
        assert Order.objects.get(pk=order.pk).state == "finance_review"
        lines = (replace(trade.lines[0], refund=RefundState.REQUESTED), trade.lines[1])
        take(company, self.echo(trade, lines=lines))
        after = Order.objects.get(pk=order.pk)
        assert (after.state, after.exceptions, after.quantity) == ("exception", ["refund_requested"], 4)

    def test_its_content_is_taken_again_when_asked(self, company: Company, editor: int) -> None:
        trade = document(company)
        order = take(company, trade)
        edit(order, editor, lines=lines_with(order, quantity=3), reason="补", receiver=NEW)
        version = Order.objects.get(pk=order.pk).version
        assert [r.code for r in take_from_trade(order.pk, version=0, actor_id=editor).values()] == ["changed_meanwhile"]
        assert not Trade.objects.filter(state="due").exists()
        assert take_from_trade(order.pk, version=version, actor_id=editor) == {}
        process_due()
        after = Order.objects.select_related("receiver").get(pk=order.pk)
        assert (after.quantity, after.receiver.name, after.discount_amount) == (3, "张小明", Decimal("0.00"))
        assert not OrderEdit.objects.exists()


class TestTwoClerks:
    def test_the_second_is_told_what_changed_and_can_save_on_top(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        base = fields(order)
        edit(order, editor, carrier_id=company.carrier.pk)
        second = make_staff().pk
        saved = edit(order, second, base, warehouse_id=company.warehouse.pk)
        assert saved.meanwhile == ("carrier",)
        assert Order.objects.get(pk=order.pk).wished_warehouse_id is None
        saved = edit(order, second, fields(order), warehouse_id=company.warehouse.pk)
        assert saved.changed == ("warehouse",)
        after = Order.objects.get(pk=order.pk)
        assert (after.wished_carrier_id, after.wished_warehouse_id) == (company.carrier.pk, company.warehouse.pk)

    def test_what_the_pipeline_did_meanwhile_disturbs_nobody(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        base = fields(order)
        audit.reprocess([order.pk], actor_id=editor)
        process_due()
        assert edit(order, editor, base, carrier_id=company.carrier.pk).changed == ("carrier",)

    def test_an_audited_order_is_not_edited(self, company: Company, editor: int) -> None:
        order = take(company, document(company))
        base = fields(order)
        audit.audit([order.pk], actor_id=editor)
        refused = edit(order, editor, base, receiver=NEW).refusal
        assert refused is not None
        assert refused.code == "wrong_state"
