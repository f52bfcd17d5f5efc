"""Dividing an order conserves units and every amount, and puts each unit where the parts say."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.engine.split import SplitKind, split_order
from orders.engine.values import ZERO, OrderPlan
from tests.orders.values import make_draft, make_draft_line, make_order


def amounts(parts: tuple[OrderPlan, ...]) -> list[tuple[str, str, str, str]]:
    return [
        (str(d.goods_amount), str(d.discount_amount), str(d.post_fee), str(d.paid_amount))
        for d in (part.draft for part in parts)
    ]


def test_a_line_is_shared_by_units_and_the_odd_cent_goes_to_the_first_part() -> None:
    order = make_order(make_draft([make_draft_line(1, 3, "10.00", "20.00")], post="1.00"))
    first, second, third = split_order(order, [{0: 1}, {0: 1}, {0: 1}], SplitKind.HAND)
    assert [str(part.lines[0].amount) for part in (first, second, third)] == ["6.67", "6.67", "6.66"]
    assert [str(part.lines[0].discount) for part in (first, second, third)] == ["3.33", "3.33", "3.34"]
    assert amounts((first, second, third)) == [
        ("10.00", "3.33", "0.34", "7.01"),
        ("10.00", "3.33", "0.33", "7.00"),
        ("10.00", "3.34", "0.33", "6.99"),
    ]


def test_what_the_header_has_beyond_its_lines_goes_with_the_first_part() -> None:
    draft = make_draft(
        [make_draft_line(1), make_draft_line(2, sku_id=2)], goods_amount=Decimal("25.00"), discount_amount=Decimal(5)
    )
    parts = split_order(make_order(draft), [{0: 1}, {1: 1}], SplitKind.WAREHOUSE)
    assert amounts(parts) == [("15.00", "5.00", "0.00", "10.00"), ("10.00", "0.00", "0.00", "10.00")]


def test_a_gift_goes_with_the_part_that_names_it() -> None:
    gift = make_draft_line(2, 1, "0.00", sku_id=9, is_gift=True)
    order = make_order(make_draft([make_draft_line(1, 2), gift], post="3.00"))
    first, second = split_order(order, [{0: 2}, {1: 1}], SplitKind.HAND)
    assert [line.sku_id for line in second.lines] == [9]
    assert str(first.draft.post_fee) == "3.00"
    assert str(second.draft.paid_amount) == "0.00"


def test_parts_replace_the_order_that_was_divided_first_and_say_why() -> None:
    order = make_order(make_draft([make_draft_line(1, 4)]))
    first, _second = split_order(order, [{0: 3}, {0: 1}], SplitKind.PRESALE)
    deeper, _rest = split_order(first, [{0: 2}, {0: 1}], SplitKind.WAREHOUSE)
    assert deeper.parents == (order,)
    assert deeper.sources == (order.draft.key,)
    assert [decision.facts["kind"] for decision in deeper.decisions] == ["presale", "warehouse"]
    assert "merge" in deeper.draft.left_alone


@pytest.mark.parametrize("parts", [[{0: 1}], [{0: 3}], [{0: 2}, {}], [{0: 2}, {1: 1}], [{0: 3}, {0: -1}]])
def test_parts_that_do_not_hold_every_unit_once_are_refused(parts: list[dict[int, int]]) -> None:
    with pytest.raises(ValueError, match="part"):
        split_order(make_order(make_draft([make_draft_line(1, 2)])), parts, SplitKind.HAND)


def test_one_part_is_the_order_itself() -> None:
    order = make_order(make_draft([make_draft_line(1, 2)]))
    assert split_order(order, [{0: 2}], SplitKind.HAND) == (order,)


LINES = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9999), st.integers(-500, 20000)), min_size=1, max_size=5)


@given(LINES, st.integers(0, 3000), st.data())
def test_any_division_conserves_units_and_cents(
    rows: list[tuple[int, int, int]], post: int, data: st.DataObject
) -> None:
    lines = [
        make_draft_line(i, units, str(Decimal(price) / 100), str(Decimal(max(paid, 0)) / 100), sku_id=i)
        for i, (units, price, paid) in enumerate(rows, start=1)
    ]
    order = make_order(make_draft(lines, post=str(Decimal(post) / 100)))
    count = data.draw(st.integers(1, 4))
    parts: list[dict[int, int]] = [{} for _ in range(count)]
    for index, line in enumerate(order.lines):
        for _unit in range(line.quantity):
            part = parts[data.draw(st.integers(0, count - 1))]
            part[index] = part.get(index, 0) + 1
    result = split_order(order, [part for part in parts if part], SplitKind.HAND)
    for field in ("goods_amount", "discount_amount", "post_fee", "paid_amount"):
        assert sum((getattr(child.draft, field) for child in result), ZERO) == getattr(order.draft, field)
    units: dict[int, int] = {}
    for child in result:
        for sku, quantity in child.units().items():
            units[sku] = units.get(sku, 0) + quantity
        draft = child.draft
        assert draft.paid_amount == draft.goods_amount - draft.discount_amount + draft.post_fee
        assert draft.paid_amount == sum((line.amount for line in child.lines), draft.post_fee)
    assert units == order.units()
