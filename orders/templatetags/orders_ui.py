"""What templates show of orders."""

from __future__ import annotations

from django import template

from orders.models import Order
from orders.web.hints import Hint, hints_of

register = template.Library()

TONES = {"applied": "done", "skipped": "", "abstained": "", "cannot_tell": "stop", "rejected": "look"}


@register.filter
def hints(order: Order) -> list[Hint]:
    """The hints of an order."""
    return hints_of(order)


@register.filter
def outcome_tone(outcome: str) -> str:
    """The colour of a decision's outcome."""
    return TONES.get(outcome, "")
