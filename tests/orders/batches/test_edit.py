"""One field changed on many orders: what it becomes, what is refused, what a preview says, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.accounts.models import Staff
from oms.catalog.models import Sku
from oms.core.errors import UnableTo
from oms.core.models import HistoryEntry, OutboxMessage
from orders import merging
from orders.batches.deeds import DEEDS
from orders.batches.edit import edit
from orders.batches.fields import FIELDS, NOTHING, Change, Field
from orders.batches.preview import preview
from orders.batches.results import rows_of
from orders.batches.start import start_undo
from orders.memos import TOPIC
from orders.models import AssignmentRule, Department, MemoUpload, Order, OrderTag
from orders.pipeline import process_due
from tests.factories import Company, make_carrier, make_order

from .make import begin, make_waiting, work

pytestmark = pytest.mark.django_db


def changed(order: Order, name: str, mode: str, value: Any) -> Any:
    """The value of the field's first column afterwards."""
    field = FIELDS[name]
    edit([order.pk], field, Change(mode, value), actor_id=7)
    order.refresh_from_db()
    return getattr(order, field.columns[0])


STEPS: list[tuple[str, str, Any, Any]] = [
    ("tag", "add", 3, [3]),
    ("tag", "add", 5, [3, 5]),
    ("tag", "add", 3, [3, 5]),
    ("tag", "remove", 3, [5]),
    ("tag", "remove", 9, [5]),
    ("urgent", "set", True, True),
    ("urgent", "set", False, False),
    ("note", "append", "先打电话", "先打电话"),
    ("note", "append", "再发货", "先打电话\n再发货"),
    ("note", "append", "再发货", "先打电话\n再发货"),
    ("note", "replace", "别发", "别发"),
    ("note", "clear", "", ""),
    ("memo", "append", "加送小样", "加送小样"),
    ("flag", "set", 2, 2),
    ("business_type", "set", "wholesale", "wholesale"),
    ("business_type", "set", None, ""),
    ("invoice_title", "replace", "某公司", "某公司"),
    ("invoice_kind", "set", "company", ""),
    ("invoice_tax_no", "replace", "91330106MA2KXXXX0X", "91330106MA2KXXXX0X"),
    ("invoice_kind", "set", "company", "company"),
    ("invoice_tax_no", "clear", "", "91330106MA2KXXXX0X"),
    ("invoice_title", "clear", "", "某公司"),
    ("invoice_kind", "set", None, ""),
    ("invoice_title", "clear", "", ""),
]


def test_each_field_becomes_what_was_asked_for(company: Company) -> None:
    order = make_waiting(company, 1)[0]
    assert {name for name, *_rest in STEPS} >= set(FIELDS) - {"department", "salesperson", "warehouse", "carrier"}
    for name, mode, value, becomes in STEPS:
        assert changed(order, name, mode, value) == becomes, (name, mode, value)


def test_what_has_the_value_already_is_done_and_not_touched(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 3)
    Order.objects.filter(pk=orders[0].pk).update(urgent=True)
    batch = work(begin(clerk, "edit_urgent", orders, mode="set", value=True))
    assert (batch.done, batch.refused) == (3, 0)
    assert [
        order.version - before.version for order, before in zip(Order.objects.order_by("id"), orders, strict=True)
    ] == [
        0,
        1,
        1,
    ]
    entries = HistoryEntry.objects.filter(action="edit_urgent")
    assert {entry.subject_id for entry in entries} == {order.pk for order in orders[1:]}
    assert entries[0].changes == {"urgent": [False, True]}
    assert entries[0].actor_id == clerk.pk


def test_who_an_order_belongs_to_stays_as_a_person_said(company: Company) -> None:
    north, south = (Department.objects.create(code=code, name=code) for code in ("N", "S"))
    AssignmentRule.objects.create(name="都归北", department=north, business_type="consignment")
    (order,) = make_waiting(company, 1)
    assert (order.department, order.business_type) == (north, "consignment")
    assert changed(order, "department", "set", south.pk) == south.pk
    Order.objects.filter(pk=order.pk).update(reprocess_at=order.placed_at)
    process_due()
    order.refresh_from_db()
    assert (order.department, order.business_type, order.reprocess_at) == (south, "consignment", None)
    # And through a merge.
    (other,) = make_waiting(company, 1)
    assert merging.merge([order.pk, other.pk], actor_id=7).done
    assert Order.objects.get(origin="merge").department == south


