"""What a person did today: read from the history through an index of people, whatever the machine did meanwhile."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from oms.core.models import HistoryEntry
from oms.portal.tally import midnight

FIGURES: tuple[tuple[Promise, str, tuple[tuple[str, str], ...]], ...] = (
    (_("Audited"), "orders.audit_order", (("order", "cs_audit"), ("order", "approve"))),
    (_("Finance audit passed"), "orders.finance_audit_order", (("order", "finance_audit"),)),
    (_("Put on hold"), "orders.hold_order", (("order", "hold"),)),
    (_("Cancelled"), "orders.cancel_order", (("order", "cancel"),)),
    (_("Listings matched"), "catalog.bind_listing", (("listing", "bind"),)),
    (_("Posted"), "finance.post_voucher", (("order", "post"),)),
    (_("Picked"), "warehouse.ship_shipment", (("shipment", "finish_picking"),)),
    (_("Verified"), "warehouse.ship_shipment", (("shipment", "verify"),)),
    (_("Weighed"), "warehouse.ship_shipment", (("shipment", "weigh"),)),
    (_("Shipped"), "warehouse.ship_shipment", (("shipment", "ship"),)),
)
"""What is told, the permission by which it is a person's work, and the lines of history (kind, action) that say it was done."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How often the person did something today."""

    label: Promise
    count: int


def own_figures(staff: Staff, now: dt.datetime) -> list[Figure]:
    """What the staff member did since midnight, each piece of work that is theirs; nothing for who has no such work. One query."""
    mine = [(label, lines) for label, permission, lines in FIGURES if staff.has_perm(permission)]
    if not mine:
        return []
    found = HistoryEntry.objects.filter(actor_id=staff.pk, at__gte=midnight(now)).order_by()
    rows = found.values_list("kind", "action").annotate(n=Count("subject_id", distinct=True))
    done = {(kind, action): count for kind, action, count in rows}
    return [Figure(label, sum(done.get(line, 0) for line in lines)) for label, lines in mine]
