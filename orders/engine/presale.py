"""Stage 3, pre-sale: lines that wait for a date or for stock wait in an order of their own, so that the others can leave.

For each line that is no gift and ships, the first pre-sale rule (by rank) that names its listing or its SKU decides: it waits while its
moment has not come, or, for a rule without one, while what is left of the SKU in all warehouses does not cover it. What an order is let
go with is taken from what is left, so that ten units never wake fifty orders. Lines that wait under the same rule stay together.
Gifts and refunded lines never leave alone: they ride with the first part. An order that a person audits does not wait, nor does one that
is to stay in one piece: it waits as a whole for its last line. Deposits are another matter (``orders.engine.deposit``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from orders.engine.decisions import Decision, Outcome
from orders.engine.parts import Part, is_rider, left_by_sku
from orders.engine.split import SplitKind, split_order
from orders.engine.values import ListingKey, OrderPlan, Plan, PlannedLine, Presale, PresaleFacts, Snapshot

STAGE = "presale"


def plan_presale(plan: Plan, snapshot: Snapshot) -> Plan:
    """Let pre-sale lines wait, in orders of their own where others are ready."""
    if not snapshot.presale_rules:
        return plan
    waiting = _Waiting(plan, snapshot)
    return replace(plan, orders=tuple([made for order in plan.orders for made in waiting.decide(order)]))


class _Waiting:
    """The rules by what they name, and what is left of each SKU for the orders to come."""

    def __init__(self, plan: Plan, snapshot: Snapshot) -> None:
        self._now = snapshot.now
        self._by_listing: dict[ListingKey, tuple[int, PresaleFacts]] = {}
        self._by_sku: dict[int, tuple[int, PresaleFacts]] = {}
        for rank, rule in enumerate(snapshot.presale_rules):
            if rule.listing is not None:
                self._by_listing.setdefault(rule.listing, (rank, rule))
            if rule.sku_id is not None:
                self._by_sku.setdefault(rule.sku_id, (rank, rule))
        self._left = left_by_sku(plan.stock_left)

    def decide(self, order: OrderPlan) -> tuple[OrderPlan, ...]:
        draft = order.draft
        if order.waits or draft.intercepted or draft.approved_by is not None:
            return (order,)
        groups = self._groups(order)
        if not groups:
            return (order,)
        waiting = {index for indexes in groups.values() for index in indexes}
        lines = order.lines
        ready = [index for index in range(len(lines)) if index not in waiting]
        named = [self._rule(draft.shop_id, lines[index]) for index in sorted(waiting)]
        rules = {rule.head.id: rule for rule in named if rule is not None}
        leaving = any(not is_rider(lines[index]) for index in ready)
        if "split" in draft.left_alone or (not leaving and len(groups) == 1):
            return (_wait(order, list(rules.values())),)
        parts: list[Part] = []
        waits: list[PresaleFacts | None] = []
        if leaving:
            parts.append({index: lines[index].quantity for index in ready})
            waits.append(None)
        for position, (rule_id, indexes) in enumerate(groups.items()):
            riders = ready if position == 0 and not leaving else []
            parts.append({index: lines[index].quantity for index in sorted([*indexes, *riders])})
            waits.append(rules[rule_id])
        made = split_order(order, parts, SplitKind.PRESALE)
        return tuple(part if rule is None else _wait(part, [rule]) for part, rule in zip(made, waits, strict=True))

    def _groups(self, order: OrderPlan) -> dict[int, list[int]]:
        groups: dict[int, list[int]] = defaultdict(list)
        for index, line in enumerate(order.lines):
            if is_rider(line):
                continue
            rule = self._rule(order.draft.shop_id, line)
            if rule is not None and self._must_wait(rule, line):
                groups[rule.head.id].append(index)
        return groups

    def _rule(self, shop_id: int, line: PlannedLine) -> PresaleFacts | None:
        key = (shop_id, line.draft.item_id, line.draft.platform_sku_id)
        named = [found for found in (self._by_listing.get(key), self._by_sku.get(line.sku_id or 0)) if found]
        fitting = [(rank, rule) for rank, rule in named if not rule.head.shops or shop_id in rule.head.shops]
        return min(fitting, key=lambda found: found[0])[1] if fitting else None

    def _must_wait(self, rule: PresaleFacts, line: PlannedLine) -> bool:
        if rule.until is not None:
            return rule.until > self._now
        sku_id = line.sku_id or 0
        if self._left.get(sku_id, 0) < line.quantity:
            return True
        self._left[sku_id] -= line.quantity
        return False


def _wait(order: OrderPlan, rules: list[PresaleFacts]) -> OrderPlan:
    """The order, waiting for the first of the moments (it is looked at again then), or for stock."""
    dated = [rule for rule in rules if rule.until is not None]
    first = min(dated, key=lambda rule: (rule.until, rule.head.id)) if dated else rules[0]
    code = "presale_stock" if first.until is None else "presale_date"
    decision = Decision(
        STAGE,
        Outcome.APPLIED,
        code,
        rule_id=first.head.id,
        rule_version=first.head.version,
        rule_name=first.head.name,
        facts={} if first.until is None else {"until": first.until.isoformat()},
    )
    return order.decided(decision, presale=Presale(first.head.name, first.until))
