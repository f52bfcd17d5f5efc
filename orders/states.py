"""The lifecycle of an order (spec/lifecycle.md) and of a waybill upload."""

from __future__ import annotations

from oms.core.lifecycle import Lifecycle, transition

EXCEPTION = "exception"
PRESALE = "presale"
CS_REVIEW = "cs_review"
FINANCE_REVIEW = "finance_review"
APPROVED = "approved"
SHIPPED = "shipped"
COMPLETED = "completed"
CANCELLED = "cancelled"
SUPERSEDED = "superseded"

STATES = (EXCEPTION, PRESALE, CS_REVIEW, FINANCE_REVIEW, APPROVED, SHIPPED, COMPLETED, CANCELLED, SUPERSEDED)
OPEN = (EXCEPTION, PRESALE, CS_REVIEW, FINANCE_REVIEW, APPROVED)
"""States in which somebody or something still has to act before the parcel leaves."""

BEFORE_CS_AUDIT = (EXCEPTION, PRESALE, CS_REVIEW)
"""States in which the order may be edited and processed again, and holds no stock."""

RESERVED = (FINANCE_REVIEW, APPROVED)
"""States in which the order holds stock."""

ORDER = Lifecycle(
    kind="order",
    states=STATES,
    transitions={
        "process": transition(CS_REVIEW, EXCEPTION, PRESALE, CS_REVIEW),
        "except": transition(EXCEPTION, EXCEPTION, PRESALE, CS_REVIEW),
        "presale": transition(PRESALE, EXCEPTION, PRESALE, CS_REVIEW),
        "supersede": transition(SUPERSEDED, *OPEN),
        "restore": transition(CS_REVIEW, SUPERSEDED),
        "cs_audit": transition(FINANCE_REVIEW, EXCEPTION, PRESALE, CS_REVIEW),
        "approve": transition(APPROVED, EXCEPTION, PRESALE, CS_REVIEW),
        "finance_audit": transition(APPROVED, FINANCE_REVIEW),
        "unaudit": transition(CS_REVIEW, FINANCE_REVIEW, APPROVED),
        "cancel": transition(CANCELLED, *OPEN),
        "ship": transition(SHIPPED, APPROVED),
        "complete": transition(COMPLETED, SHIPPED),
    },
)

UPLOAD = Lifecycle(
    kind="upload",
    states=("due", "sent", "accepted", "failed", "handled"),
    transitions={
        "send": transition("sent", "due", "sent", "failed"),
        "accept": transition("accepted", "due", "sent", "failed"),
        "fail": transition("failed", "due", "sent", "failed"),
        "retry": transition("due", "due", "sent", "failed"),
        "handle": transition("handled", "failed"),
    },
)
