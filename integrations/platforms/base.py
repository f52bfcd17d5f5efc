"""What a connector to a platform is: the contract, its values, the ways in which a call can fail, and the register.

A connector knows one shop's access and the platform's protocol, and nothing of the database: it takes values and gives values, so that
it can be called from several threads and never while a transaction is open. Every call raises DeliveryFailure, whose kind says what
to do about it:

    Throttled            the platform limits calls: go on after ``retry_after``
    Unreachable          no answer, or none that can be read: try again
    TemporaryFailure     the platform says that it has a problem of its own: try again
    NeedsAuthorisation   the shop must be authorised again; nothing goes on until it is
    Misconfigured        keys, permissions or address are wrong; nothing goes on until a person mends them
    PermanentFailure     this one thing is refused, for the reason that the platform gives
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.catalog.platforms import name_platform
from oms.core.errors import UnableTo
from oms.core.outbox import PermanentFailure, TemporaryFailure
from orders.trades.document import ReceivedTrade, RejectedDocument


class Throttled(TemporaryFailure):
    """The platform limits our calls; ``retry_after`` is its own figure where it gave one."""


class Unreachable(TemporaryFailure):
    """No answer came, or none that can be read. What was asked may have been done all the same."""


class NeedsAuthorisation(TemporaryFailure):
    """The session is missing or has expired: a person must authorise the shop again, then the same call goes through."""


class Misconfigured(PermanentFailure):
    """The platform refuses every call of the shop: wrong keys, missing permissions, a clock that is off, a wrong address."""


SHOP_WIDE = (Throttled, NeedsAuthorisation, Misconfigured)
"""Failures that every further call of the shop would meet too."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do and cannot; who calls asks here first instead of trying."""

    partial_upload: bool
    """A part of a trade's lines can be told as shipped."""
    correct_waybill: bool
    """Carrier and number can be corrected after they were told."""
    write_memo: bool
    """The seller's memo can be written back."""
    write_flag: bool
    """The seller's flag can be written back."""
    cash_on_delivery: bool
    longest_window: dt.timedelta
    """The longest span of time that one list of changed trades may cover."""


@dataclass(frozen=True, slots=True)
class ShopAccess:
    """How to reach a platform in a shop's name."""

    shop_code: str
    gateway_url: str
    app_key: str
    app_secret: str = field(repr=False)
    session: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, both ends included, of trades by when they were changed or when they were placed."""

    since: dt.datetime
    until: dt.datetime
    by: Literal["changed", "placed"] = "changed"


@dataclass(frozen=True, slots=True)
class TradeRef:
    """A trade in a list: its number, and when it was last changed as far as the list says so."""

    trade_no: str
    modified: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Waybill:
    """A parcel to tell the platform. ``oids`` names the lines in it; empty: all of the trade that are not shipped yet."""

    trade_no: str
    carrier_code: str
    waybill_no: str
    oids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """The platform has the waybill; ``already_shipped`` when it had been told before (by us or by somebody else)."""

    already_shipped: bool = False


class Connector(Protocol):
    """The calls of one shop. Safe to share between threads; ``close`` ends its connections."""

    capabilities: Capabilities

    @property
    def ahead(self) -> dt.timedelta:
        """By how much the platform's clock is ahead of ours, as far as its answers told; never more than it is."""

    def check(self) -> None:
        """Ask the platform something cheap in the shop's name; returns when the authorisation holds."""

    def count(self, window: Window) -> int:
        """How many trades the window holds now."""

    def pages(self, window: Window, total: int) -> Iterator[Sequence[TradeRef]]:
        """The trades of the window, page by page, in an order that loses none when trades change meanwhile."""

    def fetch(self, trade_no: str) -> ReceivedTrade | RejectedDocument:
        """One trade in full; what cannot be understood comes as a rejected document and never as an exception."""

    def upload_waybill(self, waybill: Waybill) -> UploadAnswer:
        """Tell that a trade, or a part of it, was shipped. Repeating it is harmless."""

    def correct_waybill(self, waybill: Waybill) -> UploadAnswer:
        """Replace the carrier and number told before."""

    def write_memo(self, trade_no: str, memo: str | None, flag: int | None) -> None:
        """Write the seller's memo and flag; None leaves one as it is, an empty memo clears it."""

    def close(self) -> None:
        """End the connections."""


Factory = Callable[[ShopAccess], Connector]


@dataclass(frozen=True, slots=True)
class Platform:
    """An entry of the register: ``code`` is what ``Shop.platform`` holds."""

    code: str
    label: str | Promise
    connect: Factory
    gateway_url: str
    capabilities: Capabilities


_platforms: dict[str, Platform] = {}

MANUAL = "manual"
"""What ``Shop.platform`` holds of a shop without a platform: its orders are entered by hand, imported, or sent in."""
MANUAL_LABEL = gettext_lazy("No platform: orders are entered here")
name_platform(MANUAL, MANUAL_LABEL)


def register(platform: Platform) -> None:
    """Make a platform known. Registering another one under the same code is a mistake of ours and raises RuntimeError."""
    known = _platforms.setdefault(platform.code, platform)
    if known is not platform:
        raise RuntimeError(f"two connectors for {platform.code}")
    name_platform(platform.code, platform.label)


def platforms() -> list[Platform]:
    """The platforms that have a connector, by code."""
    return [_platforms[code] for code in sorted(_platforms)]


def platform_of(code: str) -> Platform:
    """The platform of a code. Raises UnableTo for one without a connector (goods sold by hand need none)."""
    if code not in _platforms:
        known = ", ".join(sorted(_platforms))
        raise UnableTo(
            _("There is no connector for the platform %(code)s; there is one for: %(known)s.")
            % {"code": code, "known": known},
            code="unknown_platform",
        )
    return _platforms[code]
