"""Conditions of the fields that have a few cases, each with its own."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.engine.reasons import ExceptionReason
from orders.filtering.base import Asker
from orders.filtering.goods import with_line
from orders.models import Order
from orders.states import CANCELLED, SUPERSEDED

DEADLINES: dict[str, tuple[Promise, int | None, int | None]] = {
    "late": (_("Late already"), None, 0),
    "4": (_("Due within 4 hours"), 0, 4),
    "8": (_("Due in 4 to 8 hours"), 4, 8),
    "16": (_("Due in 8 to 16 hours"), 8, 16),
    "24": (_("Due in 16 to 24 hours"), 16, 24),
    "later": (_("Due later"), 24, None),
}
"""When a promise falls due, in hours from now: from and until. The bars of the home page are made of the same, and lead here."""

HINTS: dict[str, tuple[Promise, Q]] = {
    "attention": (_("Needs a look"), ~Q(attention=[])),
    "message": (_("With a message"), ~Q(buyer_message="")),
    "memo": (_("With a memo"), ~Q(seller_memo="")),
    "held": (_("Held"), Q(held=True)),
    "intercepted": (_("Intercepted"), Q(intercepted=True)),
    "urgent": (_("Urgent"), Q(urgent=True)),
    "cod": (_("Cash on delivery"), Q(payment_kind=Order.PaymentKind.COD)),
}

BASKETS: dict[str, tuple[Promise, Q]] = {
    "one": (_("One unit"), Q(quantity=1)),
    "same": (_("Several units of one line"), Q(quantity__gt=1, line_count=1)),
    "mixed": (_("Several lines"), Q(line_count__gt=1)),
}

_Origin = Order.Origin
SPLITS = (
    _Origin.HAND,
    _Origin.PRODUCT,
    _Origin.BOX,
    _Origin.WEIGHT,
    _Origin.SHORTAGE,
    _Origin.WAREHOUSE,
    _Origin.PRESALE,
)
ORIGINS: dict[str, str | Promise] = {
    "split": _("Split, in whatever way"),
    "entered": _("Entered or imported by us"),
    **dict(_Origin.choices),
}

GIFTS: dict[str, Promise] = {
    "some": _("With a gift"),
    "none": _("Without a gift"),
    "campaign": _("With a gift of a campaign"),
    "hand": _("With a gift added by hand"),
    "short": _("Gift out of stock"),
}

FIRST_TIME: dict[str, Promise] = {
    "first": _("Buys for the first time"),
    "again": _("Has bought before"),
    "unknown": _("Buyer not known"),
}


def due(code: str, asker: Asker) -> Q:
    """The promise falls due within the hours of ``DEADLINES``."""
    _label, first, last = DEADLINES[code]
    found = Q(ship_by__isnull=False)
    if first is not None:
        found &= Q(ship_by__gte=asker.now + dt.timedelta(hours=first))
    if last is not None:
        found &= Q(ship_by__lt=asker.now + dt.timedelta(hours=last))
    return found


def hinted(code: str, _asker: Asker) -> Q:
    """The list shows this hint on the order."""
    return HINTS[code][1]


def basket(code: str, _asker: Asker) -> Q:
    """How many units and lines are ordered."""
    return BASKETS[code][1]


def origin(code: str, _asker: Asker) -> Q:
    """How the order came to be."""
    several = {"split": SPLITS, "entered": Order.ENTERED}
    return Q(origin__in=several[code]) if code in several else Q(origin=code)


def gifts(code: str, _asker: Asker) -> Q:
    """Whether gifts are in the order, and from where."""
    if code == "short":
        return Q(exceptions__contains=[ExceptionReason.GIFT_OUT_OF_STOCK])
    if code == "campaign":
        return with_line(is_gift=True, gift_scheme_id__isnull=False)
    if code == "hand":
        return with_line(is_gift=True, gift_scheme_id__isnull=True, trade__isnull=True)
    return with_line(is_gift=True) if code == "some" else ~with_line(is_gift=True)


def bought_before(code: str, _asker: Asker) -> Q:
    """Whether the buyer of the platform has an earlier order of another trade that was not cancelled."""
    known = ~Q(buyer_id="")
    if code == "unknown":
        return ~known
    earlier = (
        Order.objects.filter(known, buyer_id=OuterRef("buyer_id"), shop__platform=OuterRef("shop__platform"))
        .filter(id__lt=OuterRef("id"))
        .exclude(state__in=[CANCELLED, SUPERSEDED])
        # The parts of one trade are one purchase; orders that no platform knows may have no number.
        .filter(~Q(trade_no=OuterRef("trade_no")) | Q(trade_no=""))
    )
    before = Q(Exists(earlier))
    return known & (before if code == "again" else ~before)


def presale(code: str, _asker: Asker) -> Q:
    """Whether the order waits for a date or a final payment, or did."""
    found = Q(presale_until__isnull=False) | Q(state=Order.State.PRESALE) | Q(origin=_Origin.PRESALE)
    return found if code == "yes" else ~found
