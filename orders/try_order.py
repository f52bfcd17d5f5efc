"""What would happen to one order or trade, stage by stage, with the rules of today or with drafts in their place; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.core.errors import UnableTo
from oms.core.models import RuleVersion
from orders.engine.values import Draft, OrderPlan, Snapshot, StockKey
from orders.explain import Explained, explain, state_label
from orders.models import Order, Trade
from orders.pipeline import decide
from orders.processing.gifts import load_promotions, load_used_limits
from orders.processing.goods import load_goods
from orders.processing.line_rules import load_reserving
from orders.processing.load import load_available
from orders.processing.load_rules import NO_DRAFTS, Drafts, load_buyers, load_goods_facts
from orders.what_if.replay import reading_only
from orders.what_if.rulebook import RuleBook
from orders.what_if.runs import drafts_of
from orders.what_if.window import load_trades

MOST_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class TriedLine:
    """Units of a line in an order as it would be."""

    title: str
    sku_code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class TriedOrder:
    """An order as it would be: where it stands, who ships and drives it, freight and margin in yuan (None: unknown), and why."""

    state: str
    state_label: str
    warehouse: str
    carrier: str
    freight: Decimal | None
    margin: Decimal | None
    weight_g: int
    trades: tuple[str, ...]
    lines: tuple[TriedLine, ...]
    steps: tuple[Explained, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """The answer: what was tried, the orders that would come of it today, and with the draft (None: no draft was given)."""

    number: str
    is_trade: bool
    today: tuple[TriedOrder, ...]
    drafted: tuple[TriedOrder, ...] | None


def try_order(number: str, staff: Staff, drafts: Sequence[RuleVersion] = ()) -> Tried:
    """Try an order of this number as it stands, or a trade of this number as if it had just come in. Raises UnableTo."""
    with reading_only():
        order = scoped(Order.objects.all(), staff).filter(no=number).first()
        subject = _of_order(order) if order is not None else _of_trade(number, staff)
        today = _decide(subject, NO_DRAFTS, staff)
        drafted = _decide(subject, drafts_of(list(drafts)), staff) if drafts else None
    return Tried(number, order is None, today, drafted)


def _of_order(order: Order) -> Draft:
    return load_reserving([order.pk], first_key=0)[0]


def _of_trade(number: str, staff: Staff) -> Draft:
    found = scoped(Trade.objects.filter(trade_no=number, receiver__isnull=False, reason_code=""), staff)
    trade = found.order_by("-id").first()
    if trade is None:
        raise UnableTo(
            _("No order and no readable trade has the number %(number)s.") % {"number": number or "—"}, code="not_found"
        )
    return load_trades([trade.pk])[0].draft


def _decide(draft: Draft, drafts: Drafts, staff: Staff) -> tuple[TriedOrder, ...]:
    snapshot = _snapshot(draft, RuleBook(drafts), staff)
    plan = decide([draft], snapshot)
    return tuple(_tried(order, snapshot) for order in plan.orders if draft.key in order.sources)


def _snapshot(draft: Draft, book: RuleBook, staff: Staff) -> Snapshot:
    candidates = _candidates(draft, staff) if book.merge else ()
    everyone = (draft, *candidates)
    goods = load_goods(everyone, book.gift_skus)
    free: dict[StockKey, int] = load_available(goods.skus, lock=False)
    for warehouse, sku, units in draft.reserved:
        free[warehouse, sku] = free.get((warehouse, sku), 0) + units
    buyers = load_buyers(everyone, history=book.asks_for_history)
    facts = load_goods_facts(sorted(goods.skus))
    now = timezone.now()
    schemes = book.schemes_at(everyone, now)
    gifts = load_promotions(schemes, goods.skus, free, load_used_limits(everyone, schemes, lock=False))
    return book.snapshot(now, goods, facts, buyers, free, candidates, gifts)


def _candidates(draft: Draft, staff: Staff) -> tuple[Draft, ...]:
    """The orders that it could be merged with and the staff member may see, as they stand; without a lock, since nothing is promised."""
    if draft.merge_key is None:
        return ()
    found = (
        scoped(Order.objects.all(), staff)
        .filter(
            merge_key=draft.merge_key,
            state__in=("cs_review", "finance_review", "approved"),
            held=False,
            intercepted=False,
        )
        .exclude(left_alone__contains=["merge"])
    )
    mine = {"pk": draft.order_id} if draft.order_id is not None else {"origin_trade_id": draft.trade_id}
    ids = list(found.exclude(**mine).order_by("id").values_list("id", flat=True)[:MOST_CANDIDATES])
    return load_reserving(ids, first_key=-len(ids))


def _tried(order: OrderPlan, snapshot: Snapshot) -> TriedOrder:
    warehouse = snapshot.warehouses.get(order.warehouse_id or 0)
    carrier = snapshot.carriers.get(order.carrier_id or 0)
    trades = [parent.draft.trade_no for parent in order.parents] or [order.draft.trade_no]
    return TriedOrder(
        state=order.state,
        state_label=state_label(order.state),
        warehouse=warehouse.name if warehouse is not None else "",
        carrier=carrier.name if carrier is not None else "",
        freight=order.terms.freight,
        margin=order.terms.margin,
        weight_g=order.weight_g,
        trades=tuple(dict.fromkeys(trades)),
        lines=tuple(
            TriedLine(
                f"{line.draft.title} {line.draft.spec}".strip(),
                snapshot.skus[line.sku_id].code if line.sku_id is not None else "",
                line.quantity,
            )
            for line in order.lines
        ),
        steps=tuple(explain([decision.to_json() for decision in order.decisions])),
    )
