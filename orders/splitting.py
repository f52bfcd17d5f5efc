"""Split orders by hand: see what would become of them, split them, and put them together again.

A person's split divides by the same functions as the rules and the routing; its parts are routed, approved by policy and reserved at once.
What a person split is not split or merged by rules again.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.again import fresh, in_chunks
from oms.core.tasks import ring
from orders.actions import check_rows, final_payment_missing
from orders.engine.decisions import Decision, Outcome
from orders.engine.match import plan_match
from orders.engine.parts import (
    MOST_PARTS,
    Part,
    by_box,
    by_product,
    by_shortage,
    by_warehouse,
    by_weight,
    left_by_sku,
)
from orders.engine.presale import plan_presale
from orders.engine.split import STAGE, SplitKind, check_parts, split_order
from orders.engine.split_rules import plan_split
from orders.engine.values import OrderPlan, Plan, Snapshot, StockKey, start_plan
from orders.locks import lock_orders
from orders.pipeline import PARCEL_STAGES, run_stages
from orders.processing.apply import apply_plan
from orders.processing.existing import load_existing
from orders.processing.families import Group, all_open, load_groups, lock_family, undo_groups
from orders.processing.load import load_snapshot
from orders.states import BEFORE_CS_AUDIT

PROCESS_TASK = "orders.process_due"

Versions = Mapping[int, int] | None

MADE = "made"
"""In the changes of an order that was split or merged by a batch: the orders that stand for it."""

Changes = dict[int, dict[str, tuple[list[int], list[int]]]]

Made = Mapping[int, Collection[int]]
"""The orders that are known to stand for one, by its id."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to split: by ``kind``, or as the rules of splitting say (None). ``parts`` (order line id → units, one mapping a part) for hand;
    ``skus`` for product; ``limit_g`` for weight. For hand, units that no part names stay together in one more part."""

    kind: SplitKind | None
    parts: tuple[Mapping[int, int], ...] = ()
    skus: frozenset[int] = frozenset()
    limit_g: int = 0


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """Units of a line in a part."""

    line_id: int
    title: str
    sku_id: int | None
    sku_code: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """A part as it would be; amounts in yuan, weight in grams."""

    lines: tuple[PreviewLine, ...]
    goods_amount: Decimal
    discount_amount: Decimal
    post_fee: Decimal
    paid_amount: Decimal
    weight_g: int


@dataclass(frozen=True, slots=True)
class SplitPreview:
    """What the wish would make of an order: its parts, or why it cannot be."""

    order_id: int
    version: int
    parts: tuple[PreviewPart, ...] = ()
    refusal: Refusal | None = None


def preview_split(order_id: int, wish: Wish) -> SplitPreview:
    """The plan that ``split`` would apply; nothing is written."""
    with transaction.atomic():
        locked = lock_orders([order_id])
        refused = check_rows([order_id], locked, BEFORE_CS_AUDIT, None)
        if order_id in refused:
            return SplitPreview(order_id, 0, refusal=refused[order_id])
        version = locked[order_id]["version"]
        orders, snapshot = _load([order_id], lock_stock=False)
        answer = _divider(orders, wish, snapshot)(orders[0])
    if isinstance(answer, Refusal):
        return SplitPreview(order_id, version, refusal=answer)
    return SplitPreview(order_id, version, tuple(_preview(part, snapshot) for part in answer))


def _preview(part: OrderPlan, snapshot: Snapshot) -> PreviewPart:
    draft = part.draft
    return PreviewPart(
        tuple(
            PreviewLine(
                line.draft.line_id or 0,
                f"{line.draft.title} {line.draft.spec}".strip(),
                line.sku_id,
                snapshot.skus[line.sku_id].code if line.sku_id is not None else "",
                line.quantity,
                line.amount,
            )
            for line in part.lines
        ),
        draft.goods_amount,
        draft.discount_amount,
        draft.post_fee,
        draft.paid_amount,
        part.weight_g,
    )


@in_chunks
def split(order_ids: Sequence[int], wish: Wish, *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Split orders that wait for the audit. Those for which the wish means nothing are refused with a sentence."""
    return sum((_split_chunk(ids, wish, actor_id, versions) for ids in chunks(order_ids)), ActionResult())


def _split_chunk(ids: list[int], wish: Wish, actor_id: int, versions: Versions) -> ActionResult:
    return fresh(lambda lock_stock: _split(ids, wish, actor_id, versions, lock_stock=lock_stock))


