"""How an order follows its trade when the platform reports a change.

Pure: the order as it stands and the trade's new document in, a verdict out. Before the customer service audit the order simply
takes the new content and is processed again. After it, what touches the parcel stops the order: it is un-audited, takes the new content,
and a person audits it anew. After shipment nothing is changed; a person is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from orders.engine.reasons import Attention

BEFORE_AUDIT = frozenset({"exception", "presale", "cs_review"})
AUDITED = frozenset({"finance_review", "approved"})
GONE = frozenset({"shipped", "completed"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What of an order or of a document bears on following: comparable parts, and where the trade stands."""

    lines: tuple[tuple[str, int, str, str], ...]
    """(oid, units, amount, refund) of each line."""
    receiver: str
    text: tuple[str, str, int]
    """Buyer's message, seller's memo, flag."""
    unpaid: bool = False
    """Whether only a deposit is paid."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with the order of a changed trade."""

    cancel: bool = False
    unaudit: bool = False
    refresh: bool = False
    texts_only: bool = False
    complete: bool = False
    intercept: bool = False
    attention: tuple[str, ...] = ()
    reason: str = ""
    take_refunds: bool = False
    """The refunds of the trade's lines are written onto the lines that the order holds, and it is processed again."""


@dataclass(frozen=True, slots=True)
class FamilyVerdict:
    """What is to be done with the orders that hold the lines of a trade whose own order was split or merged.

    ``undo``: splits and merges are undone first, and ``verdict`` is for the trade's own order then. Otherwise ``parts`` says what is to
    be done with each order that stands.
    """

    undo: bool
    verdict: Verdict
    parts: tuple[tuple[int, Verdict], ...] = ()


def _all_refunded(document: Seen) -> bool:
    return bool(document.lines) and all(refund == "refunded" for *_rest, refund in document.lines)


def _refund_open(document: Seen) -> bool:
    return any(refund in {"requested", "agreed"} for *_rest, refund in document.lines)


def plan_follow(state: str, order: Seen, document: Seen, status: str) -> Verdict:
    """The verdict for an order in ``state`` whose trade now reads ``document`` and stands at ``status``."""
    closed = status == "closed" or _all_refunded(document)
    if state in GONE:
        return _after_shipment(state, order, document, status, closed=closed)
    if state not in BEFORE_AUDIT | AUDITED:
        return Verdict()
    if closed:
        return Verdict(cancel=True, unaudit=state in AUDITED, reason="closed_by_platform")
    if status in {"shipped", "completed"}:
        return Verdict(
            intercept=True, attention=(Attention.SHIPPED_ELSEWHERE,), reason=Attention.SHIPPED_ELSEWHERE.value
        )
    if state in BEFORE_AUDIT:
        return Verdict(refresh=True)
    if _refund_open(document):
        return Verdict(unaudit=True, refresh=True, reason="refund_requested")
    if order.lines != document.lines or order.receiver != document.receiver or order.unpaid != document.unpaid:
        return Verdict(
            unaudit=True,
            refresh=True,
            attention=(Attention.CHANGED_AFTER_AUDIT,),
            reason=Attention.CHANGED_AFTER_AUDIT.value,
        )
    if order.text != document.text:
        return Verdict(texts_only=True, attention=(Attention.MEMO_AFTER_AUDIT,))
    return Verdict()


def keep_edit(verdict: Verdict, before: Seen, document: Seen, *, receiver: bool, lines: bool) -> Verdict:
    """The verdict for an order that a person edited: what they changed stays, and somebody is told when the trade changed it too.

    ``receiver`` and ``lines`` say what was edited. With edited lines the trade's content is not taken; its refunds and texts are.
    """
    if not verdict.refresh:
        return verdict
    other_lines = [row[:3] for row in before.lines] != [row[:3] for row in document.lines]
    other_receiver = before.receiver != document.receiver
    attention = verdict.attention
    if (lines and other_lines) or (receiver and other_receiver):
        attention = (*attention, Attention.CHANGED_AFTER_EDIT)
    if not lines:
        return replace(verdict, attention=attention)
    return Verdict(
        take_refunds=True,
        texts_only=before.text != document.text,
        attention=attention,
        reason=verdict.reason or (Attention.CHANGED_AFTER_EDIT.value if attention else ""),
    )


def _after_shipment(state: str, order: Seen, document: Seen, status: str, *, closed: bool) -> Verdict:
    attention: list[str] = []
    if closed or _refund_open(document) or any(refund == "refunded" for *_rest, refund in document.lines):
        attention.append(Attention.REFUND_AFTER_SHIPMENT)
    elif order.receiver != document.receiver:
        attention.append(Attention.CHANGED_AFTER_SHIPMENT)
    return Verdict(
        complete=status == "completed" and state == "shipped",
        texts_only=order.text != document.text,
        attention=tuple(attention),
    )


def plan_family(
    states: Mapping[int, str], before: Seen, document: Seen, status: str, *, can_undo: bool
) -> FamilyVerdict:
    """The verdict for a trade whose lines lie in the orders ``states``; ``before`` is what its own order took from it last.

    As long as no parcel of the family has left, a change that matters undoes splits and merges, the trade's own order follows, and the
    pipeline divides and merges anew; the other trades of a merge go on. After that, the orders that left are as after a shipment, and
    the others learn of refunds line by line.
    """
    if can_undo:
        state = "approved" if AUDITED.intersection(states.values()) else "cs_review"
        verdict = plan_follow(state, before, document, status)
        if verdict.cancel or (verdict.refresh and before != document):
            return FamilyVerdict(undo=True, verdict=replace(verdict, unaudit=False))
        rest = Verdict() if verdict.refresh else verdict
        return FamilyVerdict(undo=False, verdict=rest, parts=tuple((order_id, rest) for order_id in sorted(states)))
    closed = status == "closed" or _all_refunded(document)
    parts = [
        (order_id, _after_shipment(state, before, document, status, closed=closed))
        if state in GONE
        else (order_id, _left_behind(before, document, status, closed=closed))
        for order_id, state in sorted(states.items())
        if state in GONE | BEFORE_AUDIT | AUDITED
    ]
    return FamilyVerdict(undo=False, verdict=Verdict(), parts=tuple(parts))


def _left_behind(before: Seen, document: Seen, status: str, *, closed: bool) -> Verdict:
    """For an order that has not left while others with lines of the trade have."""
    if not closed and status in {"shipped", "completed"}:
        return Verdict(
            intercept=True, attention=(Attention.SHIPPED_ELSEWHERE,), reason=Attention.SHIPPED_ELSEWHERE.value
        )
    if before.lines == document.lines and before.receiver == document.receiver and not closed:
        return Verdict(texts_only=before.text != document.text)
    return Verdict(
        take_refunds=True,
        texts_only=before.text != document.text,
        attention=(Attention.PART_SHIPPED,),
        reason=Attention.PART_SHIPPED.value,
    )
