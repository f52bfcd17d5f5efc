"""Two or three words for each reason why an order needs a look; the sentences are in ``orders.explain``."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.engine.reasons import Attention, ExceptionReason

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
    Attention.CHANGED_AFTER_EDIT: _("Changed after edit"),
    Attention.CHANGED_AFTER_SHIPMENT: _("Changed after shipment"),
    Attention.MEMO_AFTER_AUDIT: _("New memo"),
    Attention.REFUND_AFTER_SHIPMENT: _("Refund after shipment"),
    Attention.SHIPPED_ELSEWHERE: _("Shipped elsewhere"),
    Attention.CLOSED_BY_PLATFORM: _("Closed by platform"),
    Attention.PART_SHIPPED: _("A part has left"),
    Attention.TRADE_UNREADABLE: _("Trade unreadable"),
}
"""Two or three words for each code of `orders.engine.reasons`; the sentence is in `orders.explain`."""


def short_of(code: str) -> Promise | str:
    """The few words for a code; the code itself when it is not known (any more)."""
    return SHORT.get(code, code)
