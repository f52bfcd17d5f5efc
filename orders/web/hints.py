"""Hints: the few words on a row that say why an order needs a look."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.engine.reasons import Attention, ExceptionReason
from orders.explain import advice_of, label_of
from orders.models import Order

SHORT: dict[str, Promise] = {
    ExceptionReason.UNMATCHED_LISTING: _("Not matched"),
    ExceptionReason.SKU_DISABLED: _("SKU not in use"),
    ExceptionReason.UNKNOWN_REGION: _("Unknown region"),
    ExceptionReason.NO_WAREHOUSE: _("No warehouse"),
    ExceptionReason.NO_CARRIER: _("No carrier"),
    ExceptionReason.OUT_OF_STOCK: _("Out of stock"),
    ExceptionReason.GIFT_OUT_OF_STOCK: _("Gift out of stock"),
    ExceptionReason.BUNDLE_WITHOUT_COMPONENTS: _("Empty bundle"),
    ExceptionReason.BUNDLE_WITHOUT_WEIGHTS: _("Bundle without weights"),
    ExceptionReason.BUNDLE_NESTED: _("Nested bundle"),
    ExceptionReason.NO_FREIGHT_ROW: _("No freight"),
    ExceptionReason.ZERO_WEIGHT: _("No weight"),
    ExceptionReason.RESTRICTED_GOODS: _("Restricted goods"),
    ExceptionReason.TOO_HEAVY: _("Too heavy"),
    ExceptionReason.ADDRESS_CONFLICT: _("Address conflict"),
    ExceptionReason.ADDRESS_INCOMPLETE: _("Address incomplete"),
    ExceptionReason.WISH_NOT_MET: _("Wish not met"),
    ExceptionReason.BLACKLISTED: _("Blacklisted"),
    ExceptionReason.REFUND_REQUESTED: _("Refund requested"),
    ExceptionReason.NOTHING_TO_SHIP: _("Nothing to ship"),
    ExceptionReason.UNDER_CHECK: _("Under check"),
    Attention.CHANGED_AFTER_AUDIT: _("Changed after audit"),
    Attention.CHANGED_AFTER_SHIPMENT: _("Changed after shipment"),
    Attention.MEMO_AFTER_AUDIT: _("New memo"),
    Attention.REFUND_AFTER_SHIPMENT: _("Refund after shipment"),
    Attention.SHIPPED_ELSEWHERE: _("Shipped elsewhere"),
    Attention.CLOSED_BY_PLATFORM: _("Closed by platform"),
    Attention.PART_SHIPPED: _("A part has left"),
    Attention.TRADE_UNREADABLE: _("Trade unreadable"),
}
"""Two or three words for each code of `orders.engine.reasons`; the sentence is in `orders.explain`."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A few words, their colour, and the sentence on hover."""

    text: Promise | str
    tone: str
    title: str = ""


def short_of(code: str) -> Promise | str:
    """The few words for a code; the code itself when it is not known (any more)."""
    return SHORT.get(code, code)


def hints_of(order: Order) -> list[Hint]:
    """What a clerk should see of the order, the gravest first."""
    hints = [Hint(short_of(code), "stop", f"{label_of(code)} {advice_of(code)}") for code in order.exceptions]
    if order.intercepted:
        hints.append(Hint(_("Intercepted"), "stop", order.intercept_reason))
    hints += [Hint(short_of(code), "look", f"{label_of(code)} {advice_of(code)}") for code in order.attention]
    if order.urgent:
        hints.append(Hint(_("Urgent"), "stop"))
    if order.held:
        hints.append(Hint(_("Held"), "look", order.hold_reason))
    if order.buyer_message:
        hints.append(Hint(_("Message"), "look", order.buyer_message))
    if order.seller_memo:
        hints.append(Hint(_("Memo"), "wait", order.seller_memo))
    if order.payment_kind == Order.PaymentKind.COD:
        hints.append(Hint(_("Cash on delivery"), "work"))
    return hints
