"""What the command palette leads to besides the navigation: further pages, kinds of rules, and the person's views of orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from oms.portal.help import may_enter
from orders.saved_views import views_of
from orders.web.rules.views import pages_for

FURTHER: tuple[tuple[str, Promise], ...] = (
    ("orders:enter", _("New order")),
    ("orders:import", _("Import orders")),
    ("orders:memos", _("Memos for the platforms")),
    ("orders:tags", _("Order tags")),
    ("integrations:add_shop", _("Add a shop")),
    ("promotions:calendar", _("Calendar of campaigns")),
    ("promotions:add", _("Plan a campaign")),
    ("catalog:categories", _("Categories of goods")),
    ("rules:blacklist", _("Blacklist")),
    ("warehouse:new_purchase", _("New purchase order")),
    ("finance:set_aside", _("Orders that could not be posted")),
    ("portal:checks", _("Checks")),
    ("portal:jobs", _("My jobs")),
    ("portal:add_announcement", _("Write announcements")),
    ("staff:add", _("Add somebody")),
    ("accounts:password", _("Change your password")),
    ("accounts:second_factor", _("Second factor")),
)
"""Pages without variable parts that the navigation does not name, each as one looks for it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to go to: ``group`` says what kind of thing it is."""

    url: str
    label: Promise | str
    icon: str
    group: Promise | str


def entries(staff: Staff) -> Iterator[Entry]:
    """What the person may go to, in the order of the way of an order. Two queries for who sees orders."""
    if staff.has_perm("orders.view_order"):
        for line in views_of(staff):
            yield Entry(f"{reverse('orders:workbench')}?{line.address}", line.view.name, "eye", _("View"))
    for name, label in FURTHER:
        if may_enter(staff, name):
            yield Entry(reverse(name), label, "link", _("Page"))
    if staff.has_perm("orders.view_rule"):
        for page in pages_for(staff):
            yield Entry(reverse("rules:list", args=[page.slug]), page.title, "check", _("Rules"))
