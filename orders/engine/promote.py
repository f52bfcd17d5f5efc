"""Stage promote: campaigns append their gifts to the orders that earn them (docs/algorithms/promotions.md).

    order → basket → promotions.engine → gift lines, grants, decisions

It runs after bundles were expanded, for orders as the buyers placed them; a split then takes each gift with the part that holds its
line, and a merged order is matched anew as one. Gifts added by hand, gifts of orders whose gifts a person changed, and gifts that were
granted before are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from orders.engine.decisions import Decision, Outcome, PassedOver
from orders.engine.merge import ORIGIN as MERGED
from orders.engine.reasons import ExceptionReason
from orders.engine.values import ZERO, Draft, DraftLine, OrderPlan, Plan, PlannedLine, SkuFacts, Snapshot, weight_of
from promotions.engine.limits import use
from promotions.engine.match import plan_gifts, waits
from promotions.engine.values import Basket, BasketGrants, BasketLine, Grant, PromotionSnapshot

STAGE = "promote"
LEFT_ALONE = "gifts"
"""The mark of orders whose gifts a person changed, and of the parts of a split."""


def plan_promote(plan: Plan, snapshot: Snapshot) -> Plan:
    """Give every order what it earns, in the order in which the batch is served."""
    facts = snapshot.promotions
    if facts is None or not facts.schemes:
        return plan
    stripped = [_without_lost_gifts(order) for order in plan.orders]
    asking = [position for position, order in enumerate(stripped) if _asks(order)]
    return replace(plan, orders=_promoted(stripped, asking, facts, snapshot))


def plan_promote_merged(plan: Plan, snapshot: Snapshot) -> Plan:
    """Match merged orders anew, as one basket each: what their parts were given is given back first."""
    facts = snapshot.promotions
    if facts is None or not facts.schemes:
        return plan
    merged = {
        position
        for position, order in enumerate(plan.orders)
        if order.origin == MERGED and LEFT_ALONE not in order.draft.left_alone
    }
    if not merged:
        return plan
    orders = [
        replace(_without_gifts(order), gifts_anew=True) if position in merged else order
        for position, order in enumerate(plan.orders)
    ]
    left = _what_is_left(facts, orders, [plan.orders[position] for position in sorted(merged)])
    asking = [position for position in sorted(merged) if not orders[position].waits]
    return replace(plan, orders=_promoted(orders, asking, left, snapshot))


def _promoted(
    orders: Sequence[OrderPlan], asking: Sequence[int], facts: PromotionSnapshot, snapshot: Snapshot
) -> tuple[OrderPlan, ...]:
    baskets = [_basket(orders[position], position, snapshot) for position in asking]
    done = list(orders)
    for basket, verdict in zip(baskets, plan_gifts(baskets, facts).baskets, strict=True):
        done[basket.key] = _give(orders[basket.key], basket, verdict, snapshot)
    return tuple(done)


def _asks(order: OrderPlan) -> bool:
    draft = order.draft
    return not order.waits and not draft.granted and LEFT_ALONE not in draft.left_alone


def _is_campaign_gift(line: PlannedLine) -> bool:
    return line.draft.gift_scheme_id is not None


def _without_lost_gifts(order: OrderPlan) -> OrderPlan:
    """Without campaign gifts that no grant stands behind any more: they were given back by a merge that was undone."""
    draft = order.draft
    if draft.granted or LEFT_ALONE in draft.left_alone or not any(map(_is_campaign_gift, order.lines)):
        return order
    return _without_gifts(order)


def _without_gifts(order: OrderPlan) -> OrderPlan:
    lines = tuple([line for line in order.lines if not _is_campaign_gift(line)])
    if len(lines) == len(order.lines):
        return order
    return replace(order, lines=lines, weight_g=weight_of(lines), relined=True)


def _fen(line: PlannedLine) -> int:
    return int(line.amount.scaleb(2))


def _basket(order: OrderPlan, key: int, snapshot: Snapshot) -> Basket:
    draft = order.draft
    presale = {rule.sku_id for rule in snapshot.presale_rules if rule.sku_id is not None}
    lines = tuple(
        [
            BasketLine(index, line.sku_id, line.quantity, max(_fen(line), 0), line.discount > 0, line.sku_id in presale)
            for index, line in enumerate(order.lines)
            if line.sku_id is not None and line.ships and not line.draft.is_gift
        ]
    )
    # What is paid on delivery counts as paid when it was ordered.
    paid_at = draft.paid_at if draft.payment_kind != "cod" else draft.placed_at
    moment = draft.placed_at or draft.paid_at or snapshot.now
    return Basket(
        key,
        draft.shop_id,
        buyer_of(draft, snapshot.promotions.platforms if snapshot.promotions is not None else {}),
        draft.region_code or "",
        moment,
        paid_at,
        lines,
    )


def buyer_of(draft: Draft, platforms: Mapping[int, str]) -> str:
    """Under what a buyer's gifts are counted: the platform, and its id of the buyer, or the name where there is none."""
    return f"{platforms.get(draft.shop_id, '')}:{draft.buyer_id or draft.buyer_nick}"[:140]


