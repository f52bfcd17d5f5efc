"""Reads the rules about what an order is: pre-sale, split, merge; and the orders that a batch may be merged with."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import prefetch_related_objects

from orders.engine.values import Draft, MergeFacts, PresaleFacts, SplitFacts
from orders.locks import claim_merge_candidates
from orders.models import MergeRule, PresaleRule, SplitRule
from orders.processing.existing import load_existing
from orders.processing.load_rules import NO_DRAFTS, Drafts, head_of, live_rules
from warehouse.models import Reservation


def load_presale_rules(drafts: Drafts = NO_DRAFTS) -> tuple[PresaleFacts, ...]:
    """The pre-sale rules in use, in rank order; with drafts, as they would be (as everywhere in this file)."""
    rules = live_rules(PresaleRule, "presale", drafts)
    prefetch_related_objects(rules, "listing")
    return tuple(
        PresaleFacts(
            head_of(rule),
            None
            if rule.listing is None
            else (rule.listing.shop_id, rule.listing.item_id, rule.listing.platform_sku_id),
            rule.sku_id,
            rule.until,
        )
        for rule in rules
    )


def load_split_rules(drafts: Drafts = NO_DRAFTS) -> tuple[SplitFacts, ...]:
    """The split rules in use, in rank order."""
    return tuple(
        SplitFacts(head_of(rule), rule.kind, rule.limit_g, frozenset(rule.skus))
        for rule in live_rules(SplitRule, "split", drafts)
    )


def load_merge_rules(drafts: Drafts = NO_DRAFTS) -> tuple[MergeFacts, ...]:
    """The merge rules in use, in rank order."""
    return tuple(
        MergeFacts(
            head_of(rule),
            dt.timedelta(minutes=rule.window_minutes),
            rule.across_shops,
            rule.max_trades,
            rule.max_weight_g,
        )
        for rule in live_rules(MergeRule, "merge", drafts)
    )


def load_candidates(drafts: Sequence[Draft]) -> tuple[Draft, ...]:
    """Lock and read the orders that the drafts may be merged with; their keys are negative. A constant number of queries."""
    keys = {draft.merge_key for draft in drafts if draft.merge_key is not None}
    ids = claim_merge_candidates(keys, [draft.order_id for draft in drafts if draft.order_id is not None])
    return load_reserving(ids, first_key=-len(ids))


def load_reserving(order_ids: Sequence[int], *, first_key: int) -> tuple[Draft, ...]:
    """The drafts of locked orders with what they hold in stock."""
    if not order_ids:
        return ()
    reserved: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for order_id, *units in Reservation.objects.filter(
        demand_id__in=list(order_ids), state=Reservation.State.ACTIVE
    ).values_list("demand_id", "warehouse_id", "sku_id", "quantity"):
        reserved[order_id].append((units[0], units[1], units[2]))
    subjects = load_existing(order_ids, first_key=first_key)
    return tuple(
        replace(subject.draft, reserved=tuple(sorted(reserved[subject.draft.order_id or 0]))) for subject in subjects
    )
