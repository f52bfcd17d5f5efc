"""Families: the orders that splits and merges tie together, and the way back.

A *group* is what one split or merge made: its parents, which are superseded, and its children, which stand for them. Undoing a group
supersedes the children and restores the parents as they were, lines, amounts and all. Locks: shipments before orders (docs/locking.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.functions import TransactionNow
from django.db import connection
from django.utils import timezone

from oms.core.lifecycle import move
from orders.actions import bump
from orders.locks import lock_with_parcels
from orders.models import Order, OrderLink
from orders.states import OPEN, ORDER, RESERVED, SUPERSEDED
from orders.undo import release_orders
from promotions.allotment import MATCHED_ANEW, give_back


@dataclass(frozen=True, slots=True)
class Group:
    """One split or merge that was not undone; order ids ascending."""

    kind: str
    parents: tuple[int, ...]
    children: tuple[int, ...]


def load_family(order_ids: Iterable[int]) -> set[int]:
    """The orders that are tied to these by links that were not undone, through any number of splits and merges, with themselves."""
    ids = sorted(set(order_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE family(id) AS (SELECT unnest(%s::bigint[]) UNION "
            "SELECT k.other FROM family f JOIN LATERAL ("
            "SELECT parent_id AS other FROM orders_orderlink WHERE child_id = f.id AND undone_at IS NULL UNION ALL "
            "SELECT child_id FROM orders_orderlink WHERE parent_id = f.id AND undone_at IS NULL) k ON TRUE) "
            "SELECT id FROM family",
            [ids],
        )
        return {row[0] for row in cursor.fetchall()}


def lock_family(order_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Lock the shipments and the orders of the families, each in key order; the orders as ``lock_orders`` gives them."""
    family = load_family(order_ids)
    return lock_with_parcels(family)[1]


def load_groups(order_ids: Collection[int]) -> list[Group]:
    """The groups whose links lie among these (locked) orders, by their first parent."""
    members: dict[int, int] = {}
    links = list(
        OrderLink.objects.filter(undone_at__isnull=True, parent_id__in=order_ids)
        .order_by("parent_id", "child_id")
        .values_list("parent_id", "child_id", "kind")
    )
    # Links that share their parent or their child are of one group: parents are numbered 2n, children 2n + 1.
    for parent, child, _kind in links:
        first, second = sorted((_find(members, 2 * parent), _find(members, 2 * child + 1)))
        members[second] = first
    groups: dict[int, tuple[str, set[int], set[int]]] = {}
    for parent, child, kind in links:
        _kind, parents, children = groups.setdefault(_find(members, 2 * parent), (kind, set(), set()))
        parents.add(parent)
        children.add(child)
    return [Group(kind, tuple(sorted(parents)), tuple(sorted(children))) for kind, parents, children in groups.values()]


def _find(members: dict[int, int], node: int) -> int:
    while members.setdefault(node, node) != node:
        node = members[node]
    return node


def undo_groups(
    groups: Sequence[Group],
    orders: Mapping[int, Mapping[str, Any]],
    *,
    reason: str,
    actor_id: int | None,
    run: uuid.UUID,
    left_alone: bool,
) -> tuple[int, ...]:
    """Undo groups whose children are all open: they are superseded, and the parents restored, due for the pipeline.

    The caller holds the locks. With ``left_alone`` the automatic rules do not do the same again. Returns the parents' ids.
    """
    children = sorted({child for group in groups for child in group.children})
    parents = tuple(sorted({parent for group in groups for parent in group.parents}))
    if not children:
        return ()
    # What a merged order was given goes back; its parts are matched anew. Parts of a split hold no grants themselves.
    give_back(children, MATCHED_ANEW)
    release_orders(
        [child for child in children if orders[child]["state"] in RESERVED], reason=reason, actor_id=actor_id, run=run
    )
    for action, ids in (("supersede", children), ("restore", list(parents))):
        if move(ORDER, Order, ids, action, reason=reason, actor_id=actor_id, run=run).missed:
            raise AssertionError("locked orders left their state")
    now = timezone.now()
    bump(children, reprocess_at=None, approved_at=None)
    # Of the transaction, not of the clock: the batch that undoes may go on with them at once.
    bump(parents, reprocess_at=TransactionNow())
    if left_alone:
        _leave_alone(groups)
    OrderLink.objects.filter(parent_id__in=parents, undone_at__isnull=True).update(undone_at=now)
    return parents


def _leave_alone(groups: Sequence[Group]) -> None:
    pairs = [(parent, group.kind) for group in groups for parent in group.parents]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_order o SET left_alone = o.left_alone || v.kind::varchar "
            "FROM unnest(%s::bigint[], %s::text[]) AS v(id, kind) WHERE o.id = v.id AND NOT v.kind = ANY(o.left_alone)",
            [[pair[0] for pair in pairs], [pair[1] for pair in pairs]],
        )


def all_open(group: Group, orders: Mapping[int, Mapping[str, Any]]) -> bool:
    """Whether every child of the group can still be taken back."""
    return all(orders[child]["state"] in OPEN for child in group.children)


def way_back(
    order_id: int, groups: Sequence[Group], orders: Mapping[int, Mapping[str, Any]]
) -> list[list[Group]] | None:
    """The groups to undo so that the order stands again, in the order of undoing (each list at once); None when it cannot be.

    An order that was made by one split and divided by another comes back step by step: the newest group first.
    """
    of_parent = {parent: group for group in groups for parent in group.parents}
    steps: dict[Group, int] = {}

    def restore(parent: int) -> int | None:
        group = of_parent.get(parent)
        if group is None:
            return None
        if group not in steps:
            deepest = 0
            for child in group.children:
                state = orders[child]["state"]
                before = restore(child) if state == SUPERSEDED else (0 if state in OPEN else None)
                if before is None:
                    return None
                deepest = max(deepest, before)
            steps[group] = deepest + 1
        return steps[group]

    if restore(order_id) is None:
        return None
    return [[group for group, step in steps.items() if step == n] for n in range(1, max(steps.values()) + 1)]
