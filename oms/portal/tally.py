"""The figures of today: what was counted quarter by quarter of an hour, and live what came since.

On a sales day three hundred thousand rows are today's. A quarter of an hour that ended long enough ago does not change any more: it is
counted once, by shop and warehouse, and from then on a figure of the day is the sum of a few small rows and the count of the last
minutes. Without workers nothing is tallied and everything is counted live: slower, and the same figure.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from oms.accounts.models import Staff
from oms.accounts.scopes import CATEGORY, scoped, sees_all
from oms.core.numbering import BUSINESS_ZONE
from oms.portal.models import Tally, TallyMark
from orders import figure_queries as order_figures
from warehouse import queries as parcels

SLICE = dt.timedelta(minutes=15)
SETTLED = dt.timedelta(minutes=15)
"""No transaction takes longer: what falls into a slice is there this long after its end."""

DAY = "day"
KEPT = dt.timedelta(days=8)

_ROWS = {
    "received": "SELECT received_at AS at, shop_id, NULL::bigint AS warehouse_id FROM orders_trade "
    "WHERE shop_id IN (SELECT id FROM catalog_shop) AND received_at >= %(since)s AND received_at < %(until)s",
    "made": "SELECT created_at AS at, shop_id, warehouse_id FROM orders_order "
    "WHERE created_at >= %(since)s AND created_at < %(until)s",
    "left": "SELECT shipped_at AS at, shop_id, warehouse_id FROM warehouse_shipment "
    "WHERE state = 'shipped' AND shipped_at >= %(since)s AND shipped_at < %(until)s",
    "fresh": "SELECT shipped_at AS at, shop_id, warehouse_id FROM warehouse_shipment "
    "WHERE state = 'shipped' AND shipped_at >= %(since)s AND shipped_at < %(until)s AND released_at >= %(midnight)s",
}
"""What is counted: trades that came in, orders that were made, parcels that left, and those of them released on the same day."""

_COUNT = (
    "INSERT INTO portal_tally (measure, since, shop_id, warehouse_id, count) "
    "SELECT %(measure)s, date_bin(%(slice)s, at, %(midnight)s), shop_id, warehouse_id, count(*) "
    "FROM ({}) AS counted GROUP BY 2, 3, 4"
)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """How many of each there were since midnight; ``fresh`` are parcels that were released and left today."""

    received: int = 0
    made: int = 0
    left: int = 0
    fresh: int = 0


def midnight(now: dt.datetime) -> dt.datetime:
    """When today began where the business is."""
    return now.astimezone(BUSINESS_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def fill(now: dt.datetime) -> int:
    """Tally the slices of today that are settled and not tallied yet; how many slices were."""
    today = midnight(now)
    until = today + (now - SETTLED - today) // SLICE * SLICE
    if until <= today:
        return 0
    with transaction.atomic():
        mark, _made = TallyMark.objects.get_or_create(name=DAY, defaults={"until": today})
        since = max(mark.until, today)
        # Whoever moves the mark counts the slices; a process that comes second finds it moved, and does nothing.
        if since >= until or not TallyMark.objects.filter(name=DAY, until=mark.until).update(until=until):
            return 0
        bounds: dict[str, Any] = {"slice": SLICE, "midnight": today, "since": since, "until": until}
        with connection.cursor() as cursor:
            for measure, rows in _ROWS.items():
                cursor.execute(_COUNT.format(rows), {"measure": measure, **bounds})
        Tally.objects.filter(since__lt=today - KEPT).delete()
    return (until - since) // SLICE


def day_figures(staff: Staff, now: dt.datetime) -> DayFigures:
    """Today's figures within the staff member's scope. What was tallied knows no categories: for who is limited by them all is counted."""
    today = midnight(now)
    whole = sees_all(staff, CATEGORY)
    mark = TallyMark.objects.filter(name=DAY, until__gt=today).first() if whole else None
    since = today if mark is None else mark.until
    found = scoped(Tally.objects.filter(since__gte=today, since__lt=since), staff).order_by().values("measure")
    counts: Counter[str] = Counter({row["measure"]: row["n"] for row in found.annotate(n=Sum("count"))})
    left, fresh = parcels.left_since(staff, since, today)
    return DayFigures(
        counts["received"] + order_figures.received_since(staff, since),
        counts["made"] + order_figures.made_since(staff, since),
        counts["left"] + left,
        counts["fresh"] + fresh,
    )
