"""Merge orders by hand or by the rules at the push of a button, see what speaks for and against it, and take merges apart again."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Receiver
from oms.core.actions import ActionResult, Refusal
from oms.core.again import again, fresh, in_chunks
from oms.core.boundary import work_apart
from orders.actions import check_rows
from orders.engine.merge import candidate_plan, join, merge_orders, objections, plan_merge, rank, rule_for, stops_of
from orders.engine.values import MergeFacts, OrderPlan, Plan, Snapshot
from orders.locks import claim_merge_candidates, lock_with_parcels
from orders.models import Order
from orders.pipeline import PARCEL_STAGES, run_stages
from orders.processing.apply import apply_plan
from orders.processing.line_rules import load_merge_rules, load_reserving, load_split_rules
from orders.processing.load import load_snapshot
from orders.splitting import MADE, Changes, Made, Versions, undo
from orders.states import APPROVED, CS_REVIEW, FINANCE_REVIEW
from orders.words.lines import AGAINST, FOR
from warehouse.states import RELEASED

MERGEABLE = (CS_REVIEW, FINANCE_REVIEW, APPROVED)
MOST_CANDIDATES = 50
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that may be merged with another: sentences for it, and codes with sentences against it (of the rules, or of any merge)."""

    order: Order
    speaks_for: tuple[str, ...]
    speaks_against: tuple[tuple[str, str], ...]
    possible: bool


@dataclass(frozen=True, slots=True)
class MergePreview:
    """The order that a merge would make; amounts in yuan, weight in grams. Or why it cannot be."""

    order_ids: tuple[int, ...]
    trade_nos: tuple[str, ...] = ()
    goods_amount: Decimal = Decimal("0.00")
    discount_amount: Decimal = Decimal("0.00")
    post_fee: Decimal = Decimal("0.00")
    paid_amount: Decimal = Decimal("0.00")
    weight_g: int = 0
    units: int = 0
    ship_by: dt.datetime | None = None
    buyer_message: str = ""
    seller_memo: str = ""
    refusal: Refusal | None = None


def merge_check(order_id: int, staff: Staff) -> tuple[Candidate, ...]:
    """The open orders of the same buyer, phone or address that the staff member may see, the likeliest first. Raises Order.DoesNotExist."""
    order = scoped(Order.objects.select_related("receiver"), staff).get(id=order_id)
    same = Q(merge_key=order.merge_key) if order.merge_key is not None else Q(pk__in=())
    if order.buyer_nick:
        same |= Q(buyer_nick=order.buyer_nick, shop_id=order.shop_id)
    for name in ("phone_index", "address_index"):
        index = getattr(order.receiver, name)
        if index is not None:
            same |= Q(receiver__in=Receiver.objects.filter(**{name: index}))
    found = scoped(Order.objects.select_related("receiver", "shop"), staff).filter(same, state__in=MERGEABLE)
    others = list(found.exclude(id=order_id).order_by("-id")[:MOST_CANDIDATES])
    plans = _plans_of([order_id, *[other.id for other in others]])
    rules, splits = load_merge_rules(), load_split_rules()
    rule = rule_for(order.shop_id, rules, splits)
    candidates = [_candidate(order, other, plans, rule) for other in others]
    return tuple(
        sorted(candidates, key=lambda c: (not c.possible, len(c.speaks_against), -len(c.speaks_for), c.order.id))
    )


def _plans_of(ids: Sequence[int]) -> dict[int, OrderPlan]:
    return {draft.order_id or 0: candidate_plan(draft, {}) for draft in load_reserving(ids, first_key=0)}


def _candidate(order: Order, other: Order, plans: Mapping[int, OrderPlan], rule: Any) -> Candidate:
    pair = [plans[order.id], plans[other.id]]
    hard = tuple(dict.fromkeys([code for plan in pair for code in stops_of(plan)] + list(objections(pair, None))))
    soft = tuple(code for code in objections(pair, rule) if code not in hard) if rule is not None else ()
    if any("merge" in plan.draft.left_alone for plan in pair):
        soft = (*soft, "left_alone")
    a, b = order.receiver, other.receiver
    likenesses = {
        "same_receiver": order.merge_key is not None and order.merge_key == other.merge_key,
        "same_buyer": bool(order.buyer_nick) and order.buyer_nick == other.buyer_nick,
        "same_phone": a.phone_index is not None and a.phone_index == b.phone_index,
        "same_address": a.address_index is not None and a.address_index == b.address_index,
        "same_shop": order.shop_id == other.shop_id,
    }
    return Candidate(
        other,
        tuple(_(FOR[name]) for name, holds in likenesses.items() if holds),
        tuple((code, _(AGAINST[code])) for code in (*hard, *soft)),
        possible=not hard,
    )