def test_states_and_versions_are_checked(company: Company, clerk: Staff) -> None:
    waiting, cancelled = make_waiting(company, 2)
    Order.objects.filter(pk=cancelled.pk).update(state="cancelled")
    Order.objects.filter(pk=waiting.pk).update(version=9)
    batch = work(begin(clerk, "edit_memo", [waiting, cancelled], mode="append", value="x"))
    assert [row.code for row in rows_of(batch, clerk)] == ["changed_meanwhile", "wrong_state"]
    # Tags and notes are for every order that stands.
    assert changed(cancelled, "tag", "add", 1) == [1]


def test_a_text_that_would_grow_too_long_is_refused(company: Company) -> None:
    (order,) = make_waiting(company, 1)
    field = FIELDS["note"]
    assert changed(order, "note", "append", "一" * 300)
    result = edit([order.pk], field, Change("append", "二" * 300), actor_id=7)
    assert [refusal.code for refusal in result.refused.values()] == ["too_long"]


@pytest.mark.parametrize(
    ("name", "mode", "text", "code"),
    [
        ("tag", "set", "1", "no_mode"),
        ("tag", "add", "999", "no_value"),
        ("urgent", "set", "", "no_value"),
        ("note", "append", " \x00 ", "no_value"),
        ("note", "replace", "一" * 501, "too_long"),
        ("flag", "set", "9", "no_value"),
        ("salesperson", "set", "999999", "no_value"),
        ("invoice_kind", "set", "paper", "no_value"),
        ("invoice_tax_no", "replace", "91330106MA2KXXXX0I", "bad_tax_no"),
        ("invoice_tax_no", "replace", "123", "bad_tax_no"),
    ],
)
def test_forms_that_say_nothing_are_refused(name: str, mode: str, text: str, code: str) -> None:
    with pytest.raises(UnableTo) as refused:
        FIELDS[name].read(mode, text)
    assert refused.value.code == code


def test_forms_are_read_and_told_in_words(clerk: Staff) -> None:
    tag = OrderTag.objects.create(name="大客户")
    cases: list[tuple[Field, Change, str]] = [
        (FIELDS["tag"], FIELDS["tag"].read("add", str(tag.pk)), "大客户"),
        (FIELDS["urgent"], FIELDS["urgent"].read("set", "1"), "加急"),
        (FIELDS["salesperson"], FIELDS["salesperson"].read("set", str(clerk.pk)), str(clerk)),
        (FIELDS["department"], FIELDS["department"].read("set", NOTHING), "无部门"),
        (FIELDS["memo"], FIELDS["memo"].read("append", " 两\r\n行 "), "两\n行"),
    ]
    assert [field.told(change) for field, change, _told in cases] == [told for _field, _change, told in cases]


def test_the_preview_is_the_deed_and_leaves_nothing(company: Company, clerk: Staff) -> None:
    orders = [*make_waiting(company, 3), make_order(company)]
    Order.objects.filter(pk=orders[0].pk).update(flag=2)
    Order.objects.filter(pk=orders[1].pk).update(state="cancelled")
    before = list(Order.objects.order_by("id").values())
    shown = preview(
        DEEDS["edit_flag"], {"mode": "set", "value": 2}, [(o.pk, o.version) for o in orders], actor_id=clerk.pk
    )
    assert (shown.total, shown.changing, shown.same, shown.refused) == (4, 2, 1, 1)
    assert [reason.code for reason in shown.reasons] == ["wrong_state"]
    assert list(Order.objects.order_by("id").values()) == before
    assert not HistoryEntry.objects.filter(action="edit_flag").exists()


def test_a_batch_is_taken_back_where_the_value_is_still_the_new_one(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 4)
    Order.objects.filter(pk=orders[0].pk).update(seller_memo="旧")
    Order.objects.filter(pk=orders[1].pk).update(seller_memo="x")
    batch = work(begin(clerk, "edit_memo", orders, part=2, mode="replace", value="x"))
    process_due()
    Order.objects.filter(pk=orders[2].pk).update(seller_memo="别人改的")
    back = work(start_undo(clerk, batch))
    # The second had the value already: it was not changed, and is not touched now.
    assert (back.total, back.done, back.refused) == (3, 2, 1)
    assert [order.seller_memo for order in Order.objects.order_by("id")] == ["旧", "x", "别人改的", ""]
    assert [row.code for row in rows_of(back, clerk)] == ["", "changed_since", ""]
    batch.refresh_from_db()
    for again in (batch, back):
        with pytest.raises(UnableTo):
            start_undo(clerk, again)


