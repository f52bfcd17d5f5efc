"""What the pipeline sets aside: trades and orders that it cannot process because of an error of ours, so that they hold up nobody.

A trade without an order is listed as one that cannot be understood, a trade with an order gets that order the attention of a person, an
order stays what it is. All of them are tried again once an hour: the next version of the program may understand them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.actions import note
from orders.locks import lock_orders
from orders.models import Order, Trade

CODE = "internal_error"
AGAIN_AFTER = dt.timedelta(hours=1)


class DueThing(NamedTuple):
    """A due trade or a due order."""

    kind: Literal["trade", "order"]
    id: int


def ids_of(things: Sequence[DueThing] | None, kind: str) -> list[int] | None:
    """The ids of a kind; None when everything is meant."""
    return None if things is None else [thing.id for thing in things if thing.kind == kind]


def set_aside(poisoned: Sequence[tuple[DueThing, Exception]]) -> None:
    """Take them out of the queue, each with its reason, in a transaction of its own."""
    for thing, error in poisoned:
        sentence = _("It stopped on an internal error (%(name)s). Tell the administrator; the log has the details.")
        with transaction.atomic():
            if thing.kind == "trade":
                _set_trade_aside(thing.id, sentence % {"name": type(error).__name__})
            else:
                _set_order_aside(thing.id, sentence % {"name": type(error).__name__})


def _set_trade_aside(trade_id: int, sentence: str) -> None:
    due = Trade.objects.filter(id=trade_id, state=Trade.State.DUE)
    # One with an order is due once more, now as one that cannot be understood: its order gets the attention of a person. If that fails
    # too, it is out.
    once_more = due.exclude(reason_code=CODE) if Order.objects.filter(origin_trade_id=trade_id).exists() else due.none()
    if not once_more.update(reason_code=CODE, reason=sentence):
        due.update(state=Trade.State.REJECTED, reason_code=CODE, reason=sentence)


def _set_order_aside(order_id: int, sentence: str) -> None:
    if order_id in lock_orders([order_id]):
        Order.objects.filter(id=order_id).update(reprocess_at=timezone.now() + AGAIN_AFTER)
        note([order_id], "set_aside", actor_id=None, reason=sentence)


def try_again() -> int:
    """Make the trades that were set aside due again; how many. Orders come back by their own time."""
    aside = Trade.objects.filter(state__in=[Trade.State.REJECTED, Trade.State.SETTLED], reason_code=CODE)
    # One at a time: rows that are locked together are locked in key order, and intake may hold some.
    return sum(
        aside.filter(id=trade_id).update(state=Trade.State.DUE, reason_code="", reason="")
        for trade_id in list(aside.values_list("id", flat=True))
    )
