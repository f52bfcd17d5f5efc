"""Warehouse or carrier changed on orders that passed the audit.

    lock → ask the routing → take the units at the new warehouse → the parcel follows → its papers are due anew

One order is moved wholly or stays as it was, with the reason. Locks: shipments, orders, reservations, stock last (docs/locking.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core.actions import Refusal
from oms.core.bulk import Json, copy_rows, update_rows
from oms.core.history import HistoryRow, write_history
from oms.core.values import replace
from orders.engine.decisions import Decision
from orders.engine.merge import candidate_plan
from orders.engine.reasons import ExceptionReason
from orders.engine.reroute import plan_reroute
from orders.engine.route import CARRIER_STAGE, WAREHOUSE_STAGE
from orders.engine.values import Draft, OrderPlan
from orders.explain import explain, label_of
from orders.models import Order, OrderDecision
from orders.processing.line_rules import load_reserving
from orders.processing.load import load_snapshot
from orders.states import ORDER
from warehouse.models import Reservation
from warehouse.rerouting import Place, may_reroute, reroute_shipments
from warehouse.reservation import Demand, close, reserve

WAREHOUSE, CARRIER = "wished_warehouse_id", "wished_carrier_id"
COLUMNS = ("warehouse_id", "carrier_id", WAREHOUSE, CARRIER, "freight_estimate", "margin_estimate")
REPRINT = "reprint_due"
"""The mark in the changes of an order whose papers are to be printed anew; no column of it."""

Row = Mapping[str, Any]
Ask = Callable[[Row], "Asked | Refusal"]
"""What is asked for the order of a row, or why nothing can be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the routing for one order (None: as the rules decide), and the wish that stays on it."""

    warehouse_id: int | None
    carrier_id: int | None
    wish: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Rerouted:
    """Why orders stay as they were, and old and new value of each column of the others that changed."""

    refused: dict[int, Refusal] = field(default_factory=dict)
    changes: dict[int, dict[str, tuple[Any, Any]]] = field(default_factory=dict)


def ask_for(column: str, value: int | None) -> Ask:
    """The question for a wish: another warehouse has the carrier chosen anew, another carrier leaves the warehouse as it is."""

    def ask(row: Row) -> Asked:
        if column == CARRIER:
            return Asked(row["warehouse_id"], value, {CARRIER: value})
        same = value == row["warehouse_id"]
        return Asked(value, row["carrier_id"] if same else row[CARRIER], {WAREHOUSE: value})

    return ask


def ask_back(column: str, then: Mapping[str, tuple[Any, Any]]) -> Ask:
    """The question that takes changes (column to old and new value) back, where they are still as they were left."""
    then = {name: pair for name, pair in then.items() if name != REPRINT}
    old = {name: before for name, (before, _after) in then.items()}
    placed = bool(old.keys() & {"warehouse_id", "carrier_id"})

    def ask(row: Row) -> Asked | Refusal:
        if any(row[name] != new for name, (_before, new) in then.items()):
            return changed_since()
        if not placed:
            return ask_for(column, old.get(column, row[column]))(row)
        wish = {column: old[column]} if column in old else {}
        return Asked(old.get("warehouse_id", row["warehouse_id"]), old.get("carrier_id", row["carrier_id"]), wish)

    return ask


def changed_since() -> Refusal:
    """Why a change cannot be taken back."""
    sentence = _("The field was changed again since. Look at the order, then change it by hand.")
    return Refusal("changed_since", sentence)


def reroute(
    asks: Mapping[int, Ask],
    live: Mapping[int, tuple[int, str]],
    *,
    actor_id: int,
    action: str,
    reason: str,
    lock_stock: bool,
) -> Rerouted:
    """Do what is asked, in the caller's transaction, as its last statements; raises StaleStock.

    The caller holds the orders, which passed the audit, and their parcels (``live`` of ``lock_with_parcels``).
    """
    found = Order.objects.filter(id__in=asks).order_by("id").values("id", *COLUMNS)
    rows = {row["id"]: row for row in found}
    answer, asked = Rerouted(), dict[int, Asked]()
    moving: list[int] = []
    for order_id, ask in asks.items():
        row, wanted = rows[order_id], ask(rows[order_id])
        if isinstance(wanted, Refusal):
            answer.refused[order_id] = wanted
            continue
        asked[order_id] = wanted
        if _is_elsewhere(row, wanted):
            if _too_late(row, wanted, live.get(order_id)):
                answer.refused[order_id] = _in_the_warehouse()
            else:
                moving.append(order_id)
    plans = _plan(moving, asked, actor_id, answer.refused, lock_stock=lock_stock)
    values = {
        order_id: _values(rows[order_id], asked[order_id], plans.get(order_id))
        for order_id in asks
        if order_id not in answer.refused
    }
    _write(rows, values, plans, live, answer, actor_id=actor_id, action=action, reason=reason)
    return answer


def _too_late(row: Row, asked: Asked, parcel: tuple[int, str] | None) -> bool:
    elsewhere = asked.warehouse_id != row["warehouse_id"]
    return parcel is not None and not may_reroute(parcel[1], elsewhere=elsewhere)


def _in_the_warehouse() -> Refusal:
    sentence = _("The warehouse is already working on the parcel. Hold the order: the next scan stops it.")
    return Refusal("in_the_warehouse", sentence)


def _is_elsewhere(row: Row, asked: Asked) -> bool:
    return (asked.warehouse_id, asked.carrier_id) != (row["warehouse_id"], row["carrier_id"])


def _plan(
    ids: Sequence[int],
    asked: Mapping[int, Asked],
    actor_id: int,
    refused: dict[int, Refusal],
    *,
    lock_stock: bool,
) -> dict[int, OrderPlan]:
    """The orders' new places; those that cannot have theirs are refused."""
    if not ids:
        return {}
    drafts = [_asking(draft, asked[draft.order_id or 0], actor_id) for draft in load_reserving(ids, first_key=0)]
    snapshot = load_snapshot(drafts, timezone.now(), lock_stock=lock_stock, merging=False)
    plans: dict[int, OrderPlan] = {}
    for plan in plan_reroute([candidate_plan(draft, snapshot.skus) for draft in drafts], snapshot):
        order_id = plan.draft.order_id or 0
        if plan.exceptions:
            refused[order_id] = _refusal(plan)
        else:
            plans[order_id] = plan
    return plans


