"""Gifts adjusted by hand, on one order or many: added, taken away, or matched anew by the campaigns.

    preview   what would become of each order, and whether the gifts are in stock; nothing is written
    add       units of a SKU, price 0; campaigns never touch them
    take      the gifts of a SKU away, a campaign's or added ones; the order's gifts are then left to people
    rematch   undo: the campaigns decide again, gifts added by hand stay

Works on orders before the customer service audit; afterwards they are processed again, since weight and route may change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Sku
from oms.core.actions import ActionResult, Refusal, chunks
from oms.core.again import in_chunks
from oms.core.errors import UnableTo
from oms.core.tasks import ring
from orders.actions import bump, check_rows, note
from orders.audit import PROCESS_TASK, Versions
from orders.engine.promote import LEFT_ALONE
from orders.locks import lock_orders, mark_due
from orders.models import Order, OrderLine
from orders.processing.gifts import match_anew
from orders.states import BEFORE_CS_AUDIT
from warehouse.models import StockBalance

ADD, TAKE, REMATCH = "add", "take", "rematch"
MODES = (ADD, TAKE, REMATCH)
MOST_UNITS = 999


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants: a mode, and for all but ``rematch`` a SKU; ``units`` are for adding."""

    mode: str
    sku: Sku | None = None
    units: int = 1


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of an order's gifts (merchant code to units), or why nothing would."""

    order_no: str
    before: Mapping[str, int]
    after: Mapping[str, int] | None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Previews:
    """The orders, the units that would be needed in all, and the units that are free in the fullest warehouse."""

    orders: tuple[Preview, ...]
    needed: int
    free: int


def read_wish(mode: str, code: str, units: str, staff: Staff | None = None) -> Wish:
    """The wish of a form, with a gift that the staff member may see. Raises UnableTo."""
    if mode not in MODES:
        raise UnableTo(_("Choose what is to be done with the gifts."))
    if mode == REMATCH:
        return Wish(mode)
    code = code.replace("\x00", "").strip()
    skus = Sku.objects.filter(code=code)
    sku = (skus if staff is None else scoped(skus, staff)).first()
    if sku is None:
        raise UnableTo(_("There is no SKU with the merchant code “%(code)s”.") % {"code": code})
    if mode == ADD and not sku.enabled:
        raise UnableTo(
            _("SKU %(code)s is not in use. Choose another one, or put it in use first.") % {"code": sku.code}
        )
    text = units.strip() or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_UNITS):
        raise UnableTo(_("Give a number of units from 1 to %(most)s.") % {"most": MOST_UNITS})
    return Wish(mode, sku, int(text))