def _split(ids: list[int], wish: Wish, actor_id: int, versions: Versions, *, lock_stock: bool) -> ActionResult:
    refused = check_rows(ids, lock_orders(ids), BEFORE_CS_AUDIT, versions)
    ready = [order_id for order_id in ids if order_id not in refused]
    if not ready:
        return ActionResult((), refused)
    orders, snapshot = _load(ready, lock_stock=lock_stock)
    parts: list[OrderPlan] = []
    divide = _divider(orders, wish, snapshot)
    for order_id, order in zip(ready, orders, strict=True):
        answer = divide(order)
        if isinstance(answer, Refusal):
            refused[order_id] = answer
        else:
            parts.extend(answer)
    plan = run_stages(Plan(tuple(parts), snapshot.available), snapshot, (plan_presale, *PARCEL_STAGES))
    reason = f"split:{wish.kind or 'rules'}"
    written = apply_plan([], plan.orders, now=snapshot.now, run=uuid.uuid4(), actor_id=actor_id, reason=reason)
    made: dict[int, list[int]] = defaultdict(list)
    for one in written:
        for parent in one.plan.parents:
            made[parent.draft.order_id or 0].append(one.order_id)
    changes: Changes = {order_id: {MADE: ([], parts_made)} for order_id, parts_made in made.items()}
    return ActionResult(tuple(order_id for order_id in ready if order_id not in refused), refused, changes)


def _load(ids: Sequence[int], *, lock_stock: bool) -> tuple[tuple[OrderPlan, ...], Snapshot]:
    drafts = tuple(subject.draft for subject in load_existing(ids, first_key=0))
    snapshot = load_snapshot(drafts, timezone.now(), lock_stock=lock_stock, merging=False)
    return plan_match(start_plan(drafts, snapshot), snapshot).orders, snapshot


@dataclass(frozen=True, slots=True)
class _Stock:
    """What is free and not yet taken by an order before: units by SKU, and by warehouse (of those in use) and SKU."""

    left: MutableMapping[int, int]
    free: MutableMapping[StockKey, int]


Divide = Callable[[OrderPlan], "tuple[OrderPlan, ...] | Refusal"]


def _divider(orders: Sequence[OrderPlan], wish: Wish, snapshot: Snapshot) -> Divide:
    """Divides the orders one after the other: what is in stock is shared out among them."""
    if wish.kind is None:
        return _by_rules(orders, snapshot)
    usable = {key: units for key, units in snapshot.available.items() if snapshot.warehouses[key[0]].enabled}
    stock = _Stock(left_by_sku(snapshot.available), usable)
    return lambda order: _divide(order, wish, snapshot, stock)


def _by_rules(orders: Sequence[OrderPlan], snapshot: Snapshot) -> Divide:
    pieces: dict[int, list[OrderPlan]] = defaultdict(list)
    for piece in plan_split(Plan(tuple(orders), snapshot.available), snapshot).orders:
        pieces[piece.sources[0]].append(piece)

    def divide(order: OrderPlan) -> tuple[OrderPlan, ...] | Refusal:
        stops = _stops(order)
        if stops is not None:
            return stops
        if "split" in order.draft.left_alone:
            return Refusal(
                "left_alone", _("A person put the order together, or split it by hand: rules leave it alone.")
            )
        made = pieces[order.draft.key]
        return _numbered(len(made)) or _settled(made)

    return divide


def _stops(order: OrderPlan) -> Refusal | None:
    """Why the order cannot be split at all."""
    if order.draft.intercepted:
        return Refusal("intercepted", _("The order is intercepted. Clear the reason first."))
    if order.draft.deposit is not None:
        return final_payment_missing()
    if order.exceptions:
        return Refusal("not_matched", _("Match every line to a SKU that is in use first; then the order can be split."))
    return None


def _numbered(parts: int) -> Refusal | None:
    """Why it cannot be split into so many."""
    if parts < 2:
        return Refusal("nothing_to_split", _("There is nothing to split in this way: everything stays together."))
    if parts > MOST_PARTS:
        return Refusal(
            "too_many_parts",
            _("This would make %(parts)s orders. At most %(most)s can be made at once.")
            % {"parts": parts, "most": MOST_PARTS},
        )
    return None


def _settled(made: Sequence[OrderPlan]) -> tuple[OrderPlan, ...]:
    """Parts that rules do not split again."""
    return tuple(
        replace(part, draft=replace(part.draft, left_alone=tuple(dict.fromkeys((*part.draft.left_alone, "split")))))
        for part in made
    )


def _divide(order: OrderPlan, wish: Wish, snapshot: Snapshot, stock: _Stock) -> tuple[OrderPlan, ...] | Refusal:
    stops = _stops(order)
    if stops is not None:
        return stops
    parts = _parts(order, wish, snapshot, stock)
    if isinstance(parts, Refusal):
        return parts
    if (wrong := _numbered(len(parts))) is not None:
        return wrong
    facts = {"kind": str(wish.kind), "parts": len(parts)}
    return _settled(split_order(order, parts, str(wish.kind), Decision(STAGE, Outcome.APPLIED, "split", facts=facts)))


