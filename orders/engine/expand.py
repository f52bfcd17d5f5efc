"""Stage 2, expand bundles: a line that sells a bundle becomes a line for each component of its bill of materials.

For a line of q bundles that list at P each and were paid with A, and components i with n(i) units in a bundle, it names:

    weight(i)    n(i) × price, n(i) × cost, or 1 when the bundle weighs equally
    units(i)     q × n(i)
    amount(i)    A shared by weight(i), largest remainder
    listed(i)    P × q shared the same way
    price(i)     listed(i) ÷ units(i), rounded up to the cent
    discount(i)  price(i) × units(i) − amount(i)

Guarantees: the amounts of the components add up to A to the cent; ``collapse`` gives the line back as it was. Weights that are
all zero cannot share money: that is an exception with a name, never a silent equal share. ``docs/algorithms/bundles.md`` has tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from oms.core.money import CENT, share
from orders.engine.decisions import Decision, Outcome
from orders.engine.reasons import ExceptionReason
from orders.engine.values import (
    ZERO,
    BundleFacts,
    BundlePart,
    DraftLine,
    OrderPlan,
    Plan,
    PlannedLine,
    SkuFacts,
    Snapshot,
    weight_of,
)

STAGE = "bundles"


def plan_expand(plan: Plan, snapshot: Snapshot) -> Plan:
    """Expand the bundles of every order that nothing has stopped and whose bundles nobody wants to keep."""
    if not snapshot.bundles:
        return plan
    return replace(plan, orders=tuple([_expand(order, snapshot) for order in plan.orders]))


def _expand(order: OrderPlan, snapshot: Snapshot) -> OrderPlan:
    bundles = snapshot.bundles
    if order.exceptions or not any(line.sku_id in bundles for line in order.lines):
        return order
    if "bundles" in order.draft.left_alone:
        return order.decided(Decision(STAGE, Outcome.ABSTAINED, "left_alone"))
    lines: list[PlannedLine] = []
    opened: dict[str, int] = {}
    for line in order.lines:
        facts = bundles.get(line.sku_id) if line.sku_id is not None and line.ships else None
        if facts is None:
            lines.append(line)
            continue
        code = snapshot.skus[facts.sku_id].code
        wrong = _wrong(facts, line, snapshot)
        if wrong is not None:
            reason, names = wrong
            found = Decision(STAGE, Outcome.CANNOT_TELL, reason, facts={"bundle": code, "skus": names})
            return order.stopped(reason, found)
        lines.extend(expand_line(line, facts, snapshot))
        opened[code] = opened.get(code, 0) + line.quantity
    if not opened:
        return order
    done = tuple(lines)
    decision = Decision(STAGE, Outcome.APPLIED, "expanded", facts={"bundles": opened})
    return order.decided(decision, lines=done, weight_g=weight_of(done), relined=True)


def _wrong(facts: BundleFacts, line: PlannedLine, snapshot: Snapshot) -> tuple[ExceptionReason, list[str]] | None:
    skus = [snapshot.skus[sku_id] for sku_id, _units in facts.components]
    if not skus:
        return ExceptionReason.BUNDLE_WITHOUT_COMPONENTS, []
    nested = [sku.code for sku in skus if sku.id in snapshot.bundles]
    if nested:
        return ExceptionReason.BUNDLE_NESTED, nested
    disabled = [sku.code for sku in skus if not sku.enabled]
    if disabled:
        return ExceptionReason.SKU_DISABLED, disabled
    if (line.amount or line.price) and not any(weights_of(facts, snapshot)):
        return ExceptionReason.BUNDLE_WITHOUT_WEIGHTS, []
    return None


def weights_of(facts: BundleFacts, snapshot: Snapshot) -> list[Decimal]:
    """The weight of each component, in the bill's order."""
    return [_weight(facts.weigh_by, snapshot.skus[sku_id], units) for sku_id, units in facts.components]


def _weight(weigh_by: str, sku: SkuFacts, units: int) -> Decimal:
    if weigh_by == "equal":
        return Decimal(1)
    return (sku.price if weigh_by == "price" else sku.cost) * units


def expand_line(line: PlannedLine, facts: BundleFacts, snapshot: Snapshot) -> list[PlannedLine]:
    """The component lines of a bundle's line."""
    weights = weights_of(facts, snapshot)
    amounts = share(line.amount, weights)
    listed = share(line.price * line.quantity, weights)
    made: list[PlannedLine] = []
    for (sku_id, each), amount, worth in zip(facts.components, amounts, listed, strict=True):
        units = line.quantity * each
        price = (worth / units).quantize(CENT, rounding=ROUND_CEILING)
        made.append(
            PlannedLine(
                draft=line.draft,
                sku_id=sku_id,
                quantity=units,
                price=price,
                discount=price * units - amount,
                amount=amount,
                weight_g=snapshot.skus[sku_id].weight_g,
                bundle=BundlePart(facts.sku_id, line.quantity, each, line.price),
            )
        )
    if sum((part.amount for part in made), ZERO) != line.amount:
        raise AssertionError("a bundle's components do not add up to what was paid")
    return made


def collapse(lines: Sequence[DraftLine]) -> tuple[PlannedLine, ...] | None:
    """The lines with every bundle put together again, in order; None when a bundle is not whole any more."""
    result: list[PlannedLine | list[DraftLine]] = []
    groups: dict[tuple[object, ...], list[list[DraftLine]]] = {}
    for line in lines:
        part = line.bundle
        if part is None:
            result.append(PlannedLine(line, line.sku_id, line.quantity, line.price, line.discount, line.amount))
            continue
        if line.quantity != part.quantity * part.each:
            return None
        known = groups.setdefault((line.trade_id, line.oid, part.sku_id, part.quantity, part.price), [])
        group = next((g for g in known if all(other.sku_id != line.sku_id for other in g)), None)
        if group is None:
            group = []
            known.append(group)
            result.append(group)
        group.append(line)
    return tuple(item if isinstance(item, PlannedLine) else _together(item) for item in result)


def _together(group: Iterable[DraftLine]) -> PlannedLine:
    parts = list(group)
    first, bundle = parts[0], parts[0].bundle
    if bundle is None:
        raise AssertionError("only components are put together")
    amount = sum((part.amount for part in parts), ZERO)
    discount = bundle.price * bundle.quantity - amount
    return PlannedLine(first, bundle.sku_id, bundle.quantity, bundle.price, discount, amount)
