"""The people of the company at work. Each acts by the functions that the pages call, on what their data scope shows them.

``patience`` is how long something may lie before a colleague takes it: none in the day that is played to its end, minutes where the
visitor is to find work.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q, Sum
from django.utils import timezone

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.listings import bind
from oms.catalog.models import Listing, Sku
from oms.demo.by_hand import ByHand
from orders import audit, uploads
from orders.engine.reasons import ExceptionReason
from orders.models import Order, OrderLine, PresaleRule, Trade, WaybillUpload
from orders.states import APPROVED, CS_REVIEW, EXCEPTION, FINANCE_REVIEW, PRESALE
from warehouse.models import Shipment, StockBalance, StockMove, Warehouse
from warehouse.shipping import ship
from warehouse.states import RELEASED
from warehouse.stock import Move, receive

BATCH = 200
PACKERS = ("wuqiang", "huangmei", "luoyang")
RESTOCK = 60
"""Units that arrive of a SKU that orders wait for."""


@dataclass
class Colleagues:
    """The staff by user name, and what they have done so far."""

    patience: dt.timedelta = dt.timedelta()
    done: Counter[str] = field(default_factory=Counter)
    once: set[str] = field(default_factory=set)
    short: set[int] = field(default_factory=set)
    """Orders that could not be audited for want of goods."""

    ships: bool = True
    """Whether the warehouses are open."""

    def __post_init__(self) -> None:
        self.staff = {person.username: person for person in Staff.objects.all()}
        self.by_hand = ByHand(self.staff["linxiao"], self.done)

    def work(self) -> None:
        """Everybody does what lies before them."""
        self.audit_orders()
        self.audit_finance()
        self.bind_listings()
        self.take_in_goods()
        if self.ships:
            self.ship_parcels()
        self.look_after_uploads()

    def _lying(self, name: str) -> Q:
        return Q(**{f"{name}__lte": timezone.now() - self.patience})

    def _orders(self, person: Staff, state: str) -> list[int]:
        found = scoped(
            Order.objects.filter(self._lying("created_at"), state=state, held=False, intercepted=False), person
        )
        return list(found.order_by("id").values_list("id", flat=True)[:BATCH])

    def _count(self, what: str, ids: Sequence[int]) -> None:
        self.done[what] += len(ids)

    # -- customer service and finance --------------------------------------------------------------------------------

    def audit_orders(self) -> None:
        """林晓 audits what no policy let pass; now and then she holds, releases, cancels and takes an audit back."""
        clerk = self.staff["linxiao"]
        waiting = self._orders(clerk, CS_REVIEW)
        waiting = self.by_hand.look_at(waiting)
        if len(waiting) >= 8 and "hold" not in self.once:
            self.once.add("hold")
            self._hold_and_decide(clerk, waiting[-2:])
            waiting = waiting[:-2]
        result = audit.audit(waiting, actor_id=clerk.pk)
        self._count("audited", result.done)
        self.short = {id_ for id_, why in result.refused.items() if why.code == ExceptionReason.OUT_OF_STOCK}
        self._take_one_back(clerk)

    def _hold_and_decide(self, clerk: Staff, two: Sequence[int]) -> None:
        """The buyer of one says yes, the other buyer says no."""
        self._count("held", audit.hold(two, actor_id=clerk.pk, reason="等买家确认地址").done)
        self._count("released", audit.release(two[:1], actor_id=clerk.pk).done)
        self._count("cancelled", audit.cancel(two[1:], actor_id=clerk.pk, reason="买家不要了").done)

    def _take_one_back(self, clerk: Staff) -> None:
        approved = self._orders(clerk, APPROVED)
        if approved and "unaudit" not in self.once:
            taken = audit.unaudit(approved[-1:], actor_id=clerk.pk, reason="买家要求改颜色").done
            self._count("un-audited", taken)
            self.once.update(["unaudit"] if taken else [])

    def audit_finance(self) -> None:
        """陈博 looks at what is dear or paid on delivery."""
        accountant = self.staff["chenbo"]
        ids = self._orders(accountant, FINANCE_REVIEW)
        self._count("finance audited", audit.finance_audit(ids, actor_id=accountant.pk).done)

    # -- operations --------------------------------------------------------------------------------------------------

    def bind_listings(self) -> None:
        """何芸 binds listings that bear no merchant code, by their title and specification: once they have stopped an order."""
        if Trade.objects.filter(state=Trade.State.DUE).exists():
            return
        clerk = self.staff["heyun"]
        for listing in scoped(Listing.objects.filter(self._lying("seen_at"), sku__isnull=True), clerk).order_by("id"):
            sku = _same_goods(listing)
            if sku is not None:
                bind(listing.pk, sku, staff_id=clerk.pk)
                self.done["bound"] += 1

    def look_after_uploads(self) -> None:
        """Failures that no repetition can mend: the clerk tries once more by hand, then tells the buyer and hands it over."""
        clerk = self.staff["heyun"]
        failed = scoped(WaybillUpload.objects.filter(state=WaybillUpload.State.FAILED), clerk)
        if not self.patience:
            self._count("uploaded again", uploads.retry(_ids(failed.filter(will_retry=True)), actor_id=clerk.pk).done)
        for upload_id in _ids(failed.filter(self._lying("created_at"), will_retry=False)):
            if f"upload {upload_id}" not in self.once:
                self.once.add(f"upload {upload_id}")
                self._count("uploaded again", uploads.retry([upload_id], actor_id=clerk.pk).done)
            else:
                reason = "已在平台后台核对，与买家沟通处理"
                self._count("handed over", uploads.hand_over([upload_id], actor_id=clerk.pk, reason=reason).done)

    # -- warehouses --------------------------------------------------------------------------------------------------

    def take_in_goods(self) -> None:
        """What orders wait for arrives at the warehouse that they wait at, at least as much as they want."""
        wanted: Counter[tuple[int, int]] = Counter()
        stopped = Q(state=EXCEPTION, exceptions__contains=[ExceptionReason.OUT_OF_STOCK.value])
        waiting = Order.objects.filter(self._lying("created_at"), stopped | Q(id__in=self.short))
        lines = OrderLine.objects.filter(order__in=waiting, order__warehouse__isnull=False, sku__isnull=False)
        for warehouse, sku, units in lines.values_list("order__warehouse_id", "sku_id", "quantity"):
            if warehouse is not None and sku is not None:
                wanted[warehouse, sku] += units
        free = {
            (b.warehouse_id, b.sku_id): b.available for b in StockBalance.objects.filter(sku__in=[s for _, s in wanted])
        }
        moves = [
            Move(warehouse, sku, units + RESTOCK)
            for (warehouse, sku), units in sorted(wanted.items())
            if free.get((warehouse, sku), 0) < units
        ]
        if moves:
            receive(moves, StockMove.Kind.INBOUND, actor_id=self.staff["wuqiang"].pk, note="采购到货")
            self.done["arrivals"] += len(moves)

    def take_in_presale_goods(self) -> None:
        """What was sold before it was made arrives: for half of the orders that wait for it."""
        rules = PresaleRule.objects.filter(enabled=True, until__isnull=True, sku__isnull=False)
        wanted = OrderLine.objects.filter(order__state=PRESALE, sku__in=rules.values("sku"))
        for sku, units in wanted.order_by("sku").values_list("sku").annotate(units=Sum("quantity")):
            move = Move(Warehouse.objects.get(code="HZ").pk, sku, max(units // 2, 1))
            receive([move], StockMove.Kind.INBOUND, actor_id=self.staff["wuqiang"].pk, note="预售到货")
            self.done["pre-sale arrivals"] += move.quantity

    def ship_parcels(self) -> None:
        """吴强, 黄梅 and 罗洋 ship what their warehouse has before it, in batches."""
        for name in PACKERS:
            packer = self.staff[name]
            ready = Shipment.objects.filter(self._lying("released_at"), state=RELEASED, intercepted=False)
            ids = list(scoped(ready, packer).order_by("ship_by", "id").values_list("id", flat=True)[:BATCH])
            self._count("shipped", ship(ids, actor_id=packer.pk).done)


def _ids(found: object) -> list[int]:
    return list(found.order_by("id").values_list("id", flat=True)[:BATCH])  # type: ignore[attr-defined]


def _same_goods(listing: Listing) -> Sku | None:
    """The one SKU whose product's name is in the listing's title and whose specification is in the listing's."""
    found = [
        sku
        for sku in Sku.objects.filter(enabled=True).select_related("product")
        if sku.product.name in listing.title and (sku.spec in listing.spec or not listing.spec)
    ]
    return found[0] if len(found) == 1 else None