def preview_merge(order_ids: Sequence[int]) -> MergePreview:
    """The plan that ``merge`` would apply; nothing is written."""
    ids = tuple(dict.fromkeys(order_ids))
    with transaction.atomic():
        live, locked = lock_with_parcels(ids)
        refused = _refusals(list(ids), locked, live, None)
        if refused:
            return MergePreview(ids, refusal=next(iter(refused.values())))
        members = list(_plans_of(ids).values())
    refusal = _refusal(members)
    if refusal is not None:
        return MergePreview(ids, refusal=refusal)
    merged = merge_orders(members)
    draft = merged.draft
    return MergePreview(
        ids,
        tuple(member.draft.trade_no for member in sorted(members, key=rank)),
        draft.goods_amount,
        draft.discount_amount,
        draft.post_fee,
        draft.paid_amount,
        merged.weight_g,
        sum(line.quantity for line in merged.lines),
        draft.ship_by,
        draft.buyer_message,
        draft.seller_memo,
    )


def merge(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Merge these orders into one, or none of them: all are done or each is told why not.

    Parcels that nobody has begun are called back. What a person merged is routed, approved by policy and reserved at once.
    """
    ids = list(dict.fromkeys(order_ids))
    return again(lambda: fresh(functools.partial(_merge, ids, actor_id, versions)))


def _merge(ids: list[int], actor_id: int, versions: Versions, lock_stock: bool) -> ActionResult:
    live, locked = lock_with_parcels(ids)
    refused = _refusals(ids, locked, live, versions)
    if refused:
        other = Refusal("others_refused", _("Not merged, since another of the orders cannot be."))
        return ActionResult((), {order_id: refused.get(order_id, other) for order_id in ids})
    drafts = load_reserving(ids, first_key=0)
    snapshot = load_snapshot(drafts, timezone.now(), lock_stock=lock_stock, merging=False)
    members = [candidate_plan(draft, snapshot.skus) for draft in drafts]
    refusal = _refusal(members)
    if refusal is not None:
        return ActionResult((), dict.fromkeys(ids, refusal))
    plan = Plan((_by_person(members),), _given_back(members, snapshot))
    plan = run_stages(plan, snapshot, PARCEL_STAGES)
    apply_plan([], plan.orders, now=snapshot.now, run=uuid.uuid4(), actor_id=actor_id, reason="merge")
    return ActionResult(tuple(ids), {})


@in_chunks
def merge_all(order_ids: Sequence[int], *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Merge whatever of these orders may travel together, each group by itself; the others are told why they stay alone.

    The changes name the order that each became a part of, so that it can be taken back.
    """
    return fresh(functools.partial(_merge_all, list(order_ids), actor_id, versions))


def _merge_all(ids: list[int], actor_id: int, versions: Versions, lock_stock: bool) -> ActionResult:
    live, locked = lock_with_parcels(ids)
    refused = _refusals(ids, locked, live, versions)
    ready = [order_id for order_id in ids if order_id not in refused]
    if not ready:
        return ActionResult((), refused)
    drafts = load_reserving(ready, first_key=0)
    snapshot = load_snapshot(drafts, timezone.now(), lock_stock=lock_stock, merging=False)
    rules = load_merge_rules()
    by_key: defaultdict[bytes | None, list[OrderPlan]] = defaultdict(list)
    for draft in drafts:
        by_key[draft.merge_key].append(candidate_plan(draft, snapshot.skus))
    groups: list[list[OrderPlan]] = []
    for members in by_key.values():
        together = [group for _rule, group in join(members, rules, snapshot.split_rules, by_person=True)]
        groups += together
        joined = {order.draft.key for group in together for order in group}
        for order in members:
            if order.draft.key not in joined:
                refused[order.draft.order_id or 0] = _alone(
                    order, members, rule_for(order.draft.shop_id, rules, snapshot.split_rules)
                )
    merged = tuple(_by_person(group) for group in groups)
    plan = Plan(merged, _given_back([order for group in groups for order in group], snapshot))
    plan = run_stages(plan, snapshot, PARCEL_STAGES)
    written = apply_plan([], plan.orders, now=snapshot.now, run=uuid.uuid4(), actor_id=actor_id, reason="merge")
    changes: Changes = {
        parent.draft.order_id or 0: {MADE: ([], [one.order_id])} for one in written for parent in one.plan.parents
    }
    return ActionResult(tuple(one for one in ids if one not in refused), refused, changes)


def _by_person(members: Sequence[OrderPlan]) -> OrderPlan:
    """The order that a person's merge makes; rules do not divide it again."""
    merged = merge_orders(members)
    left_alone = tuple(dict.fromkeys((*merged.draft.left_alone, "split")))
    return replace(merged, draft=replace(merged.draft, left_alone=left_alone))


def _alone(order: OrderPlan, others: Sequence[OrderPlan], rule: MergeFacts | None) -> Refusal:
    """Why an order of a selection is merged with none of it."""
    codes = list(stops_of(order))
    if "merge" in order.draft.left_alone:
        codes.append("left_alone")
    partners = [other for other in others if other is not order and not stops_of(other)]
    if not codes and order.draft.merge_key is not None and partners:
        codes = list(dict.fromkeys(code for other in partners for code in objections([order, other], rule)))
    if not codes:
        return Refusal("nothing_to_merge", _("No other of the chosen orders may travel with it."))
    why = _("; ").join(_(AGAINST[code]) for code in codes)
    return Refusal(codes[0], _("These orders cannot travel together: %(why)s.") % {"why": why})


def _refusals(
    ids: list[int], locked: Mapping[int, Mapping[str, Any]], live: Mapping[int, tuple[int, str]], versions: Versions
) -> dict[int, Refusal]:
    refused = check_rows(ids, locked, MERGEABLE, versions)
    for order_id in ids:
        if order_id in refused:
            continue
        if locked[order_id]["intercepted"]:
            refused[order_id] = Refusal("intercepted", _("The order is intercepted. Clear the reason first."))
        elif order_id in live and live[order_id][1] != RELEASED:
            refused[order_id] = Refusal(
                "in_the_warehouse", _("The warehouse has printed or begun the parcel; nothing can join it any more.")
            )
    return refused


def _refusal(members: Sequence[OrderPlan]) -> Refusal | None:
    if len(members) < 2:
        return Refusal("nothing_to_merge", _("Choose at least two orders."))
    codes = dict.fromkeys(code for member in members for code in stops_of(member))
    codes.update(dict.fromkeys(objections(members, None)))
    if not codes:
        return None
    why = _("; ").join(_(AGAINST[code]) for code in codes)
    return Refusal(next(iter(codes)), _("These orders cannot travel together: %(why)s.") % {"why": why})


def _given_back(members: Sequence[OrderPlan], snapshot: Snapshot) -> dict[tuple[int, int], int]:
    left: defaultdict[tuple[int, int], int] = defaultdict(int, snapshot.available)
    for member in members:
        for warehouse, sku, units in member.draft.reserved:
            left[warehouse, sku] += units
    return dict(left)


def merge_due(limit: int = MOST_AT_ONCE, *, actor_id: int | None = None) -> int:
    """Merge what the rules would merge among the orders that wait or whose parcel nobody has begun; returns how many orders came of it.

    The button, and the sweep for orders that two workers made at the same moment and neither could see the other's.
    """
    rules = load_merge_rules()
    keys = _mergeable_keys(limit) if rules else []

    def merge_part(part: Sequence[bytes]) -> int:
        return again(lambda: fresh(functools.partial(_merge_once, part, rules, actor_id)))

    results, _poisoned = work_apart(keys, merge_part)
    return sum(results)


def _mergeable_keys(limit: int) -> list[bytes]:
    """Receivers to whom more than one order goes that may still be merged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT merge_key FROM orders_order WHERE merge_key IS NOT NULL "
            "AND state IN ('cs_review', 'finance_review', 'approved') AND NOT held AND NOT intercepted "
            "AND NOT 'merge' = ANY(left_alone) GROUP BY merge_key HAVING count(*) > 1 ORDER BY merge_key LIMIT %s",
            [limit],
        )
        return [bytes(row[0]) for row in cursor.fetchall()]


def _merge_once(keys: Sequence[bytes], rules: Sequence[MergeFacts], actor_id: int | None, lock_stock: bool) -> int:
    drafts = load_reserving(claim_merge_candidates(keys, ()), first_key=0)
    if not drafts:
        return 0
    snapshot = load_snapshot(drafts, timezone.now(), lock_stock=lock_stock, merging=False)
    snapshot = replace(snapshot, merge_rules=tuple(rules))
    plan = plan_merge(
        Plan(tuple(candidate_plan(draft, snapshot.skus) for draft in drafts), snapshot.available), snapshot
    )
    merged = Plan(tuple(order for order in plan.orders if order.parents), plan.stock_left)
    plan = run_stages(merged, snapshot, PARCEL_STAGES)
    apply_plan([], plan.orders, now=snapshot.now, run=uuid.uuid4(), actor_id=actor_id, reason="merge")
    return len(plan.orders)


@in_chunks
def unmerge(
    order_ids: Sequence[int], *, actor_id: int, versions: Versions = None, made: Made | None = None
) -> ActionResult:
    """Take merged orders apart; each may be named by itself or by one of its originals, which come back as they were."""
    return undo("merge", order_ids, actor_id=actor_id, versions=versions, made=made)
