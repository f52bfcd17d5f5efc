"""Stage 5, merge: orders of one buyer to one receiver travel in one parcel.

``KEY`` declares what orders must have in common to be looked at together at all; its digest is stored on the order and indexed.
``CHECKS`` declares what else speaks against a merge, ``COMBINERS`` how each field of the header comes about. A new part of the key, a
new check or a new field is one line there.

Within a key, orders are taken by (time of payment, trade, number) and each joins the open group if every check passes, else it opens
the next group: checks only ever fail more the more there are, so that merging again what was merged changes nothing, and the order
in which a batch was read does not matter. Amounts, units and lines are conserved; ``docs/algorithms/merge.md`` has worked tables.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from oms.core.values import quick
from orders.engine.decisions import Decision, Outcome
from orders.engine.kept import united
from orders.engine.marks import join_marks
from orders.engine.reasons import Attention
from orders.engine.values import (
    ZERO,
    Draft,
    MergeFacts,
    OrderPlan,
    Plan,
    PlannedLine,
    SkuFacts,
    Snapshot,
    SplitFacts,
    StockKey,
    planned,
    weight_of,
)

STAGE = "merge"
ORIGIN = "merge"


@quick
@dataclass(frozen=True, slots=True)
class Traits:
    """What of a trade bears on its merge key. ``receiver`` is a token under which the receiver is known to be the same beyond doubt:
    a keyed digest of plain name, phone and address, or the platform's word for masked ones; empty when nobody can tell."""

    buyer: str
    receiver: str
    payment_kind: str


KEY: tuple[tuple[str, Callable[[Traits], str]], ...] = (
    ("buyer", lambda traits: traits.buyer),
    ("receiver", lambda traits: traits.receiver),
    ("payment", lambda traits: traits.payment_kind),
)
"""What must be the same. An order without a value for one of them is never merged by itself."""


def merge_key(traits: Traits) -> bytes | None:
    """16 bytes that are the same for orders that may travel together; None when a part of the key is not known."""
    values = [read(traits) for _name, read in KEY]
    return hashlib.blake2b("\x1f".join(values).encode(), digest_size=16).digest() if all(values) else None


@dataclass(frozen=True, slots=True)
class Group:
    """Orders that travel together so far, the rule for it (None: a person's wish), and an order that asks to join."""

    members: tuple[OrderPlan, ...]
    rule: MergeFacts | None

    def trades(self) -> int:
        return len({line.draft.trade_id for order in self.members for line in order.lines if line.draft.trade_id})

    def times(self) -> list[dt.datetime]:
        return [moment for order in self.members if (moment := paid(order.draft)) is not None]


def _another_shop(group: Group) -> bool:
    rule, shops = group.rule, {order.draft.shop_id for order in group.members}
    if rule is None or len(shops) == 1:
        return False
    return not rule.across_shops or (bool(rule.head.shops) and not shops <= rule.head.shops)


def _outside_window(group: Group) -> bool:
    times = group.times()
    return group.rule is not None and bool(times) and max(times) - min(times) > group.rule.window


def _too_many(group: Group) -> bool:
    return group.rule is not None and 0 < group.rule.max_trades < group.trades()


def _too_heavy(group: Group) -> bool:
    return group.rule is not None and 0 < group.rule.max_weight_g < sum(order.weight_g for order in group.members)


def _other_invoice(group: Group) -> bool:
    return len({order.draft.invoice_title for order in group.members} - {""}) > 1


def _other_payment(group: Group) -> bool:
    return len({order.draft.payment_kind for order in group.members}) > 1


def _other_receiver(group: Group) -> bool:
    keys = {order.draft.merge_key for order in group.members}
    return len(keys) > 1 or None in keys


CHECKS: tuple[tuple[str, Callable[[Group], bool]], ...] = (
    ("other_receiver", _other_receiver),
    ("other_payment", _other_payment),
    ("other_invoice", _other_invoice),
    ("another_shop", _another_shop),
    ("outside_window", _outside_window),
    ("too_many_trades", _too_many),
    ("too_heavy", _too_heavy),
)
"""Code and test of what speaks against a group; those of a rule are silent when a person merges."""

