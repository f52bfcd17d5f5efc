"""The way of an order as a stepper: what is past, where it stands, what comes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order

State = Order.State


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``phase`` is past, now or next; ``tone`` colours the step where the order stands."""

    label: Promise | str
    phase: str
    tone: str = ""
    at: dt.datetime | None = None


_WAY = (State.CS_REVIEW, State.FINANCE_REVIEW, State.APPROVED, State.SHIPPED, State.COMPLETED)
_TONES = {State.CS_REVIEW: "look", State.FINANCE_REVIEW: "look", State.SHIPPED: "done", State.COMPLETED: "done"}
_BEFORE_AUDIT = {State.EXCEPTION: ("stop", _("Exception")), State.PRESALE: ("", _("Pre-sale"))}


def steps_of(order: Order) -> list[Step]:
    """The steps of the order's way, the first of which is the buyer's payment."""
    state = State(order.state)
    steps = [Step(_("Paid for") if order.paid_at else _("Placed"), "past", at=order.paid_at or order.placed_at)]
    if state in {State.CANCELLED, State.SUPERSEDED}:
        steps.append(Step(_("Order made"), "past", at=order.created_at))
        return [*steps, Step(state.label, "now", "stop" if state == State.CANCELLED else "")]
    if state in _BEFORE_AUDIT:
        tone, label = _BEFORE_AUDIT[state]
        steps.append(Step(label, "now", tone, order.created_at))
        return steps + [Step(other.label, "next") for other in _WAY[1:]]
    here = _WAY.index(state)
    times = {State.CS_REVIEW: order.created_at, State.APPROVED: order.approved_at, State.SHIPPED: order.shipped_at}
    for position, other in enumerate(_WAY):
        phase = "past" if position < here else "now" if position == here else "next"
        at = times.get(other) if position <= here else None
        steps.append(Step(other.label, phase, _TONES.get(other, "") if phase == "now" else "", at))
    return steps
