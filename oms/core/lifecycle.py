"""Lifecycles: one table per kind of object, and the one function that changes a state.

A table says for each action which states it may leave and which it reaches. ``move`` is a set-based compare-and-swap:
it locks the rows in key order, changes those that are in a state the action may leave, writes their history, and tells
which were missed. Losing a race is a normal answer, not an error. ``move_each`` does the same where every object has an action
and values of its own: state and values are one change of a row, since every change of it is written into all its indexes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

from oms.core.bulk import Row, array_text, set_items, values_of
from oms.core.history import HistoryRow, write_history


@dataclass(frozen=True, slots=True)
class Transition:
    """An action: the states it may leave and the state it reaches."""

    sources: frozenset[str]
    target: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The table of one kind of object. ``kind`` is the name under which history knows it."""

    kind: str
    states: tuple[str, ...]
    transitions: Mapping[str, Transition]

    def __post_init__(self) -> None:
        known = set(self.states)
        for action, transition in self.transitions.items():
            unknown = ({transition.target} | transition.sources) - known
            if unknown:
                raise ValueError(f"{self.kind}.{action} names unknown states {sorted(unknown)}")

    def allows(self, state: str, action: str) -> bool:
        """Whether the action may leave the state."""
        return state in self.transitions[action].sources

    def actions_from(self, state: str) -> list[str]:
        """The actions that may leave the state, in the order of the table."""
        return [action for action, transition in self.transitions.items() if state in transition.sources]


def transition(target: str, *sources: str) -> Transition:
    """An entry of a lifecycle table: reaches ``target``, leaves one of ``sources``."""
    return Transition(frozenset(sources), target)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did: ids that moved, ascending, with the state they left, and ids that were not in a fitting state."""

    moved: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()
    left: Mapping[int, str] = field(default_factory=dict)


def move(
    lifecycle: Lifecycle,
    model: type[models.Model],
    ids: Sequence[int],
    action: str,
    *,
    actor_id: int | None = None,
    reason: str = "",
    run: uuid.UUID | None = None,
    changes: Mapping[int, Mapping[str, Any]] | None = None,
    condition: str = "",
    values: Mapping[str, Any] | None = None,
    assignments: str = "",
) -> Moved:
    """Change the state of many objects by one action; must run inside a transaction.

    ``condition`` is further SQL on the table's own columns that a row must meet, ``values`` are columns to set with the state, and
    ``assignments`` further SET items in SQL, such as ``"version = t.version + 1"``.
    """
    step = lifecycle.transitions[action]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    extra = f" AND ({condition})" if condition else ""
    sets = "".join(f", {quote(column)} = %s" for column in (values or {})) + (f", {assignments}" if assignments else "")
    statement = (
        f"WITH held AS (SELECT id, state FROM {table} WHERE id = ANY(%s::bigint[]) AND state = ANY(%s){extra} "
        f"ORDER BY id FOR UPDATE) "
        f"UPDATE {table} t SET state = %s{sets} FROM held WHERE t.id = held.id RETURNING t.id, held.state"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [array_text(ids), sorted(step.sources), step.target, *(values or {}).values()])
        left = dict(sorted(cursor.fetchall()))
    _write(lifecycle, left, dict.fromkeys(left, action), actor_id, reason, run, changes or {})
    return Moved(tuple(left), tuple(sorted(set(ids) - left.keys())), left)


def move_each(
    lifecycle: Lifecycle,
    model: type[models.Model],
    actions: Mapping[int, str],
    columns: Sequence[str],
    values: Mapping[int, Row],
    *,
    actor_id: int | None = None,
    reason: str = "",
    run: uuid.UUID | None = None,
    assignments: str = "",
) -> Moved:
    """Change the state of many objects, each by its own action, and these columns to its own values; inside a transaction.

    One statement and one COPY, whatever the number of objects and actions. ``assignments`` as for ``move``.
    """
    if not actions:
        return Moved()
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    steps = {subject: lifecycle.transitions[action] for subject, action in actions.items()}
    rows = [(subject, steps[subject].target, *values[subject], actions[subject]) for subject in sorted(actions)]
    given, arrays = values_of(model, ("id", "state", *columns), rows, also={"action": "text"})
    allowed = tuple({(action, source) for subject, action in actions.items() for source in steps[subject].sources})
    sets = [*set_items(model, ("state", *columns)), *([assignments] if assignments else [])]
    # The values go through the locked rows: joined to them again, PostgreSQL would compare every one with every other.
    statement = (
        f"WITH v AS (SELECT v.*, t.state AS left_state FROM {table} t JOIN {given} ON t.id = v.id "
        f"WHERE (v.action, t.state) IN %s ORDER BY t.id FOR UPDATE OF t) "
        f"UPDATE {table} t SET {', '.join(sets)} FROM v WHERE t.id = v.id RETURNING t.id, v.left_state"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*arrays, allowed])
        left = dict(sorted(cursor.fetchall()))
    _write(lifecycle, left, actions, actor_id, reason, run, {})
    return Moved(tuple(left), tuple(sorted(actions.keys() - left.keys())), left)


def _write(
    lifecycle: Lifecycle,
    left: Mapping[int, str],
    actions: Mapping[int, str],
    actor_id: int | None,
    reason: str,
    run: uuid.UUID | None,
    changes: Mapping[int, Mapping[str, Any]],
) -> None:
    write_history(
        HistoryRow(
            kind=lifecycle.kind,
            subject_id=subject,
            action=actions[subject],
            from_state=state,
            to_state=lifecycle.transitions[actions[subject]].target,
            reason=reason,
            actor_id=actor_id,
            run=run,
            changes=changes.get(subject),
        )
        for subject, state in left.items()
    )
