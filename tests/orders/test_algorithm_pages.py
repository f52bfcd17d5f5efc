"""The worked tables of docs/algorithms/{match,bundles,split,merge}.md are what the engine does."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from oms.config import ROOT
from orders.engine.expand import plan_expand
from orders.engine.match import plan_match
from orders.engine.merge import CHECKS, COMBINERS, STOPS, Traits, merge_key, plan_merge
from orders.engine.parts import by_box, by_product, by_shortage, by_weight
from orders.engine.split import SplitKind, split_order
from orders.engine.values import BundleFacts, ListingBinding, MergeFacts, Plan, RuleHead, start_plan
from tests.orders.values import NOW, make_draft, make_draft_line, make_order, make_sku, make_snapshot

PAGES = ROOT / "docs" / "algorithms"
HEAD = RuleHead(1, 1, "rule", frozenset())


def table(page: str, name: str) -> list[list[str]]:
    """The rows of the table that follows the mark, without its head."""
    text = (PAGES / f"{page}.md").read_text().split(f"<!-- check: {name} -->")[1]
    rows = re.findall(r"^\| (.+) \|$", re.split(r"\n(?:\n[^|]|#)", text.strip())[0], re.M)
    assert len(rows) > 3, "no table after the mark"
    return [[cell.strip() for cell in row.split("|")] for row in rows[2:]]


@pytest.mark.parametrize(("lines", "result", "weight"), table("match", "match"))
def test_match(lines: str, result: str, weight: str) -> None:
    skus = {"a": make_sku(1, weight_g=100), "b": make_sku(2, weight_g=250, enabled=False)}
    drafted = [
        make_draft_line(
            position,
            int(cell.split()[2]),
            sku_id=None,
            item_id=cell[0],
            refund="refunded" if "refunded" in cell else "none",
        )
        for position, cell in enumerate(lines.split(", "), start=1)
    ]
    bindings = {(1, code, ""): ListingBinding(sku.id, "sku_code") for code, sku in skus.items()}
    snapshot = replace(make_snapshot(list(skus.values())), bindings=bindings)
    order = plan_match(start_plan((make_draft(drafted),), snapshot), snapshot).orders[0]
    assert (order.decisions[-1].code, order.weight_g) == (result, int(weight))


@pytest.mark.parametrize("row", table("bundles", "bundles"))
def test_bundles(row: list[str]) -> None:
    bundles, price, paid, shared_by, *expected = row
    snapshot = make_snapshot(
        [make_sku(1, price="10.00", cost="6.00"), make_sku(2, price="5.00", cost="1.00"), make_sku(9)],
        bundles=[BundleFacts(9, shared_by, ((1, 1), (2, 2)))],
    )
    order = make_order(make_draft([make_draft_line(1, int(bundles), price, paid, sku_id=9)]))
    lines = plan_expand(Plan((order,)), snapshot).orders[0].lines
    found = [*(str(line.amount) for line in lines), *(str(line.price) for line in lines)]
    assert found == expected
    assert [line.quantity for line in lines] == [int(bundles), 2 * int(bundles)]


@pytest.mark.parametrize(("order", "kind", "expected"), table("split", "parts"))
def test_parts(order: str, kind: str, expected: str) -> None:
    ids = {"A": 1, "B": 2}
    lines = [
        make_draft_line(n, int(cell.split()[1]), sku_id=ids[cell[0]]) for n, cell in enumerate(order.split(", "), 1)
    ]
    plan = make_order(make_draft(lines), {1: 100, 2: 250})
    name, _, detail = kind.partition(" ")
    parts = {
        "product": lambda: by_product(plan, {ids.get(detail, 0)}),
        "box": lambda: by_box(plan, {1: make_sku(1, box_quantity=3), 2: make_sku(2)}),
        "weight": lambda: by_weight(plan, int(detail or 0)),
        "shortage": lambda: by_shortage(plan, {1: 4, 2: 2}),
    }[name]()
    codes = {index: "AB"[(line.sku_id or 0) - 1] for index, line in enumerate(plan.lines)}
    told = "; ".join(", ".join(f"{codes[index]} {units}" for index, units in sorted(part.items())) for part in parts)
    assert (told or "together") == expected


@pytest.mark.parametrize(("units", "amount", "discount", "postage", "paid"), table("split", "shares"))
def test_shares(units: str, amount: str, discount: str, postage: str, paid: str) -> None:
    order = make_order(make_draft([make_draft_line(1, 3, "10.00", "20.00")], post="1.00"))
    parts = split_order(order, [{0: int(count)} for count in units.split(", ")], SplitKind.HAND)
    assert ", ".join(str(part.lines[0].amount) for part in parts) == amount
    assert ", ".join(str(part.lines[0].discount) for part in parts) == discount
    assert ", ".join(str(part.draft.post_fee) for part in parts) == postage
    assert ", ".join(str(part.draft.paid_amount) for part in parts) == paid


@pytest.mark.parametrize(("orders", "groups"), table("merge", "groups"))
def test_groups(orders: str, groups: str) -> None:
    rule = MergeFacts(HEAD, dt.timedelta(minutes=60), False, 3, 1000)
    made = []
    for number, cell in enumerate(orders.split(", "), start=1):
        minute, grams, *title = cell.split()
        draft = make_draft(
            [make_draft_line(1, sku_id=number, trade_id=number)],
            key=number,
            paid_at=NOW + dt.timedelta(minutes=int(minute)),
            merge_key=merge_key(Traits("buyer", "receiver", "online")),
            invoice_title="".join(title),
        )
        made.append(make_order(draft, {number: int(grams.removesuffix("g"))}))
    plan = plan_merge(Plan(tuple(made)), make_snapshot(merge=[rule]))
    found = sorted(plan.orders, key=lambda order: order.draft.paid_at or NOW)
    told = "; ".join(" ".join(str(n) for n in sorted(line.sku_id or 0 for line in order.lines)) for order in found)
    assert told == groups


def test_every_check_and_every_field_of_a_merge_is_described() -> None:
    codes = {row[0].strip("`") for row in table("merge", "codes")}
    assert codes == {code for code, _test in (*CHECKS, *STOPS)}
    fields = [name.strip() for row in table("merge", "fields") for name in row[0].split(",")]
    assert sorted(fields) == sorted(name for name, _combine in COMBINERS)


def test_a_key_needs_all_of_its_parts() -> None:
    whole = Traits("buyer", "receiver", "online")
    assert merge_key(whole) is not None
    for name in ("buyer", "receiver"):
        assert merge_key(replace(whole, **{name: ""})) is None
        assert merge_key(replace(whole, **{name: "other"})) != merge_key(whole)
    assert merge_key(replace(whole, payment_kind="cod")) != merge_key(whole)
