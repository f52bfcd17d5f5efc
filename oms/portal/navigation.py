"""The areas a person may enter, in the order of the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation: ``count_key`` names the figure of the pulse that stands beside it."""

    name: str
    label: Promise
    icon: str
    permission: str = ""
    count_key: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A place as the template shows it."""

    url: str
    label: Promise = field(hash=False)
    icon: str
    count_key: str
    current: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the places below it."""

    title: Promise | str = field(hash=False)
    items: tuple[Item, ...]


PLACES: tuple[tuple[Promise | str, tuple[Place, ...]], ...] = (
    ("", (Place("portal:home", _("Home"), "home"), Place("portal:announcements", _("Announcements"), "bell"))),
    (
        _("Orders"),
        (
            Place("orders:workbench", _("Order workbench"), "orders", "orders.view_order", "cs_review"),
            Place("orders:uploads", _("Waybill uploads"), "upload", "orders.view_upload", "upload_failed"),
            Place("orders:rejected", _("Unreadable trades"), "broken", "orders.view_order", "trade_rejected"),
        ),
    ),
    (
        _("Operations"),
        (
            Place("integrations:shops", _("Shops and authorisation"), "shop", "catalog.view_shop"),
            Place("catalog:listings", _("Listings"), "link", "catalog.view_listing", "listing_unmatched"),
            Place("promotions:campaigns", _("Campaigns"), "gift", "promotions.view_campaign"),
            Place("rules:start", _("Rules"), "check", "orders.view_rule"),
            Place("catalog:products", _("Products"), "tag", "catalog.view_product"),
        ),
    ),
    (
        _("Warehousing"),
        (
            Place("warehouse:shipments", _("Shipments"), "truck", "warehouse.view_shipment", "shipment_open"),
            Place("warehouse:stock", _("Stock"), "stock", "warehouse.view_stock"),
            Place("warehouse:purchases", _("Purchase orders"), "download", "warehouse.view_purchase"),
        ),
    ),
    (
        _("Finance"),
        (
            Place(
                "orders:workbench",
                _("Finance audit"),
                "check",
                "orders.finance_audit_order",
                "finance_review",
                "stage=finance_review",
            ),
            Place("finance:vouchers", _("Vouchers"), "voucher", "finance.view_voucher"),
        ),
    ),
    (
        _("Administration"),
        (
            Place("staff:members", _("Staff"), "user", "accounts.manage_staff"),
            Place("staff:roles", _("Roles and functions"), "check", "accounts.manage_staff"),
            Place("portal:manage_announcements", _("Write announcements"), "bell", "portal.manage_announcement"),
            Place("staff:audit", _("Audit log"), "eye", "accounts.view_audit"),
            Place("portal:jobs", _("Jobs"), "refresh", "core.view_all_jobs"),
        ),
    ),
)


@cache
def _path(name: str) -> str:
    return reverse(name)


def _address(place: Place) -> str:
    return _path(place.name) + (f"?{place.query}" if place.query else "")


def _current(request: HttpRequest) -> Place | None:
    """The place the page belongs to: the one whose address begins the page's and is the longest; of two, the one whose query is asked."""

    def closeness(place: Place) -> tuple[int, bool]:
        return len(_path(place.name)), bool(place.query)

    asked = f"&{request.GET.urlencode()}&"
    here = [
        place
        for _title, places in PLACES
        for place in places
        if (request.path == "/" if place.name == "portal:home" else request.path.startswith(_path(place.name)))
        and (not place.query or (request.path == _path(place.name) and f"&{place.query}&" in asked))
    ]
    return max(here, key=closeness, default=None)


def _items(request: HttpRequest, places: tuple[Place, ...], current: Place | None) -> Iterator[Item]:
    for place in places:
        if not place.permission or request.user.has_perm(place.permission):
            yield Item(_address(place), place.label, place.icon, place.count_key, place is current)


def navigation_for(request: HttpRequest) -> tuple[Section, ...]:
    """The sections that hold at least one place which the person of the request may enter."""
    current = _current(request)
    sections = (Section(title, tuple(_items(request, places, current))) for title, places in PLACES)
    return tuple(section for section in sections if section.items)
