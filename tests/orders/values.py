"""Values for the tests of the engine: small drafts, lines and snapshots with everything a test does not care about filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orders.engine.values import (
    ZERO,
    BundleFacts,
    Draft,
    DraftLine,
    MergeFacts,
    OrderPlan,
    PresaleFacts,
    RuleHead,
    SkuFacts,
    Snapshot,
    SplitFacts,
    planned,
    weight_of,
)

NOW = dt.datetime(2026, 11, 11, 4, 0, tzinfo=dt.UTC)
HEAD = RuleHead(1, 1, "rule", frozenset())


def make_draft_line(
    position: int = 1,
    quantity: int = 1,
    price: str = "10.00",
    amount: str | None = None,
    *,
    sku_id: int | None = 1,
    **more: Any,
) -> DraftLine:
    """A line that costs ``price`` × ``quantity`` unless ``amount`` says what was paid."""
    whole = Decimal(price) * quantity
    paid = whole if amount is None else Decimal(amount)
    values: dict[str, Any] = {
        "oid": f"o{position}",
        "item_id": f"i{position}",
        "platform_sku_id": "",
        "item_code": "",
        "sku_code": "",
        "title": f"Goods {position}",
        "spec": "",
        "is_gift": False,
        "refund": "none",
        "trade_id": 1,
        **more,
    }
    return DraftLine(
        position=position,
        quantity=quantity,
        price=Decimal(price),
        discount=whole - paid,
        amount=paid,
        sku_id=sku_id,
        **values,
    )


def make_draft(lines: Iterable[DraftLine] = (), *, key: int = 0, post: str = "0.00", **more: Any) -> Draft:
    """A draft whose header adds up with its lines."""
    rows = tuple(lines) or (make_draft_line(),)
    goods = sum((line.price * line.quantity for line in rows), ZERO)
    paid = sum((line.amount for line in rows), ZERO)
    values: dict[str, Any] = {
        "shop_id": 1,
        "region_code": "330106",
        "payment_kind": "online",
        "goods_amount": goods,
        "discount_amount": goods - paid,
        "post_fee": Decimal(post),
        "paid_amount": paid + Decimal(post),
        "placed_at": NOW,
        "paid_at": NOW,
        "trade_id": key + 1,
        "trade_no": f"T{key}",
        **more,
    }
    return Draft(key=key, lines=rows, **values)


def make_order(draft: Draft, weights: Mapping[int, int] | None = None) -> OrderPlan:
    """The draft's plan as matching leaves it; ``weights`` are grams of one unit by SKU."""
    grams = weights or {}
    lines = tuple(planned(line, line.sku_id, grams.get(line.sku_id or 0, 0)) for line in draft.lines)
    return OrderPlan(draft, lines, weight_of(lines))


def make_sku(sku_id: int, *, price: str = "10.00", cost: str = "5.00", **more: Any) -> SkuFacts:
    """A SKU in use."""
    values: dict[str, Any] = {"enabled": True, "weight_g": 100, **more}
    return SkuFacts(id=sku_id, code=f"S{sku_id}", price=Decimal(price), cost=Decimal(cost), **values)


def make_snapshot(
    skus: Sequence[SkuFacts] = (),
    *,
    stock: Mapping[tuple[int, int], int] | None = None,
    bundles: Sequence[BundleFacts] = (),
    presale: Sequence[PresaleFacts] = (),
    split: Sequence[SplitFacts] = (),
    merge: Sequence[MergeFacts] = (),
    candidates: Sequence[Draft] = (),
    now: dt.datetime = NOW,
) -> Snapshot:
    """A snapshot with these figures and rules and no others."""
    return Snapshot(
        now=now,
        bindings={},
        skus={sku.id: sku for sku in skus},
        warehouses={},
        carriers={},
        warehouse_rules=(),
        carrier_rules=(),
        cs_policies=(),
        finance_policies=(),
        available=dict(stock or {}),
        bundles={bundle.sku_id: bundle for bundle in bundles},
        presale_rules=tuple(presale),
        split_rules=tuple(split),
        merge_rules=tuple(merge),
        candidates=tuple(candidates),
    )