def _gifts(order_ids: Sequence[int]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = defaultdict(Counter)
    rows = OrderLine.objects.filter(order_id__in=order_ids, is_gift=True, trade__isnull=True).values_list(
        "order_id", "sku__code", "quantity"
    )
    for order_id, code, units in rows:
        found[order_id][code or "?"] += units
    return found


def preview(order_ids: Sequence[int], wish: Wish) -> Previews:
    """What the wish would do to each order; three queries, nothing is written."""
    orders = Order.objects.in_bulk(list(order_ids))
    gifts = _gifts(list(orders))
    shown: list[Preview] = []
    for order_id in order_ids:
        if (order := orders.get(order_id)) is None:
            continue
        before = gifts[order_id]
        refusal = _refusal(order.state, before, wish)
        after = None if refusal or wish.mode == REMATCH else _after(before, wish)
        shown.append(Preview(order.no, dict(before), after, refusal.sentence if refusal else ""))
    changing = sum(not one.refusal for one in shown)
    free = 0
    if wish.sku is not None:
        balances = StockBalance.objects.filter(sku=wish.sku).annotate(free=F("on_hand") - F("reserved") - F("safety"))
        free = max(balances.aggregate(most=Max("free"))["most"] or 0, 0)
    return Previews(tuple(shown), changing * wish.units if wish.mode == ADD else 0, free)


def _after(before: Counter[str], wish: Wish) -> dict[str, int]:
    code = wish.sku.code if wish.sku is not None else ""
    if wish.mode == ADD:
        return dict(before + Counter({code: wish.units}))
    return {known: units for known, units in before.items() if known != code}


def _refusal(state: str, before: Counter[str], wish: Wish) -> Refusal | None:
    if state not in BEFORE_CS_AUDIT:
        return Refusal("wrong_state", _("Gifts can be changed before the audit. Un-audit the order first."))
    if wish.mode == TAKE and wish.sku is not None and wish.sku.code not in before:
        return Refusal("no_such_gift", _("The order has no such gift."))
    return None


@in_chunks
def adjust(order_ids: Sequence[int], wish: Wish, *, actor_id: int, versions: Versions = None) -> ActionResult:
    """Do what the wish says to the orders; a refusal for each to which it cannot be done."""
    result = ActionResult()
    for ids in chunks(order_ids):
        with transaction.atomic():
            refused = check_rows(ids, (locked := lock_orders(ids)), BEFORE_CS_AUDIT, versions)
            gifts = _gifts(ids)
            for order_id in ids:
                if order_id not in refused and (found := _refusal(locked[order_id]["state"], gifts[order_id], wish)):
                    refused[order_id] = found
            ready = [order_id for order_id in ids if order_id not in refused]
            if ready:
                _DO[wish.mode](ready, wish)
                bump(ready)
                note(ready, f"gifts_{wish.mode}", actor_id=actor_id, gift=_said(wish))
                mark_due(ready)
                transaction.on_commit(lambda: ring(PROCESS_TASK))
            result += ActionResult(tuple(ready), refused)
    return result


def _said(wish: Wish) -> str:
    return "" if wish.sku is None else f"{wish.sku.code} × {wish.units}" if wish.mode == ADD else wish.sku.code


def _add(order_ids: Sequence[int], wish: Wish) -> None:
    if wish.sku is None:
        raise AssertionError("a gift to add has a SKU")
    by_hand = OrderLine.objects.filter(
        order_id__in=order_ids, sku=wish.sku, is_gift=True, trade__isnull=True, gift_scheme_id__isnull=True
    )
    known = set(by_hand.values_list("order_id", flat=True))
    by_hand.update(quantity=F("quantity") + wish.units)
    last = dict(
        OrderLine.objects.filter(order_id__in=order_ids)
        .order_by()
        .values_list("order_id")
        .annotate(last=Max("position"))
    )
    zero = Decimal("0.00")
    OrderLine.objects.bulk_create(
        OrderLine(
            order_id=order_id,
            position=last.get(order_id, 0) + 1,
            sku=wish.sku,
            sku_code=wish.sku.code,
            title=wish.sku.product.name,
            spec=wish.sku.spec,
            quantity=wish.units,
            price=zero,
            discount=zero,
            amount=zero,
            is_gift=True,
        )
        for order_id in order_ids
        if order_id not in known
    )


def _take(order_ids: Sequence[int], wish: Wish) -> None:
    """What campaigns gave goes back to them when the last of their gifts is taken away."""
    gone = OrderLine.objects.filter(order_id__in=order_ids, sku=wish.sku, is_gift=True, trade__isnull=True)
    given = set(gone.filter(gift_scheme_id__isnull=False).values_list("order_id", flat=True))
    gone.delete()
    campaign_gifts = OrderLine.objects.filter(order_id__in=given, gift_scheme_id__isnull=False)
    match_anew(given - set(campaign_gifts.values_list("order_id", flat=True)))
    _mark(given, marked=True)


def _rematch(order_ids: Sequence[int], _wish: Wish) -> None:
    OrderLine.objects.filter(
        order_id__in=order_ids, is_gift=True, trade__isnull=True, gift_scheme_id__isnull=False
    ).delete()
    match_anew(order_ids)
    _mark(order_ids, marked=False)


def _mark(order_ids: Sequence[int] | set[int], *, marked: bool) -> None:
    """Whether campaigns leave the orders' gifts alone from now on."""
    change = "array_append(array_remove(left_alone, %s), %s)" if marked else "array_remove(left_alone, %s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE orders_order SET left_alone = {change} WHERE id = ANY(%s)",
            [*([LEFT_ALONE] * (2 if marked else 1)), sorted(order_ids)],
        )


_DO = {ADD: _add, TAKE: _take, REMATCH: _rematch}