STOPS: tuple[tuple[str, Callable[[OrderPlan], bool]], ...] = (
    ("not_ready", lambda order: bool(order.exceptions)),
    ("presale", lambda order: order.presale is not None or order.draft.deposit is not None),
    ("held", lambda order: order.draft.held or order.draft.intercepted),
    ("no_merge_key", lambda order: order.draft.merge_key is None),
    ("changed_after_audit", lambda order: Attention.CHANGED_AFTER_AUDIT in order.draft.attention),
)
"""Code and test of what keeps one order out of any merge."""


def stops_of(order: OrderPlan) -> tuple[str, ...]:
    """Why the order cannot be merged with any other; empty when it can."""
    return tuple(code for code, holds in STOPS if holds(order))


def objections(members: Sequence[OrderPlan], rule: MergeFacts | None) -> tuple[str, ...]:
    """What speaks against these orders travelling together under the rule; empty when nothing does."""
    group = Group(tuple(members), rule)
    return tuple(code for code, fails in CHECKS if fails(group))


def plan_merge(plan: Plan, snapshot: Snapshot) -> Plan:
    """Merge the orders of the batch with one another and with the candidates that wait outside it."""
    if not snapshot.merge_rules:
        return plan
    by_key: dict[bytes, list[OrderPlan]] = defaultdict(list)
    for order in plan.orders:
        if order.draft.merge_key is not None:
            by_key[order.draft.merge_key].append(order)
    for draft in snapshot.candidates:
        if draft.merge_key in by_key:
            by_key[draft.merge_key].append(candidate_plan(draft, snapshot.skus))
    made: dict[int, OrderPlan] = {}
    gone: set[int] = set()
    returned: dict[StockKey, int] = dict(plan.stock_left)
    for orders in by_key.values():
        if len(orders) < 2:
            continue
        for result, members in _groups(orders, snapshot.merge_rules, snapshot.split_rules):
            keys = [member.draft.key for member in members]
            gone.update(keys)
            made[min(key for key in keys if key >= 0)] = result
            for member in members:
                for warehouse, sku, units in member.draft.reserved:
                    returned[warehouse, sku] = returned.get((warehouse, sku), 0) + units
    if not made:
        return plan
    orders_left: list[OrderPlan] = []
    for order in plan.orders:
        key = order.draft.key
        if key not in gone or order.origin != "own":
            orders_left.append(order)
        elif key in made:
            orders_left.append(made[key])
    return Plan(tuple(orders_left), returned)


def candidate_plan(draft: Draft, skus: Mapping[int, SkuFacts]) -> OrderPlan:
    """The plan of an order outside the batch as it stands."""
    lines = tuple(
        planned(line, line.sku_id, sku.weight_g if (sku := skus.get(line.sku_id or 0)) is not None else 0)
        for line in draft.lines
    )
    return OrderPlan(draft, lines, weight_of(lines))


def rule_for(shop_id: int, rules: Sequence[MergeFacts], split_rules: Sequence[SplitFacts]) -> MergeFacts | None:
    """The first rule for the shop's orders; it never makes a parcel that a split rule would divide again by weight."""
    rule = next((rule for rule in rules if not rule.head.shops or shop_id in rule.head.shops), None)
    limits = [
        split.limit
        for split in split_rules
        if split.kind == "weight" and (not split.head.shops or shop_id in split.head.shops)
    ]
    if rule is None or not limits:
        return rule
    own = rule.max_weight_g
    return replace(rule, max_weight_g=min([*limits, own] if own else limits))


def _groups(
    orders: Iterable[OrderPlan], rules: Sequence[MergeFacts], split_rules: Sequence[SplitFacts]
) -> list[tuple[OrderPlan, tuple[OrderPlan, ...]]]:
    """The merged orders with their members. At least one member of each is of the batch: its key is not negative."""
    return [
        (merge_orders(members, rule), tuple(members))
        for rule, members in join(orders, rules, split_rules)
        if rule is not None and any(member.draft.key >= 0 for member in members)
    ]


def join(
    orders: Iterable[OrderPlan],
    rules: Sequence[MergeFacts],
    split_rules: Sequence[SplitFacts],
    *,
    by_person: bool = False,
) -> list[tuple[MergeFacts | None, list[OrderPlan]]]:
    """The groups of two and more that may travel together, each with its rule; all the orders have one merge key.

    ``by_person``: somebody asks for it, so that orders of shops without a rule are joined as well.
    """
    open_rule: MergeFacts | None = None
    open_group: list[OrderPlan] = []
    groups: list[tuple[MergeFacts | None, list[OrderPlan]]] = []
    for order in sorted(filter(_may_join, orders), key=rank):
        joins = bool(open_group) and (by_person or open_rule is not None)
        if joins and not objections([*open_group, order], open_rule):
            open_group.append(order)
            continue
        open_rule = rule_for(order.draft.shop_id, rules, split_rules)
        open_group = [order]
        groups.append((open_rule, open_group))
    return [(rule, members) for rule, members in groups if len(members) > 1]


