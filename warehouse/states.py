"""The lifecycles of a shipment (spec/lifecycle.md) and of a purchase order."""

from __future__ import annotations

from oms.core.lifecycle import Lifecycle, transition

RELEASED = "released"
PRINTED = "printed"
PICKING = "picking"
PICKED = "picked"
SORTED = "sorted"
VERIFIED = "verified"
WEIGHED = "weighed"
SHIPPED = "shipped"
CANCELLED = "cancelled"

STATES = (RELEASED, PRINTED, PICKING, PICKED, SORTED, VERIFIED, WEIGHED, SHIPPED, CANCELLED)
OPEN = STATES[:7]

CALLABLE_BACK = (RELEASED, PRINTED)
"""States in which nobody in the warehouse has touched the goods yet."""

SHIPMENT = Lifecycle(
    kind="shipment",
    states=STATES,
    transitions={
        "print": transition(PRINTED, RELEASED, PRINTED),
        "start_picking": transition(PICKING, PRINTED),
        "finish_picking": transition(PICKED, PICKING),
        "sort": transition(SORTED, PICKED),
        "verify": transition(VERIFIED, PRINTED, PICKED, SORTED),
        "weigh": transition(WEIGHED, VERIFIED),
        "ship": transition(SHIPPED, *OPEN),
        "cancel": transition(CANCELLED, *OPEN),
    },
)

DRAFT = "draft"
ORDERED = "ordered"
PARTLY_ARRIVED = "partly_arrived"
ARRIVED = "arrived"
CLOSED = "closed"

ON_THE_WAY = (ORDERED, PARTLY_ARRIVED)
"""States of a purchase order in which what has not arrived is in transit."""

PURCHASE = Lifecycle(
    kind="purchase",
    states=(DRAFT, ORDERED, PARTLY_ARRIVED, ARRIVED, CLOSED, CANCELLED),
    transitions={
        "order": transition(ORDERED, DRAFT),
        "arrive": transition(PARTLY_ARRIVED, *ON_THE_WAY),
        "complete": transition(ARRIVED, *ON_THE_WAY),
        "close": transition(CLOSED, PARTLY_ARRIVED),
        "cancel": transition(CANCELLED, DRAFT, ORDERED),
    },
)
