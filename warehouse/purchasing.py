"""Purchase orders: entered as drafts, changed as long as they are, ordered, put off, closed short, cancelled.

What is still to come is reckoned from the lines of orders on their way (``warehouse.in_transit``): nothing is counted beside them.
A change locks the purchase order first; balances, if any are opened, come last (docs/locking.md).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.audit_log import record
from oms.accounts.models import Staff
from oms.accounts.who import id_of
from oms.core.errors import UnableTo
from oms.core.history import HistoryRow, write_history
from oms.core.lifecycle import move
from oms.core.locks import wait_to_be_the_only
from oms.core.numbering import business_day, number, reserve_ids
from warehouse.locks import LockedPurchase, lock_purchase
from warehouse.models import PurchaseOrder, PurchaseOrderLine
from warehouse.states import DRAFT, ON_THE_WAY, PURCHASE
from warehouse.stock import open_balances

MOST_LINES = 500
MOST_UNITS = 1_000_000
PREFIX = "PO"


@dataclass(frozen=True, slots=True)
class LineWish:
    """Units of a SKU to be ordered; ``unit_cost`` in yuan, None where it is not known."""

    sku_id: int
    quantity: int
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PurchaseWish:
    """What a purchase order is to say. ``external_no`` is unique where it is given."""

    warehouse_id: int
    supplier: str
    expected_on: dt.date
    lines: tuple[LineWish, ...]
    external_no: str = ""
    note: str = ""


def check_wish(wish: PurchaseWish) -> None:
    """Raises UnableTo for an order of nothing, of too much, or with a SKU in two lines."""
    if not wish.lines:
        raise UnableTo(_("Write at least one line: a merchant code and how many units."), code="no_lines")
    if len(wish.lines) > MOST_LINES:
        raise UnableTo(
            _("A purchase order has at most %(limit)s lines. Divide it.") % {"limit": MOST_LINES}, code="too_many_lines"
        )
    if not all(0 < line.quantity <= MOST_UNITS for line in wish.lines):
        raise UnableTo(_("Units must be from 1 to %(limit)s.") % {"limit": MOST_UNITS}, code="bad_units")
    if max(Counter(line.sku_id for line in wish.lines).values()) > 1:
        raise UnableTo(_("A SKU stands in two lines. Put them together."), code="sku_twice")


def enter(wishes: Sequence[PurchaseWish], *, actor_id: int | None, order: bool = False) -> list[PurchaseOrder]:
    """Enter purchase orders as drafts, or (``order``) as ordered; a constant number of queries. Raises UnableTo."""
    for wish in wishes:
        check_wish(wish)
    with transaction.atomic():
        _claim_numbers([wish.external_no for wish in wishes])
        now, ids = timezone.now(), reserve_ids(PurchaseOrder, len(wishes))
        made = [
            PurchaseOrder(
                id=id_,
                no=number(PREFIX, business_day(now), id_),
                external_no=wish.external_no,
                warehouse_id=wish.warehouse_id,
                supplier=wish.supplier,
                expected_on=wish.expected_on,
                note=wish.note,
                created_at=now,
            )
            for id_, wish in zip(ids, wishes, strict=True)
        ]
        PurchaseOrder.objects.bulk_create(made)
        PurchaseOrderLine.objects.bulk_create(
            [line for id_, wish in zip(ids, wishes, strict=True) for line in _lines(id_, wish)]
        )
        write_history(HistoryRow(PURCHASE.kind, id_, "enter", to_state=DRAFT, actor_id=actor_id) for id_ in ids)
        if order:
            _order(ids, actor_id)
            for one in made:
                one.state = PurchaseOrder.State.ORDERED
    return made


def _lines(purchase_id: int, wish: PurchaseWish) -> list[PurchaseOrderLine]:
    return [
        PurchaseOrderLine(
            purchase_order_id=purchase_id, sku_id=line.sku_id, quantity=line.quantity, unit_cost=line.unit_cost
        )
        for line in wish.lines
    ]


def _claim_numbers(external_nos: Sequence[str]) -> None:
    """Let nobody else take external numbers until the transaction ends. Raises UnableTo when one is taken."""
    wanted = [no for no in external_nos if no]
    if not wanted:
        return
    wait_to_be_the_only("warehouse.purchase_numbers")
    taken = PurchaseOrder.objects.filter(external_no__in=wanted).order_by("id").first()
    if taken is not None:
        raise UnableTo(
            _("Purchase order %(no)s has the external number “%(external)s” already.")
            % {"no": taken.no, "external": taken.external_no},
            code="external_no_taken",
        )


def change_draft(purchase_id: int, wish: PurchaseWish, *, actor_id: int | None) -> None:
    """Have a draft say what is wished. Raises UnableTo, also when it is no draft any more."""
    check_wish(wish)
    with transaction.atomic():
        locked = _locked(purchase_id)
        if locked.state != DRAFT:
            raise UnableTo(_("%(no)s is ordered: its lines stay as they are.") % {"no": locked.no}, code="wrong_state")
        if wish.external_no != locked.external_no:
            _claim_numbers([wish.external_no])
        PurchaseOrder.objects.filter(pk=purchase_id).update(
            external_no=wish.external_no,
            warehouse_id=wish.warehouse_id,
            supplier=wish.supplier,
            expected_on=wish.expected_on,
            note=wish.note,
        )
        PurchaseOrderLine.objects.filter(purchase_order_id=purchase_id).delete()
        PurchaseOrderLine.objects.bulk_create(_lines(purchase_id, wish))
        write_history([HistoryRow(PURCHASE.kind, purchase_id, "edit", actor_id=actor_id)])


def place(purchase_id: int, *, actor_id: int | None) -> None:
    """The draft is ordered: from now on its units are in transit. Raises UnableTo."""
    with transaction.atomic():
        locked = _locked(purchase_id)
        if not PURCHASE.allows(locked.state, "order"):
            raise _wrong_state(locked)
        _order([purchase_id], actor_id)


def _order(ids: Sequence[int], actor_id: int | None) -> None:
    move(PURCHASE, PurchaseOrder, ids, "order", actor_id=actor_id, run=uuid.uuid4())
    # Goods that never lay here are found on the stock page as soon as they are on their way.
    keys = PurchaseOrderLine.objects.filter(purchase_order__in=ids).values_list(
        "purchase_order__warehouse_id", "sku_id"
    )
    open_balances(sorted(set(keys)))


def put_off(purchase_id: int, day: dt.date, *, actor_id: int | None, reason: str = "") -> None:
    """The goods are expected on another day than was said. Raises UnableTo when nothing is to come any more."""
    with transaction.atomic():
        locked = _locked(purchase_id)
        if locked.state not in ON_THE_WAY:
            raise _wrong_state(locked)
        found = PurchaseOrder.objects.filter(pk=purchase_id)
        before = found.values_list("expected_on", flat=True).get()
        found.update(expected_on=day)
        changes = {"expected_on": [before.isoformat(), day.isoformat()]}
        row = HistoryRow(PURCHASE.kind, purchase_id, "put_off", reason=reason, actor_id=actor_id, changes=changes)
        write_history([row])


def close_short(purchase_id: int, *, by: Staff | HttpRequest | None, reason: str) -> None:
    """What has not arrived will not come; recorded in the audit log. Raises UnableTo."""
    _end(purchase_id, "close", by, reason)


def cancel(purchase_id: int, *, by: Staff | HttpRequest | None, reason: str) -> None:
    """Nothing of it has arrived, and nothing will; recorded in the audit log. Raises UnableTo."""
    _end(purchase_id, "cancel", by, reason)


def _end(purchase_id: int, action: str, by: Staff | HttpRequest | None, reason: str) -> None:
    if not reason.strip():
        raise UnableTo(_("Write a reason."), code="reason_missing")
    with transaction.atomic():
        locked = _locked(purchase_id)
        if not PURCHASE.allows(locked.state, action):
            raise _wrong_state(locked)
        move(PURCHASE, PurchaseOrder, [purchase_id], action, actor_id=id_of(by), reason=reason.strip())
        record(by, f"{action}_purchase", PURCHASE.kind, purchase_id, reason.strip())


def _locked(purchase_id: int) -> LockedPurchase:
    locked = lock_purchase(purchase_id)
    if locked is None:
        raise UnableTo(_("It does not exist any more."), code="not_found")
    return locked


def _wrong_state(locked: LockedPurchase) -> UnableTo:
    state = PurchaseOrder.State(locked.state).label
    return UnableTo(
        _("%(no)s is “%(state)s”: this cannot be done to it.") % {"no": locked.no, "state": state}, code="wrong_state"
    )
