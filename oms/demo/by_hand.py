"""What 林晓 does by hand where a buyer's message asks for it: split, merge, and take back what she has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from oms.accounts.models import Staff
from oms.demo.scenes import APART, TOGETHER
from orders import bundles, merging, splitting
from orders.engine.split import SplitKind
from orders.models import Order, OrderLine
from orders.splitting import Wish

LOOKS = 20
"""How often she looks for the other order before she gives up."""


@dataclass
class ByHand:
    """Splits and merges of a day, and how many of each are done."""

    clerk: Staff
    done: Counter[str]
    seen: Counter[int] = field(default_factory=Counter)
    handled: set[int] = field(default_factory=set)

    def look_at(self, waiting: Sequence[int]) -> list[int]:
        """Do what the messages ask; returns the orders that are to be audited now."""
        asked = dict(
            Order.objects.filter(id__in=waiting, buyer_message__in=[APART, TOGETHER]).values_list("id", "buyer_message")
        )
        busy: set[int] = set()
        for order_id, message in sorted(asked.items()):
            if order_id in self.handled or order_id in busy:
                continue
            self.seen[order_id] += 1
            busy |= self._split(order_id) if message == APART else self._merge(order_id)
        self._bundle(waiting)
        return [order_id for order_id in waiting if order_id not in busy]

    def _split(self, order_id: int) -> set[int]:
        """Every line a parcel of its own; the buyer of the second one thinks better of it."""
        lines = list(
            OrderLine.objects.filter(order=order_id, is_gift=False).order_by("position").values_list("id", "quantity")
        )
        self.handled.add(order_id)
        if len(lines) < 2:
            return set()
        wish = Wish(SplitKind.HAND, parts=tuple({line: units} for line, units in lines[:-1]))
        if not splitting.preview_split(order_id, wish).parts:
            return set()
        result = splitting.split([order_id], wish, actor_id=self.clerk.pk)
        self.done["split by hand"] += len(result.done)
        if result.done and self.done["split by hand"] == 2:
            undone = splitting.undo_split([order_id], actor_id=self.clerk.pk)
            self.done["splits undone"] += len(undone.done)
        return {order_id}

    def _merge(self, order_id: int) -> set[int]:
        """With the buyer's order in the other shop, once that is here; the second merge is taken apart again."""
        found = [
            candidate
            for candidate in merging.merge_check(order_id, self.clerk)
            if candidate.possible and candidate.order.buyer_message == TOGETHER
        ]
        if not found:
            if self.seen[order_id] >= LOOKS:
                self.handled.add(order_id)
                return set()
            return {order_id}
        pair = [order_id, found[0].order.id]
        self.handled.update(pair)
        if merging.preview_merge(pair).refusal is not None:
            return set()
        result = merging.merge(pair, actor_id=self.clerk.pk)
        self.done["merged by hand"] += len(result.done) // 2
        if result.done and self.done["merged by hand"] == 2:
            undone = merging.unmerge(pair[:1], actor_id=self.clerk.pk)
            self.done["merges undone"] += len(undone.done)
        return set(pair)

    def _bundle(self, waiting: Sequence[int]) -> None:
        """Once a day a bundle is put together again, looked at, and expanded anew."""
        if self.done["bundles put together"]:
            return
        held = OrderLine.objects.filter(order__in=waiting, bundle_sku__isnull=False).order_by("order_id")
        for order_id in held.values_list("order_id", flat=True)[:1]:
            if bundles.collapse_bundles([order_id], actor_id=self.clerk.pk).done:
                self.done["bundles put together"] += 1
                self.done["bundles expanded anew"] += len(
                    bundles.expand_bundles([order_id], actor_id=self.clerk.pk).done
                )
