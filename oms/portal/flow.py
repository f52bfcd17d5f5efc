"""Today's orders as a picture: how many came this far, how many wait before each step, and what is left of the promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.accounts.models import Staff
from oms.portal.tally import day_figures, midnight
from orders import figure_queries as order_figures
from orders import states
from orders.upload_queries import upload_counts
from warehouse import queries as parcels

HEIGHT = 68
"""The height of the fullest band, in units of the drawing."""

BAR_HEIGHT = 100
HOURS = (4, 8, 16, 24)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way: ``count`` came this far today, ``waiting`` are open before it, whenever they came."""

    label: Promise | str
    url: str
    count: int
    waiting: int = 0
    slow: bool = False
    height: int = 0
    next_height: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """Open work that falls due in one span of time."""

    label: str
    url: str
    count: int
    tone: str
    height: int

    @property
    def top(self) -> int:
        return BAR_HEIGHT - self.height


def steps(staff: Staff, now: dt.datetime, stages: Mapping[str, order_figures.StageFigures]) -> list[Step]:
    """The steps from the platform and back to it, for who may see orders; ``stages`` are the figures of the open ones."""
    today, day = midnight(now), day_figures(staff, now)
    uploads = upload_counts(staff)
    before_audit = sum(stages[state].count for state in (*states.BEFORE_CS_AUDIT, states.FINANCE_REVIEW))
    workbench = reverse("orders:workbench")
    may_ship, may_upload = staff.has_perm("warehouse.view_shipment"), staff.has_perm("orders.view_upload")
    shipments = reverse("warehouse:shipments") if may_ship else ""
    way = [
        (gettext_lazy("Downloaded"), "", day.received, 0),
        (
            gettext_lazy("Orders made"),
            f"{workbench}?stage=open",
            day.made,
            order_figures.trade_counts(staff)["due"],
        ),
        (
            gettext_lazy("Both audits passed"),
            f"{workbench}?stage={states.APPROVED}",
            parcels.open_since(staff, today) + day.fresh,
            before_audit,
        ),
        (
            gettext_lazy("Parcels left"),
            shipments,
            day.left,
            sum(parcels.shipment_counts(staff).values()),
        ),
        (
            gettext_lazy("Told to the platform"),
            reverse("orders:uploads") if may_upload else "",
            max(0, day.left - order_figures.untold_since(staff, today)),
            sum(uploads.values()),
        ),
    ]
    most = max((waiting for *_others, waiting in way), default=0)
    slow = next((at for at, (*_others, waiting) in enumerate(way) if waiting == most), -1) if most else -1
    heights = _heights([count for _label, _url, count, _waiting in way], HEIGHT)
    return [
        Step(label, url, count, waiting, at == slow, heights[at], heights[min(at + 1, len(way) - 1)])
        for at, (label, url, count, waiting) in enumerate(way)
    ]


def bars(staff: Staff, now: dt.datetime) -> list[Bar]:
    """Open orders by what is left of the promise; open parcels for who may see no orders; nothing for others."""
    if staff.has_perm("orders.view_order"):
        counts, address = order_figures.deadline_counts(staff, now, HOURS), f"{reverse('orders:workbench')}?stage=open"
        urls = [f"{address}&deadline={code}" for code in ("late", *HOURS, "later")]
    elif staff.has_perm("warehouse.view_shipment"):
        counts = parcels.deadline_counts(staff, now, HOURS)
        urls = [reverse("warehouse:shipments")] * len(counts)
    else:
        return []
    labels = [_("Late"), *(_("%(hours)s hours") % {"hours": hours} for hours in HOURS), _("Later")]
    tones = ["stop", "look", *([""] * len(HOURS))]
    return [
        Bar(label, url, count, tone, height)
        for label, url, count, tone, height in zip(
            labels, urls, counts, tones, _heights(counts, BAR_HEIGHT), strict=True
        )
    ]


def _heights(counts: list[int], full: int) -> list[int]:
    """A height for each count; what is there at all can be seen."""
    most = max(counts, default=0)
    return [max(2, round(full * count / most)) if count else 0 for count in counts]
