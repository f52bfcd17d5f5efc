"""History as a page tells it: who did what, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.core.models import HistoryEntry

WORDS: dict[tuple[str, str], Promise] = {
    ("order", "create"): _("Order made from the trade"),
    ("order", "process"): _("Processed, waits for audit"),
    ("order", "except"): _("Became an exception"),
    ("order", "cs_audit"): _("Passed the customer service audit"),
    ("order", "approve"): _("Passed both audits"),
    ("order", "finance_audit"): _("Passed the finance audit"),
    ("order", "unaudit"): _("Un-audited"),
    ("order", "cancel"): _("Cancelled"),
    ("order", "hold"): _("Held"),
    ("order", "release"): _("Released from hold"),
    ("order", "intercept"): _("Intercepted"),
    ("order", "clear_intercept"): _("Interception lifted"),
    ("order", "follow_trade"): _("Followed a change of the trade"),
    ("order", "presale"): _("Waits for the end of its pre-sale"),
    ("order", "supersede"): _("Replaced by other orders"),
    ("order", "restore"): _("Put back, since what replaced it was undone"),
    ("order", "expand_bundles"): _("Bundle split into its parts"),
    ("order", "collapse_bundles"): _("Parts put together to their bundle"),
    ("order", "reopen"): _("Looked at again, since a policy went live"),
    ("order", "edit"): _("Edited"),
    ("order", "memo"): _("Memo or flag changed"),
    ("order", "memo_written"): _("Memo accepted by the platform"),
    ("order", "memo_refused"): _("Memo refused by the platform"),
    ("order", "memo_handled"): _("Memo handled by a person"),
    ("order", "enter"): _("Entered by hand"),
    ("order", "take_from_trade"): _("Edits dropped, content of the trade taken"),
    ("order", "reprocess"): _("Sent back to processing"),
    ("order", "set_aside"): _("Could not be processed"),
    ("order", "gifts_add"): _("Gift added"),
    ("order", "gifts_take"): _("Gift taken away"),
    ("order", "gifts_rematch"): _("Gifts left to the campaigns again"),
    ("order", "remind"): _("Reminded"),
    ("order", "edit_warehouse"): _("Other warehouse asked for"),
    ("order", "edit_carrier"): _("Other carrier asked for"),
    ("order", "edit_tag"): _("Tags changed"),
    ("order", "edit_urgent"): _("Urgency changed"),
    ("order", "edit_note"): _("Internal note changed"),
    ("order", "edit_memo"): _("Seller's memo changed"),
    ("order", "edit_flag"): _("Flag changed"),
    ("order", "edit_business_type"): _("Business type changed"),
    ("order", "edit_department"): _("Department changed"),
    ("order", "edit_salesperson"): _("Salesperson changed"),
    ("order", "edit_invoice_kind"): _("Invoice kind changed"),
    ("order", "edit_invoice_title"): _("Invoice title changed"),
    ("order", "edit_invoice_tax_no"): _("Tax number changed"),
    ("order", "ship"): _("Shipped"),
    ("order", "complete"): _("Completed by the platform"),
    ("order", "post"): _("Posted"),
    ("order", "upload_accepted"): _("Waybill accepted by the platform"),
    ("order", "upload_failed"): _("Waybill refused by the platform"),
    ("order", "upload_handled"): _("Upload handled by a person"),
    ("shipment", "release"): _("Released to the warehouse"),
    ("shipment", "print"): _("Printed"),
    ("shipment", "reroute"): _("Warehouse or carrier changed"),
    ("shipment", "reprint"): _("Printed anew"),
    ("shipment", "start_picking"): _("Picking begun"),
    ("shipment", "finish_picking"): _("Picked"),
    ("shipment", "sort"): _("Sorted"),
    ("shipment", "verify"): _("Verified"),
    ("shipment", "weigh"): _("Weighed"),
    ("shipment", "ship"): _("Shipped"),
    ("shipment", "cancel"): _("Cancelled"),
    ("purchase", "enter"): _("Purchase order entered"),
    ("purchase", "edit"): _("Edited"),
    ("purchase", "order"): _("Ordered"),
    ("purchase", "put_off"): _("Expected on another day"),
    ("purchase", "arrive"): _("Arrived in part"),
    ("purchase", "complete"): _("Arrived in full"),
    ("purchase", "close"): _("Closed short"),
    ("purchase", "cancel"): _("Cancelled"),
    ("listing", "bind"): _("Bound to a SKU"),
    ("campaign", "save"): _("Saved"),
    ("campaign", "go_live"): _("Went live"),
    ("campaign", "stop"): _("Stopped at once"),
    ("shop", "add"): _("Shop entered"),
    ("shop", "change"): _("Keys or settings changed"),
    ("shop", "authorise"): _("Authorisation changed"),
}
"""The words for what history names by a code; a code without a word is shown as it is."""

_REASONS: dict[str, Promise] = {}


def say_reasons(words: Mapping[str, Promise]) -> None:
    """Give the codes that an area writes as reasons their sentences; called when the area starts."""
    _REASONS.update(words)


def reason_in_words(reason: str) -> str:
    """A reason as history keeps it: codes, separated by commas, in their sentences; what a person wrote, as it is."""
    codes = reason.split(",")
    return " ".join(str(_REASONS[code]) for code in codes) if all(code in _REASONS for code in codes) else reason


@dataclass(frozen=True, slots=True)
class Told:
    """One line: ``who`` is empty for what the machine did by itself."""

    at: dt.datetime
    what: Promise | str
    who: str
    why: str
    changes: tuple[Any, ...] = ()
    """Fields that changed, each with ``label``, ``before`` and ``after``, where a page puts them into words."""


def told(kind: str, entries: Iterable[HistoryEntry]) -> list[Told]:
    """The lines with names for the people and words for the actions, in the given order; two queries."""
    rows = list(entries)
    actors = {row.actor_id for row in rows if row.actor_id is not None}
    names = {person.pk: str(person) for person in get_user_model().objects.filter(pk__in=actors)}
    return [
        Told(
            row.at,
            WORDS.get((kind, row.action), row.action),
            names.get(row.actor_id or 0, ""),
            reason_in_words(row.reason),
        )
        for row in rows
    ]