def _parts(order: OrderPlan, wish: Wish, snapshot: Snapshot, stock: _Stock) -> list[Part] | Refusal:
    if wish.kind is SplitKind.PRODUCT:
        return by_product(order, wish.skus)
    if wish.kind is SplitKind.BOX:
        return by_box(order, snapshot.skus)
    if wish.kind is SplitKind.WEIGHT:
        return by_weight(order, max(wish.limit_g, 1))
    if wish.kind is SplitKind.SHORTAGE:
        return by_shortage(order, stock.left)
    if wish.kind is SplitKind.WAREHOUSE:
        return by_warehouse(order, stock.free)
    if wish.kind is SplitKind.PRESALE:
        waiting = plan_presale(Plan((order,), snapshot.available), snapshot).orders
        return [_units_of(order, part) for part in waiting]
    return _by_hand(order, wish.parts)


def _units_of(order: OrderPlan, part: OrderPlan) -> Part:
    index_of = {line.draft.line_id: index for index, line in enumerate(order.lines)}
    return {index_of[line.draft.line_id]: line.quantity for line in part.lines}


def _by_hand(order: OrderPlan, wished: Sequence[Mapping[int, int]]) -> list[Part] | Refusal:
    """First what no wished part names, as the form says, then the wished parts; each by index."""
    index_of = {line.draft.line_id: index for index, line in enumerate(order.lines)}
    left = {index: line.quantity for index, line in enumerate(order.lines)}
    parts: list[Part] = []
    for wish in wished:
        part: Part = {}
        for line_id, units in wish.items():
            index = index_of.get(line_id)
            if index is None or units < 0 or units > left[index]:
                return Refusal(
                    "not_these_units",
                    _("The parts name more units than the order has. Look at it again, then split anew."),
                )
            if units:
                part[index] = units
                left[index] -= units
        if part:
            parts.append(part)
    rest = {index: units for index, units in left.items() if units}
    if rest:
        parts.insert(0, rest)
    check_parts(order, parts)
    return parts


@in_chunks
def undo_split(
    order_ids: Sequence[int], *, actor_id: int, versions: Versions = None, made: Made | None = None
) -> ActionResult:
    """Put the parts of split orders together again; each may be named by any of its parts, or by the order that was split."""
    return undo("split", order_ids, actor_id=actor_id, versions=versions, made=made)


def undo(
    kind: str, order_ids: Sequence[int], *, actor_id: int, versions: Versions = None, made: Made | None = None
) -> ActionResult:
    """Undo the splits or merges that made, or replaced, the orders; the originals come back as they were and wait for the audit.

    With ``made`` only what these orders stand for is undone: not what somebody did since.
    """
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            locked = lock_family(ids)
            groups = load_groups(locked)
            refused: dict[int, Refusal] = {}
            chosen: list[Group] = []
            for order_id in ids:
                group = _newest(groups, order_id, kind)
                if group is None:
                    refused[order_id] = Refusal("nothing_to_undo", _("This order was not made by a split or a merge."))
                elif made is not None and set(made.get(order_id, ())) != set(group.children):
                    refused[order_id] = Refusal(
                        "changed_since",
                        _("The order was split or merged again since. Look at it, then undo it by hand."),
                    )
                elif not all_open(group, locked):
                    refused[order_id] = Refusal(
                        "too_late_to_undo",
                        _(
                            "A part of it has left, was cancelled, or was split or merged again. Undo that first, if it can be."
                        ),
                    )
                elif versions and versions.get(order_id, locked[order_id]["version"]) != locked[order_id]["version"]:
                    refused.update(check_rows([order_id], locked, (locked[order_id]["state"],), versions))
                elif group not in chosen:
                    chosen.append(group)
            undo_groups(chosen, locked, reason=f"undo:{kind}", actor_id=actor_id, run=uuid.uuid4(), left_alone=True)
            transaction.on_commit(lambda: ring(PROCESS_TASK))
            result += ActionResult(tuple(order_id for order_id in ids if order_id not in refused), refused)
    return result


def _newest(groups: Sequence[Group], order_id: int, kind: str) -> Group | None:
    """The group of that kind in which the order is a child, or else a parent."""
    of_kind = [group for group in groups if group.kind == kind]
    child = next((group for group in of_kind if order_id in group.children), None)
    return child or next((group for group in of_kind if order_id in group.parents), None)
