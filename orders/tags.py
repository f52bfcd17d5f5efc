"""Tags of orders: the managed list, and the condition that finds what has them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from orders.models import OrderTag


def tagged(tag_ids: Iterable[int]) -> Q:
    """The condition that an order has any of the tags; it says what the partial index is made of."""
    return Q(tags__overlap=list(tag_ids)) & ~Q(tags=[])


def tags_by_id() -> dict[int, OrderTag]:
    """Every tag by its id. One query."""
    return OrderTag.objects.in_bulk()