def _give(order: OrderPlan, basket: Basket, verdict: BasketGrants, snapshot: Snapshot) -> OrderPlan:
    waiting = [grant for grant in verdict.grants if waits(grant)]
    if waiting:
        missing = {_code(gift.sku_id, snapshot.skus): gift.quantity for grant in waiting for gift in grant.missing}
        found = Decision(STAGE, Outcome.CANNOT_TELL, ExceptionReason.GIFT_OUT_OF_STOCK, facts={"missing": missing})
        return order.stopped(ExceptionReason.GIFT_OUT_OF_STOCK, found)
    for grant in verdict.grants:
        order = order.decided(_decision(grant, snapshot.skus))
    if verdict.passed_over:
        passed = tuple(
            [PassedOver(item.scheme_id, item.version, item.name, (item.code,)) for item in verdict.passed_over]
        )
        order = order.decided(Decision(STAGE, Outcome.ABSTAINED, "no_further_gift", passed_over=passed))
    gifts = tuple([line for grant in verdict.grants for line in _lines(grant, order, snapshot)])
    if not gifts:
        return order
    lines = (*order.lines, *gifts)
    return replace(order, lines=lines, weight_g=weight_of(lines), relined=True, granted=verdict.grants, basket=basket)


def _code(sku_id: int, skus: Mapping[int, SkuFacts]) -> str:
    return skus[sku_id].code if sku_id in skus else str(sku_id)


def _decision(grant: Grant, skus: Mapping[int, SkuFacts]) -> Decision:
    scheme = grant.scheme
    facts = {
        "campaign": scheme.campaign_name,
        "gifts": {_code(gift.sku_id, skus): gift.quantity for gift in grant.gifts},
        "measure": grant.measure,
        "by_amount": scheme.kind.value == "amount_reached",
    }
    if grant.missing:
        facts["missing"] = {_code(gift.sku_id, skus): gift.quantity for gift in grant.missing}
    return Decision(STAGE, Outcome.APPLIED, "gift_given", scheme.id, scheme.version, scheme.name, facts)


def _lines(grant: Grant, order: OrderPlan, snapshot: Snapshot) -> list[PlannedLine]:
    made: list[PlannedLine] = []
    for gift in grant.gifts:
        sku = snapshot.skus[gift.sku_id]
        title, spec = snapshot.gift_names.get(gift.sku_id) or _name_in(order, gift.sku_id) or (sku.code, "")
        draft = DraftLine(
            position=0,
            oid="",
            item_id="",
            platform_sku_id="",
            item_code="",
            sku_code=sku.code,
            title=title,
            spec=spec,
            quantity=gift.quantity,
            price=ZERO,
            discount=ZERO,
            amount=ZERO,
            is_gift=True,
            refund="none",
            sku_id=gift.sku_id,
            gift_scheme_id=grant.scheme.id,
        )
        made.append(PlannedLine(draft, gift.sku_id, gift.quantity, ZERO, ZERO, ZERO, sku.weight_g))
    return made


def _name_in(order: OrderPlan, sku_id: int) -> tuple[str, str] | None:
    return next(((line.draft.title, line.draft.spec) for line in order.lines if line.sku_id == sku_id), None)


def _what_is_left(
    facts: PromotionSnapshot, orders: Sequence[OrderPlan], merged: Sequence[OrderPlan]
) -> PromotionSnapshot:
    """Limits and shelves after the grants of the batch's other orders, with what the merged orders' parts give back."""
    used = dict(facts.used)
    stock = dict(facts.stock)
    counted: set[int] = set()
    for order in orders:
        # The parts of a split carry the grants of the order that they were.
        if order.basket is None or order.basket.key in counted:
            continue
        counted.add(order.basket.key)
        for grant in order.granted:
            use(grant.scheme, order.basket, grant.units, used)
            for gift in grant.gifts:
                stock[gift.sku_id] = stock.get(gift.sku_id, 0) - gift.quantity
    for order in merged:
        for key, units in order.draft.given_back:
            used[key] = used.get(key, 0) - units
    return replace(facts, used=used, stock=stock)