def test_what_the_person_may_not_do_any_more_is_not_taken_back(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 1)
    batch = work(begin(clerk, "edit_urgent", orders, mode="set", value=True))
    back = start_undo(clerk, batch)
    clerk.groups.clear()
    assert work(back).job.state == "failed"
    assert Order.objects.get().urgent


def test_the_number_of_queries_does_not_depend_on_the_size(company: Company, clerk: Staff) -> None:
    for name, params in (("edit_tag", {"mode": "add", "value": 1}), ("edit_memo", {"mode": "append", "value": "x"})):
        counts = []
        for size in (1, 30):
            batch = begin(clerk, name, make_waiting(company, size), **params)
            with CaptureQueriesContext(connection) as queries:
                batch = work(batch)
            back = start_undo(clerk, batch)
            with CaptureQueriesContext(connection) as undoing:
                work(back)
            counts.append((len(queries), len(undoing)))
        assert counts[0] == counts[1]


def test_another_carrier_is_checked_by_the_rules_when_the_order_is_decided_anew(company: Company, clerk: Staff) -> None:
    able = make_carrier("SF")
    unable = make_carrier("NO", max_weight_g=1)
    first, second = make_waiting(company, 2)
    Sku.objects.update(weight_g=500)
    work(begin(clerk, "edit_carrier", [first], mode="set", value=able.pk))
    batch = work(begin(clerk, "edit_carrier", [second], mode="set", value=unable.pk))
    process_due()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.carrier, first.state) == (able, "cs_review")
    assert second.state == "exception"
    # Taken back, the rules decide again.
    work(start_undo(clerk, batch))
    process_due()
    second.refresh_from_db()
    assert (second.carrier, second.state) == (company.carrier, "cs_review")


def test_memos_and_flags_are_told_to_the_platforms(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 3)
    assert merging.merge([order.pk for order in orders[:2]], actor_id=7).done
    merged = Order.objects.get(origin="merge")
    batch = work(begin(clerk, "edit_memo", [merged, orders[2]], mode="replace", value="加急发出"))
    assert set(MemoUpload.objects.values_list("memo", "revision", "state")) == {("加急发出", 1, "due")}
    assert MemoUpload.objects.count() == 3
    # The orders that a merge stands for say the same, or the platform's echo would count as news.
    assert set(Order.objects.values_list("seller_memo", flat=True)) == {"加急发出"}
    assert OutboxMessage.objects.filter(topic=TOPIC).count() == 3
    work(start_undo(clerk, batch))
    assert set(MemoUpload.objects.values_list("memo", "revision")) == {("", 2)}
    # What has the value already is not told again.
    work(begin(clerk, "edit_flag", list(Order.objects.filter(state="cs_review")), mode="set", value=0))
    assert set(MemoUpload.objects.values_list("revision", flat=True)) == {2}


def test_an_invoice_is_complete_or_stays_and_a_confirmed_one_is_left_alone(company: Company, clerk: Staff) -> None:
    orders = make_waiting(company, 3)
    Order.objects.filter(pk=orders[0].pk).update(invoice_title="甲公司", invoice_tax_no="91330106MA2KXXXX0X")
    Order.objects.filter(pk=orders[2].pk).update(invoice_title="丙", invoice_confirmed_at=orders[2].placed_at)
    batch = work(begin(clerk, "edit_invoice_kind", orders, mode="set", value="company"))
    assert [row.code for row in rows_of(batch, clerk)] == ["", "invoice_incomplete", "invoice_confirmed"]
    assert "税号" in [row.sentence for row in rows_of(batch, clerk)][1]
    # Confirmed meanwhile: finance relies on it.
    Order.objects.filter(pk=orders[0].pk).update(invoice_confirmed_at=orders[0].placed_at)
    back = work(start_undo(clerk, batch))
    assert [row.code for row in rows_of(back, clerk)] == ["invoice_confirmed"]
    Order.objects.filter(pk=orders[0].pk).update(invoice_confirmed_at=None)
    assert Order.objects.get(pk=orders[0].pk).invoice_kind == "company"
    assert FIELDS["invoice_tax_no"].read("replace", " 91330106 ma2kxxxx0x ").value == "91330106MA2KXXXX0X"