def _may_join(order: OrderPlan) -> bool:
    draft = order.draft
    return "merge" not in draft.left_alone and draft.approved_by is None and not stops_of(order)


def paid(draft: Draft) -> dt.datetime | None:
    """When the buyer paid, or ordered."""
    return draft.paid_at or draft.placed_at


def rank(order: OrderPlan) -> tuple[Any, ...]:
    """The order of joining: by payment, then by what no two orders share; the first gives shop, receiver and number of trade."""
    draft = order.draft
    moment = paid(draft)
    return (
        moment is None,
        moment or dt.datetime.min.replace(tzinfo=dt.UTC),
        draft.trade_no,
        draft.shop_id,
        draft.order_no,
    )


Combiner = Callable[[Sequence[Any]], Any]


def _total(values: Sequence[Any]) -> Decimal:
    return sum(values, ZERO)


def _joined(values: Sequence[Any]) -> str:
    return "\n".join(dict.fromkeys(value for value in values if value))


def _earliest(values: Sequence[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)


def _first(values: Sequence[Any]) -> Any:
    return next((value for value in values if value), values[0])


def _chained(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(item for value in values for item in value))


def _all(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(item for value in values for item in value)


def _nothing(_values: Sequence[Any]) -> tuple[Any, ...]:
    return ()


COMBINERS: tuple[tuple[str, Combiner], ...] = (
    ("goods_amount", _total),
    ("discount_amount", _total),
    ("post_fee", _total),
    ("paid_amount", _total),
    ("buyer_message", _joined),
    ("seller_memo", _joined),
    ("flag", _first),
    ("urgent", any),
    ("invoice_title", _first),
    ("marks", join_marks),
    ("kept", united),
    ("placed_at", _earliest),
    ("paid_at", _earliest),
    ("ship_by", _earliest),
    ("attention", _chained),
    ("left_alone", _chained),
    ("reserved", _nothing),
    ("granted", _chained),
    ("given_back", _all),
)
"""How each field of a merged order comes from its sources'; what is not named is the first one's, as the key makes it the same."""


def merge_orders(members: Sequence[OrderPlan], rule: MergeFacts | None = None) -> OrderPlan:
    """The one order that replaces the members: their lines in their order, the header by ``COMBINERS``."""
    ranked = sorted(members, key=rank)
    first = ranked[0]
    drafts = [order.draft for order in ranked]
    values = {name: combine([getattr(draft, name) for draft in drafts]) for name, combine in COMBINERS}
    lines: tuple[PlannedLine, ...] = tuple(line for order in ranked for line in order.lines)
    draft = replace(
        first.draft,
        key=min((order.draft.key for order in ranked if order.draft.key >= 0), default=first.draft.key),
        lines=tuple(line.draft for line in lines),
        order_id=None,
        order_no="",
        trade_id=None,
        trade_version=0,
        **values,
    )
    decision = Decision(
        STAGE,
        Outcome.APPLIED,
        "merged" if rule is not None else "merged_by_person",
        rule_id=rule.head.id if rule is not None else None,
        rule_version=rule.head.version if rule is not None else None,
        rule_name=rule.head.name if rule is not None else "",
        facts={"trades": [order.draft.trade_no for order in ranked]},
    )
    merged = replace(
        first,
        draft=draft,
        lines=lines,
        weight_g=sum(order.weight_g for order in ranked),
        decisions=(*first.decisions, decision),
        origin=ORIGIN,
        parents=tuple(parent for order in ranked for parent in (order.parents or (order,))),
        relined=True,
        granted=(),
        basket=None,
    )
    _assert_conserved(ranked, merged)
    return merged


def _assert_conserved(members: Sequence[OrderPlan], merged: OrderPlan) -> None:
    paid_amounts = sum((order.draft.paid_amount for order in members), ZERO)
    amounts = sum((line.amount for order in members for line in order.lines), ZERO)
    if merged.draft.paid_amount != paid_amounts or sum((line.amount for line in merged.lines), ZERO) != amounts:
        raise AssertionError("a merge does not conserve the amounts")
