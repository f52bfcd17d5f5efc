"""The outbox: what other systems must be told, and the delivery of it.

    put (in the business transaction) → claim, commit → handler.call, no transaction open → one transaction:
    handler.record and the message is done; or handler.failed and it waits for its next attempt, or for a person.

A call may therefore be repeated when a process dies between the answer and the commit: handlers call with a key that is stable, or
understand the other side's "already done".

An exception that no handler expects is caught here, between two messages (``oms.core.boundary``): it counts as a failed attempt of its
message, and the others are delivered.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.core import boundary, leases
from oms.core.backoff import pause
from oms.core.bulk import Json
from oms.core.models import OutboxMessage

LEASE = leases.LEASE
FRESH_S = LEASE.total_seconds() / 3
"""A lease that is younger than this is not renewed before its message is delivered."""
MAX_ATTEMPTS = 12

logger = logging.getLogger(__name__)


class DeliveryFailure(Exception):
    """A call failed. ``code`` and the text are the other side's own words where it gave any."""

    permanent = False

    def __init__(self, message: str, *, code: str = "", retry_after: dt.timedelta | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class TemporaryFailure(DeliveryFailure):
    """The cause may pass; the message is tried again."""


class PermanentFailure(DeliveryFailure):
    """The cause cannot pass by itself; the message waits for a person."""

    permanent = True


class InternalFailure(TemporaryFailure):
    """An error of ours. The next version of the program may mend it."""

    def __init__(self, error: Exception) -> None:
        name = type(error).__name__
        super().__init__(
            _("It stopped on an internal error (%(name)s). Tell the administrator; the log has the details.")
            % {"name": name},
            code="internal_error",
        )


@dataclass(frozen=True, slots=True)
class Message:
    """What a handler sees of an outbox message."""

    id: int
    topic: str
    key: str
    payload: Mapping[str, Any]
    attempt: int


class Handler(Protocol):
    """Delivers the messages of one topic."""

    def call(self, message: Message) -> Any:
        """Make the outside call; no transaction is open. Raises DeliveryFailure."""

    def record(self, message: Message, answer: Any) -> None:
        """Write down the answer, in the transaction that finishes the message."""

    def failed(self, message: Message, failure: DeliveryFailure, *, final: bool) -> None:
        """Write down a failure, in the transaction that puts the message back or gives it to a person."""


@runtime_checkable
class SharesInRound(Protocol):
    """A handler whose messages share something while a round of them is delivered, such as connections."""

    def round(self) -> AbstractContextManager[None]:
        """Entered before the first message of a round and left after its last."""


_handlers: dict[str, Handler] = {}
_never_given_up: set[str] = set()
H = TypeVar("H", bound=Callable[[], Handler])


def handles(topic: str, *, gives_up: bool = True) -> Callable[[H], H]:
    """Class decorator: an instance of the class delivers the topic. One that never gives up ends with no message before it is done."""

    def register(factory: H) -> H:
        if topic in _handlers:
            raise RuntimeError(f"two handlers for {topic}")
        _handlers[topic] = factory()
        if not gives_up:
            _never_given_up.add(topic)
        return factory

    return register


def topics() -> list[str]:
    """The topics that have a handler."""
    return sorted(_handlers)


def put(topic: str, key: str, payload: Mapping[str, Any]) -> None:
    """Write one message; the same topic and key again changes nothing."""
    put_many(topic, [(key, payload)])


def put_many(topic: str, messages: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Write many messages in one statement, inside the business transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("the outbox is written in the transaction of what it tells")
    rows = list(messages)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outboxmessage (topic, key, payload, state, due_at, created_at, error_code, error, fence, attempt)"
            " SELECT %s, v.key, v.payload::jsonb, 'due', now(), now(), '', '', 0, 0"
            " FROM unnest(%s::text[], %s::text[]) AS v(key, payload) ON CONFLICT (topic, key) DO NOTHING",
            [topic, [key for key, _ in rows], [Json(dict(payload)).text for _, payload in rows]],
        )


@dataclass(frozen=True, slots=True)
class Delivered:
    """Counts of one round of delivery."""

    done: int = 0
    retried: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        return self.done + self.retried + self.dead

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(self.done + other.done, self.retried + other.retried, self.dead + other.dead)


def deliver_due(topic: str, *, limit: int = 50, keys: Sequence[str] | None = None) -> Delivered:
    """Claim and deliver due messages of one topic, of these keys alone if any are given.

    Raises KeyError for a topic that nobody handles.
    """
    handler = _handlers[topic]
    where, params = "topic = %s AND state = 'due' AND due_at <= now()", [topic]
    claims = leases.claim(
        OutboxMessage,
        where=where if keys is None else f"{where} AND key = ANY(%s)",
        params=params if keys is None else [*params, list(keys)],
        order_by="due_at, id",
        limit=limit,
        lease=LEASE,
    )
    if not claims:
        return Delivered()
    shared = handler.round() if isinstance(handler, SharesInRound) else nullcontext()
    with leases.kept(OutboxMessage, claims, LEASE), shared:
        return _deliver(handler, claims)


def _deliver(handler: Handler, claims: Sequence[leases.Claim]) -> Delivered:
    rows = OutboxMessage.objects.in_bulk([c.id for c in claims])
    done = retried = dead = 0
    claimed = time.monotonic()
    for held in claims:
        # Messages are delivered one after another; the later ones of a slow round must not outlive their lease.
        if time.monotonic() - claimed > FRESH_S and not leases.renew(OutboxMessage, held, LEASE):
            continue
        row = rows[held.id]
        message = Message(row.id, row.topic, row.key, row.payload, held.attempt)
        try:
            failure = _attempt(handler, message, held)
        except Exception as error:
            if not boundary.is_of_one(error):
                raise
            logger.exception("message %s of %s failed", message.id, message.topic)
            failure = InternalFailure(error)
        if failure is None:
            done += 1
        elif not isinstance(failure, _Lost):
            given_up = held.attempt >= MAX_ATTEMPTS and message.topic not in _never_given_up
            final = failure.permanent or given_up
            if _finish_failed(handler, message, held, failure, final=final):
                dead, retried = dead + final, retried + (not final)
    return Delivered(done, retried, dead)


class _Lost(DeliveryFailure):
    """Another process has the message now."""


def _attempt(handler: Handler, message: Message, held: leases.Claim) -> DeliveryFailure | None:
    """Deliver it and write that down; the failure, if the other side gave one."""
    try:
        answer = handler.call(message)
    except DeliveryFailure as failure:
        return failure
    return None if _finish_done(handler, message, held, answer) else _Lost("lost")


def _finish_done(handler: Handler, message: Message, held: leases.Claim, answer: Any) -> bool:
    with transaction.atomic():
        if not leases.still_held(OutboxMessage, [held]):
            return False
        handler.record(message, answer)
        OutboxMessage.objects.filter(id=held.id).update(
            state=OutboxMessage.State.DONE, finished_at=timezone.now(), lease_until=None, error="", error_code=""
        )
    return True


def _finish_failed(
    handler: Handler, message: Message, held: leases.Claim, failure: DeliveryFailure, *, final: bool
) -> bool:
    try:
        with transaction.atomic():
            if not leases.still_held(OutboxMessage, [held]):
                return False
            handler.failed(message, failure, final=final)
            _put_back(held, failure, final=final)
    except Exception as error:
        if not boundary.is_of_one(error):
            raise
        # Whom it concerns was not told, so that it cannot be given up: it stays due until its handler can say so.
        logger.exception("the failure of message %s of %s could not be written down", message.id, message.topic)
        with transaction.atomic():
            if not leases.still_held(OutboxMessage, [held]):
                return False
            _put_back(held, InternalFailure(error), final=False)
    return True


def _put_back(held: leases.Claim, failure: DeliveryFailure, *, final: bool) -> None:
    wait = max(pause(held.attempt), failure.retry_after or dt.timedelta())
    OutboxMessage.objects.filter(id=held.id).update(
        state=OutboxMessage.State.DEAD if final else OutboxMessage.State.DUE,
        due_at=timezone.now() + wait,
        finished_at=timezone.now() if final else None,
        lease_until=None,
        error=str(failure),
        error_code=failure.code,
    )


def revive(ids: Iterable[int]) -> int:
    """Give dead messages a new series of attempts, from now on; returns how many were dead."""
    return OutboxMessage.objects.filter(id__in=list(ids), state=OutboxMessage.State.DEAD).update(
        state=OutboxMessage.State.DUE, due_at=timezone.now(), attempt=0, finished_at=None, lease_until=None
    )


def hurry(ids: Iterable[int]) -> int:
    """Have messages that wait for their next attempt delivered now; returns how many waited."""
    return OutboxMessage.objects.filter(
        id__in=list(ids), state=OutboxMessage.State.DUE, due_at__gt=timezone.now()
    ).update(due_at=timezone.now())


def settle(ids: Iterable[int]) -> int:
    """A person did what the messages ask for: nothing is delivered any more. Returns how many were open."""
    return (
        OutboxMessage.objects.filter(id__in=list(ids))
        .exclude(state=OutboxMessage.State.DONE)
        .update(state=OutboxMessage.State.DONE, finished_at=timezone.now())
    )
