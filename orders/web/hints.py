"""Hints: the few words on a row that say why an order needs a look."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.explain import advice_of, label_of
from orders.models import Order
from orders.words.reasons import short_of


@dataclass(frozen=True, slots=True)
class Hint:
    """A few words, their colour, and the sentence on hover."""

    text: Promise | str
    tone: str
    title: str = ""


def hints_of(order: Order) -> list[Hint]:
    """What a clerk should see of the order, the gravest first."""
    hints = [Hint(short_of(code), "stop", f"{label_of(code)} {advice_of(code)}") for code in order.exceptions]
    if order.intercepted:
        hints.append(Hint(_("Intercepted"), "stop", order.intercept_reason))
    hints += [Hint(short_of(code), "look", f"{label_of(code)} {advice_of(code)}") for code in order.attention]
    if order.urgent:
        hints.append(Hint(_("Urgent"), "stop"))
    if order.reminders:
        hints.append(
            Hint(
                ngettext("Reminded %(count)s time", "Reminded %(count)s times", order.reminders)
                % {"count": order.reminders},
                "look",
            )
        )
    hints += [Hint(tag.name, tag.colour) for tag in order.shown_tags or ()]
    if order.held:
        hints.append(Hint(_("Held"), "look", order.hold_reason))
    if order.buyer_message:
        hints.append(Hint(_("Message"), "look", order.buyer_message))
    if order.seller_memo:
        hints.append(Hint(_("Memo"), "wait", order.seller_memo))
    if order.payment_kind == Order.PaymentKind.COD:
        hints.append(Hint(_("Cash on delivery"), "work"))
    return hints
