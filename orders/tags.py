"""Tags of orders: the managed list, and the condition that finds what has them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from orders.models import Order, OrderTag


def tagged(tag_ids: Iterable[int]) -> Q:
    """The condition that an order has any of the tags; it says what the partial index is made of."""
    return Q(tags__overlap=list(tag_ids)) & ~Q(tags=[])


def show_tags(orders: Iterable[Order]) -> None:
    """Give each order its tags as ``shown_tags``, in their order of being put on. One query, none when no order has any."""
    shown = list(orders)
    wanted = {tag for order in shown for tag in order.tags}
    found = OrderTag.objects.in_bulk(sorted(wanted)) if wanted else {}
    for order in shown:
        order.shown_tags = [found[tag] for tag in order.tags if tag in found]


def tags_by_id() -> dict[int, OrderTag]:
    """Every tag by its id. One query."""
    return OrderTag.objects.in_bulk()
