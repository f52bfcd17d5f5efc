"""Bulk writes carry every value there and back, in one statement."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from oms.catalog.models import Product, Sku
from oms.core.bulk import Json, array_text, copy_rows, copy_text, update_rows
from oms.core.models import OutboxMessage
from orders.models import ApprovalPolicy

pytestmark = pytest.mark.django_db
NASTY = "tab\t back\\slash \\N \\. \n line \r 'quote' \"double\" {brace,comma} 中文 🧧 \v\f\b"


def put(text: str, payload: Any) -> OutboxMessage:
    columns = ("topic", "key", "payload", "state", "due_at", "created_at", "error_code", "error", "fence", "attempt")
    now = "2026-11-24T00:00:00+00:00"
    assert copy_rows(OutboxMessage, columns, [("t", "k", Json(payload), "due", now, now, "", text, 0, 0)]) == 1
    return OutboxMessage.objects.get()


def test_copy_brings_back_nasty_text_and_json() -> None:
    row = put(NASTY, {NASTY: [NASTY, 1, None, True]})
    assert row.error == NASTY
    assert row.payload == {NASTY: [NASTY, 1, None, True]}


def test_nul_is_dropped_since_postgresql_cannot_hold_it() -> None:
    row = put("a\x00b", {"x": "a\x00b"})
    assert (row.error, row.payload) == ("ab", {"x": "ab"})


@given(st.text())
def test_copy_text_stays_in_its_field_and_its_line(text: str) -> None:
    written = copy_text(text)
    assert "\t" not in written
    assert "\n" not in written
    assert "\r" not in written


def test_a_value_without_a_form_is_refused() -> None:
    with pytest.raises(TypeError):
        copy_text(1.5)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, None, -(2**62)]),
        ("text", [NASTY, "", "NULL", None, "{}", '"', "\\"]),
        ("boolean", [True, False, None]),
        ("numeric", [Decimal("1.20"), Decimal("-0.01"), None]),
        ("timestamptz", [dt.datetime(2026, 11, 24, 8, 0, 0, 1, tzinfo=dt.UTC), None]),
        ("bytea", [b"\x00\xff{,", b"", None]),
        ("bigint", []),
    ],
)
def test_an_array_in_text_form_holds_what_a_list_holds(kind: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT v FROM unnest(%s::{kind}[]) WITH ORDINALITY AS a(v, n) ORDER BY n", [array_text(values)]
        )
        found = [row[0] for row in cursor.fetchall()]
    assert [bytes(v) if isinstance(v, memoryview) else v for v in found] == values


def make_skus(count: int) -> list[Sku]:
    product = Product.objects.create(code=f"P{count}", name="x")
    return Sku.objects.bulk_create([Sku(product=product, code=f"{count}-{n}") for n in range(count)])


def test_update_gives_each_row_its_own_values_in_one_statement() -> None:
    skus = make_skus(100)
    with CaptureQueriesContext(connection) as queries:
        changed = update_rows(Sku, ("spec", "price"), [(s.id, f"{NASTY}{n}", Decimal(n)) for n, s in enumerate(skus)])
    assert len(queries) == 1
    assert len(changed) == 100
    assert Sku.objects.get(id=skus[7].id).spec == f"{NASTY}7"
    assert Sku.objects.get(id=skus[42].id).price == Decimal(42)


def test_update_leaves_rows_that_do_not_meet_the_condition_and_says_so() -> None:
    first, second = make_skus(2)
    Sku.objects.filter(id=first.id).update(price=5)
    rows = [(first.id, "neu"), (second.id, "neu")]
    assert update_rows(Sku, ("spec",), rows, where="t.price > %s", params=[1]) == [(first.id,)]
    assert Sku.objects.get(id=second.id).spec == ""


def test_update_of_arrays_keeps_each_rows_own_length() -> None:
    one, two = (ApprovalPolicy.objects.create(name=n, audit="cs") for n in "ab")
    update_rows(ApprovalPolicy, ("shops",), [(one.id, [1, 2, 3]), (two.id, [])])
    assert [list(p.shops) for p in ApprovalPolicy.objects.order_by("id")] == [[1, 2, 3], []]


def test_nothing_costs_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert copy_rows(Sku, ("id",), []) == 0
        assert update_rows(Sku, ("spec",), []) == []
    assert len(queries) == 0