def _asking(draft: Draft, asked: Asked, actor_id: int) -> Draft:
    kept = replace(draft.kept, warehouse_id=asked.warehouse_id, carrier_id=asked.carrier_id)
    return replace(draft, approved_by=actor_id, kept=kept)


def _refusal(plan: OrderPlan) -> Refusal:
    code, decision = plan.exceptions[0], plan.decisions[-1]
    if code == ExceptionReason.OUT_OF_STOCK:
        skus = ", ".join(sorted(decision.facts["short"]))
        return Refusal(code, _("Not enough is free at the new warehouse: %(skus)s.") % {"skus": skus})
    (told,) = explain([decision.to_json()])
    if not told.passed_over:
        return Refusal(code, label_of(code))
    return Refusal(code, _("The rules of routing do not allow it: %(why)s.") % {"why": _("; ").join(told.passed_over)})


def _values(row: Row, asked: Asked, plan: OrderPlan | None) -> dict[str, Any]:
    values = {**{name: row[name] for name in COLUMNS}, **asked.wish}
    if plan is not None:
        values |= {
            "warehouse_id": plan.warehouse_id,
            "carrier_id": plan.carrier_id,
            "freight_estimate": plan.terms.freight,
            "margin_estimate": plan.terms.margin,
        }
    return values


def _write(
    rows: Mapping[int, Row],
    values: Mapping[int, Mapping[str, Any]],
    plans: Mapping[int, OrderPlan],
    live: Mapping[int, tuple[int, str]],
    answer: Rerouted,
    *,
    actor_id: int,
    action: str,
    reason: str,
) -> None:
    told = ("warehouse_id", "carrier_id", WAREHOUSE, CARRIER)
    for order_id, new in values.items():
        if changed := {name: (rows[order_id][name], new[name]) for name in told if rows[order_id][name] != new[name]}:
            answer.changes[order_id] = changed
    if not answer.changes:
        return
    run, ids = uuid.uuid4(), sorted(answer.changes)
    update_rows(
        Order,
        COLUMNS,
        [(order_id, *(values[order_id][name] for name in COLUMNS)) for order_id in ids],
        assignments="version = t.version + 1",
    )
    placed = {
        order_id: Place(values[order_id]["warehouse_id"], values[order_id]["carrier_id"])
        for order_id in ids
        if answer.changes[order_id].keys() & {"warehouse_id", "carrier_id"}
    }
    parcels = {live[order_id][0]: order_id for order_id in placed if order_id in live}
    reprint = reroute_shipments(
        {shipment_id: placed[order_id] for shipment_id, order_id in parcels.items()},
        actor_id=actor_id,
        reason=reason,
        run=run,
    )
    for shipment_id in reprint:
        answer.changes[parcels[shipment_id]][REPRINT] = (False, True)
    write_history(
        HistoryRow(
            kind=ORDER.kind,
            subject_id=order_id,
            action=action,
            reason=reason,
            actor_id=actor_id,
            run=run,
            changes={name: list(pair) for name, pair in answer.changes[order_id].items()},
        )
        for order_id in ids
    )
    _write_decisions({order_id: plans[order_id] for order_id in ids if order_id in plans}, run)
    _move_stock({order_id: plans[order_id] for order_id in ids if order_id in plans})


def _write_decisions(plans: Mapping[int, OrderPlan], run: uuid.UUID) -> None:
    """The newest decisions about each order, with those on its place replaced."""
    newest = OrderDecision.objects.filter(order_id__in=plans).order_by("order_id", "-at", "-id").distinct("order_id")
    before = dict(newest.values_list("order_id", "decisions"))
    now, again = timezone.now(), (WAREHOUSE_STAGE, CARRIER_STAGE)
    copy_rows(
        OrderDecision,
        ("at", "order_id", "run", "decisions"),
        [
            (now, order_id, str(run), Json(_decisions(before.get(order_id, []), plan.decisions, again)))
            for order_id, plan in plans.items()
        ],
    )


def _decisions(before: Sequence[Mapping[str, Any]], made: Sequence[Decision], again: tuple[str, ...]) -> list[Any]:
    """The earlier decisions up to the routing, the new ones, and what followed the routing."""
    kept = [one for one in before if one["stage"] not in again]
    first = next((at for at, one in enumerate(before) if one["stage"] in again), len(kept))
    return [*kept[:first], *(one.to_json() for one in made), *kept[first:]]


def _move_stock(plans: Mapping[int, OrderPlan]) -> None:
    """All units of the orders that move, given back and taken by the one statement on the balances."""
    movers = {order_id: plan for order_id, plan in plans.items() if plan.reserved}
    if not movers:
        return
    returned = close(movers, Reservation.State.RELEASED)
    reserve(
        [
            Demand(order_id, plan.warehouse_id, sku_id, units)
            for order_id, plan in movers.items()
            if plan.warehouse_id is not None
            for sku_id, units in plan.reserved
        ],
        returned=returned,
    )
