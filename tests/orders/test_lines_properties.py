"""Quantities and money are conserved through any sequence of expand, split, merge and undo; merging is idempotent and does not
depend on the order in which a batch was read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.engine.expand import collapse, plan_expand
from orders.engine.merge import Traits, merge_key, merge_orders, plan_merge
from orders.engine.parts import by_box, by_shortage, by_warehouse, by_weight
from orders.engine.presale import plan_presale
from orders.engine.split import SplitKind, check_parts, split_order
from orders.engine.split_rules import plan_split
from orders.engine.values import (
    ZERO,
    BundleFacts,
    Draft,
    MergeFacts,
    OrderPlan,
    Plan,
    PresaleFacts,
    RuleHead,
    SplitFacts,
)
from tests.orders.values import NOW, make_draft, make_draft_line, make_order, make_sku, make_snapshot

BUNDLE, SKUS = 9, [make_sku(n, price=str(n * 3), weight_g=n * 100, box_quantity=n % 3) for n in (1, 2, 3)]
SNAPSHOT = make_snapshot(
    [*SKUS, make_sku(BUNDLE)],
    stock={(1, 1): 5, (1, 2): 3, (2, 2): 4, (2, 3): 1, (1, 9): 2},
    bundles=[BundleFacts(BUNDLE, "price", ((1, 2), (3, 1)))],
    split=[SplitFacts(RuleHead(1, 1, "w", frozenset()), "weight", 700, frozenset())],
    merge=[MergeFacts(RuleHead(2, 1, "m", frozenset()), dt.timedelta(minutes=30), False, 3, 0)],
    presale=[PresaleFacts(RuleHead(3, 1, "p", frozenset()), None, 2, NOW + dt.timedelta(days=1))],
)


@st.composite
def drafts(draw: st.DrawFn, most: int = 6) -> list[Draft]:
    made: list[Draft] = []
    for key in range(draw(st.integers(1, most))):
        lines = [
            make_draft_line(
                position,
                draw(st.integers(1, 5)),
                str(Decimal(draw(st.integers(1, 9999))) / 100),
                str(Decimal(draw(st.integers(0, 20000))) / 100),
                sku_id=draw(st.sampled_from([1, 2, 3, BUNDLE])),
                is_gift=draw(st.booleans()) and position > 1,
                oid=f"{key}-{position}",
                trade_id=key + 1,
            )
            for position in range(1, draw(st.integers(1, 4)) + 1)
        ]
        buyer = draw(st.sampled_from("ab"))
        made.append(
            make_draft(
                lines,
                key=key,
                post=str(Decimal(draw(st.integers(0, 900))) / 100),
                paid_at=NOW + dt.timedelta(minutes=draw(st.integers(0, 60))),
                merge_key=merge_key(Traits(buyer, "receiver", "online")),
                invoice_title=draw(st.sampled_from(["", "", "甲", "乙"])),
            )
        )
    return made


def worth(orders: Sequence[OrderPlan]) -> tuple[Decimal, ...]:
    fields = ("goods_amount", "discount_amount", "post_fee", "paid_amount")
    headers = [sum((getattr(order.draft, field) for order in orders), ZERO) for field in fields]
    lines = sum((line.amount for order in orders for line in order.lines), ZERO)
    return (*headers, lines)


def units(orders: Sequence[OrderPlan]) -> Counter[int]:
    """Units by SKU, bundles counted as what is in them."""
    total: Counter[int] = Counter()
    for order in orders:
        for line in order.lines:
            if line.sku_id == BUNDLE:
                total.update({1: 2 * line.quantity, 3: line.quantity})
            else:
                total[line.sku_id or 0] += line.quantity
    return total


def adds_up(order: OrderPlan) -> bool:
    draft = order.draft
    lines = all(line.amount == line.price * line.quantity - line.discount for line in order.lines)
    return lines and draft.paid_amount == draft.goods_amount - draft.discount_amount + draft.post_fee


@settings(deadline=None)
@given(drafts(), st.data())
def test_any_sequence_conserves_units_and_cents(batch: list[Draft], data: st.DataObject) -> None:
    orders = [make_order(draft) for draft in batch]
    paid, goods = worth(orders), units(orders)
    for _step in range(data.draw(st.integers(1, 6))):
        act = data.draw(st.sampled_from(["expand", "split", "merge", "undo"]))
        if act == "expand":
            orders = list(plan_expand(Plan(tuple(orders)), SNAPSHOT).orders)
        elif act == "split":
            chosen = data.draw(st.integers(0, len(orders) - 1))
            parts: list[dict[int, int]] = [{}, {}, {}]
            for index, line in enumerate(orders[chosen].lines):
                for _unit in range(line.quantity):
                    part = parts[data.draw(st.integers(0, 2))]
                    part[index] = part.get(index, 0) + 1
            orders[chosen : chosen + 1] = split_order(orders[chosen], [part for part in parts if part], SplitKind.HAND)
        elif act == "merge" and len(orders) > 1:
            chosen = data.draw(st.integers(0, len(orders) - 2))
            orders[chosen : chosen + 2] = [merge_orders(orders[chosen : chosen + 2])]
        elif act == "undo":
            orders = undo(orders)
        assert worth(orders) == paid
        assert units(orders) == goods
        assert all(map(adds_up, orders))


def undo(orders: Sequence[OrderPlan]) -> list[OrderPlan]:
    """Every split and merge taken back: the parents in the place of those that replaced them."""
    originals = {parent.draft.key: parent for order in orders for parent in (order.parents or (order,))}
    return [originals[key] for key in sorted(originals)]


@settings(deadline=None)
@given(drafts())
def test_undone_orders_are_what_they_were(batch: list[Draft]) -> None:
    start = Plan(tuple(make_order(draft) for draft in batch), SNAPSHOT.available)
    plan = plan_merge(plan_split(start, SNAPSHOT), SNAPSHOT)
    assert undo(plan.orders) == list(start.orders)


@settings(deadline=None)
@given(drafts(), st.randoms())
def test_merging_does_not_depend_on_the_order_of_the_batch_and_changes_nothing_twice(
    batch: list[Draft], chance: object
) -> None:
    def merged(orders: Sequence[OrderPlan]) -> list[tuple[tuple[str, ...], Decimal, str]]:
        plan = plan_merge(Plan(tuple(orders)), SNAPSHOT)
        again = plan_merge(plan, SNAPSHOT)
        assert [order.lines for order in again.orders] == [order.lines for order in plan.orders]
        return sorted(
            (tuple(line.draft.oid for line in order.lines), order.draft.paid_amount, order.draft.trade_no)
            for order in plan.orders
        )

    orders = [make_order(draft) for draft in batch]
    shuffled = list(batch)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    other = [make_order(replace(draft, key=key)) for key, draft in enumerate(shuffled)]
    assert merged(orders) == merged(other)


@settings(deadline=None)
@given(drafts())
def test_stages_conserve_and_never_send_a_gift_alone(batch: list[Draft]) -> None:
    plan = Plan(tuple(make_order(draft) for draft in batch), SNAPSHOT.available)
    paid, goods = worth(plan.orders), units(plan.orders)
    for stage in (plan_expand, plan_presale, plan_split, plan_merge):
        plan = stage(plan, SNAPSHOT)
        assert (worth(plan.orders), units(plan.orders)) == (paid, goods)
    born_alone = {draft.key for draft in batch if all(line.is_gift for line in draft.lines)}
    for order in plan.orders:
        alone = all(line.draft.is_gift for line in order.lines)
        assert not alone or set(order.sources) <= born_alone


@settings(deadline=None)
@given(drafts(most=1), st.integers(50, 900))
def test_parts_cover_the_order_and_keep_the_limit(batch: list[Draft], limit: int) -> None:
    order = make_order(batch[0], {sku.id: sku.weight_g for sku in SKUS})
    skus = {sku.id: sku for sku in [*SKUS, make_sku(BUNDLE)]}
    found = (
        by_weight(order, limit),
        by_box(order, skus),
        by_shortage(order, {1: 2, 2: 1}),
        by_warehouse(order, dict(SNAPSHOT.available)),
    )
    for parts in found:
        if parts:
            check_parts(order, parts)
    for part in found[0]:
        solid = [(index, count) for index, count in part.items() if not order.lines[index].draft.is_gift]
        weight = sum(order.lines[index].weight_g * count for index, count in solid)
        assert weight <= limit or sum(count for _index, count in solid if order.lines[_index].weight_g) == 1


@settings(deadline=None)
@given(drafts(most=1))
def test_what_was_expanded_is_put_together_exactly(batch: list[Draft]) -> None:
    order = make_order(batch[0])
    expanded = plan_expand(Plan((order,)), SNAPSHOT).orders[0]
    stored = [
        replace(
            line.draft,
            sku_id=line.sku_id,
            quantity=line.quantity,
            price=line.price,
            discount=line.discount,
            amount=line.amount,
            bundle=line.bundle,
        )
        for line in expanded.lines
    ]
    together = collapse(stored)
    assert together is not None
    assert [(line.sku_id, line.quantity, line.price, line.discount, line.amount) for line in together] == [
        (line.sku_id, line.quantity, line.price, line.discount, line.amount) for line in order.lines
    ]
