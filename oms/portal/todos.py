"""To-dos: the work that waits for the person, each one click from its list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from finance.queries import set_aside_figures
from oms.accounts.looks import unusual_looks
from oms.accounts.models import Staff
from oms.accounts.models.audit_entry import VIEW_RECEIVER
from oms.catalog.queries import shops_to_authorise, unmatched_count
from oms.core.money import ZERO
from oms.core.numbering import business_day
from oms.portal import checks
from orders import states
from orders.figure_queries import StageFigures, commonest_exception, trade_counts
from orders.upload_queries import failed_amount, upload_counts
from orders.words.reasons import short_of
from warehouse.purchase_queries import due_counts
from warehouse.queries import open_units, shipment_counts, short_count

RENEW_WITHIN = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Todo:
    """One card: ``badge`` in the colour ``tone`` says what is pressing; below the figure stands the amount (yuan) or the note."""

    label: Promise | str
    url: str
    count: int
    amount: Decimal | None = None
    note: Promise | str = ""
    badge: Promise | str = ""
    tone: str = "wait"


Figures = dict[str, StageFigures]
Source = Callable[[Staff, Figures], Todo | None]


def _review(state: str, label: Promise) -> Source:
    def todo(_staff: Staff, figures: Figures) -> Todo:
        stage = figures[state]
        soon = ngettext("%(count)s due soon", "%(count)s due soon", stage.due_soon) % {"count": stage.due_soon}
        url = f"{reverse('orders:workbench')}?stage={state}"
        return Todo(label, url, stage.count, stage.amount, badge=soon if stage.due_soon else "", tone="look")

    return todo


def _exceptions(staff: Staff, figures: Figures) -> Todo:
    stage = figures[states.EXCEPTION]
    commonest = commonest_exception(staff) if stage.count else None
    badge = f"{short_of(commonest[0])} {commonest[1]:,}" if commonest else ""
    url = f"{reverse('orders:workbench')}?stage={states.EXCEPTION}"
    return Todo(gettext_lazy("Exceptions"), url, stage.count, stage.amount, badge=badge, tone="stop")


def _uploads(staff: Staff, _figures: Figures) -> Todo:
    counts = upload_counts(staff)
    retried = _("%(count)s being retried") % {"count": counts["retrying"]} if counts["retrying"] else ""
    amount = failed_amount(staff) if counts["failed"] else ZERO
    return Todo(gettext_lazy("Failed uploads"), reverse("orders:uploads"), counts["failed"], amount, badge=retried)


def _parcels(staff: Staff, _figures: Figures) -> Todo:
    counts = shipment_counts(staff)
    stopped = _("%(count)s intercepted") % {"count": counts["intercepted"]} if counts["intercepted"] else ""
    label, url = gettext_lazy("Parcels to ship"), reverse("warehouse:shipments")
    units = open_units(staff)
    note = ngettext("%(count)s unit", "%(count)s units", units) % {"count": f"{units:,}"}
    return Todo(label, url, counts["open"], note=note, badge=stopped, tone="stop")


def _listings(staff: Staff, _figures: Figures) -> Todo:
    note = gettext_lazy("Bind them and their orders go on")
    label, url = gettext_lazy("Listings without a SKU"), f"{reverse('catalog:listings')}?stage=unmatched"
    return Todo(label, url, unmatched_count(staff), note=note)


def _rejected(staff: Staff, _figures: Figures) -> Todo:
    label, url = gettext_lazy("Unreadable trades"), reverse("orders:rejected")
    return Todo(label, url, trade_counts(staff)["rejected"], note=gettext_lazy("Stored with the reason"))


def _aside(staff: Staff, _figures: Figures) -> Todo:
    return Todo(
        gettext_lazy("Orders that could not be posted"), reverse("finance:set_aside"), *set_aside_figures(staff)
    )


def _authorisations(staff: Staff, _figures: Figures) -> Todo:
    count = shops_to_authorise(staff, timezone.now() + RENEW_WITHIN)
    note = gettext_lazy("Their session ends within a week, or the platform refuses it")
    return Todo(gettext_lazy("Shops to authorise again"), reverse("integrations:shops"), count, note=note)


def _short(staff: Staff, _figures: Figures) -> Todo | None:
    if staff.has_perm("orders.view_order"):
        return (
            None  # Who handles orders meets a shortage as an exception; here it is the work of those in the warehouse.
        )
    url = f"{reverse('warehouse:stock')}?short=on"
    note = gettext_lazy("All that lies there is reserved or kept back")
    return Todo(gettext_lazy("Goods of which nothing is free"), url, short_count(staff), note=note)


def _arrivals(staff: Staff, _figures: Figures) -> Todo:
    late, due = due_counts(staff, business_day(timezone.now()))
    badge = ngettext("%(count)s late", "%(count)s late", late) % {"count": late} if late else ""
    note = gettext_lazy("Expected today or before, and not all has come")
    return Todo(
        gettext_lazy("Goods to receive"), reverse("warehouse:purchases"), due, note=note, badge=badge, tone="look"
    )


def _checks(_staff: Staff, _figures: Figures) -> Todo:
    broken = checks.broken_count()
    silent = checks.minutes_of_silence()
    badge = _("Not checked for %(minutes)s minutes") % {"minutes": silent} if silent else ""
    note = gettext_lazy("What they touch is stopped meanwhile")
    return Todo(gettext_lazy("Failed checks"), reverse("portal:checks"), broken, note=note, badge=badge, tone="stop")


def _looks(_staff: Staff, _figures: Figures) -> Todo | None:
    unusual = unusual_looks(timezone.now())
    if not unusual:
        return None
    first = unusual[0]
    url = f"{reverse('staff:audit')}?action={VIEW_RECEIVER}" + (f"&staff={first.staff.pk}" if len(unusual) == 1 else "")
    badge = _("%(name)s: %(count)s today") % {"name": first.staff, "count": f"{first.today:,}"}
    label, note = gettext_lazy("People who opened unusually many receivers"), gettext_lazy("Ask them what for")
    return Todo(label, url, len(unusual), note=note, badge=badge, tone="stop")


SOURCES: tuple[tuple[str, Source], ...] = (
    ("orders.audit_order", _review(states.CS_REVIEW, gettext_lazy("To be audited"))),
    ("orders.finance_audit_order", _review(states.FINANCE_REVIEW, gettext_lazy("Finance audit"))),
    ("orders.edit_order", _exceptions),
    ("orders.manage_upload", _uploads),
    ("warehouse.ship_shipment", _parcels),
    ("warehouse.manage_purchase", _arrivals),
    ("finance.post_voucher", _aside),
    ("catalog.bind_listing", _listings),
    ("catalog.download_shop", _rejected),
    ("catalog.manage_shop", _authorisations),
    ("warehouse.view_stock", _short),
    ("core.view_check", _checks),
    ("accounts.view_audit", _looks),
)
"""The permission by which something is a person's work, and what it is, in the order of the day."""


def todos(staff: Staff, figures: Figures) -> Iterator[Todo]:
    """The cards of what the staff member may do; ``figures`` are those of the open stages (``orders.figure_queries``)."""
    for permission, source in SOURCES:
        todo = source(staff, figures) if staff.has_perm(permission) else None
        if todo is not None:
            yield todo
