"""News for the rooms above: published in a transaction, heard in the same transaction.

A lower room declares its events as frozen dataclasses in its ``events.py`` and publishes them without knowing who
listens; a room above subscribes in its AppConfig.ready. What another system must hear goes through the outbox instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection

E = TypeVar("E")

_subscribers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_class: type[E], handler: Callable[[E], None]) -> None:
    """Call ``handler`` for every event of exactly this class. Subscribing the same handler again changes nothing."""
    if handler not in _subscribers[event_class]:
        _subscribers[event_class].append(handler)


def publish(event: object) -> None:
    """Hand the event to its subscribers, in the order in which they subscribed.

    Raises RuntimeError outside a transaction: the news and what follows from it must become true together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("events are published inside the transaction that makes them true")
    for handler in _subscribers[type(event)]:
        handler(event)
