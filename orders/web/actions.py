"""What a person can do with orders on the pages: one table, from which buttons, keys, menus and dialogs are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from orders.models import Order
from orders.queries import ALL_OPEN
from orders.states import BEFORE_CS_AUDIT, FINANCE_REVIEW, OPEN, RESERVED


@dataclass(frozen=True, slots=True)
class Action:
    """One action; ``name`` is its deed's (``orders.batches.deeds``).

    ``asks`` opens a dialog with the consequence and a reason; ``tone`` is primary, danger or empty.
    ``more`` puts it behind the button for what is done less often. ``held`` limits it to orders that are (True) or are not (False)
    held; None is for both.
    """

    name: str
    label: Promise = field(hash=False)
    key: str
    permission: str
    states: tuple[str, ...]
    tone: str = ""
    asks: bool = False
    needs_reason: bool = False
    consequence: Promise | str = field(default="", hash=False)
    presets: tuple[Promise, ...] = field(default=(), hash=False)
    held: bool | None = None
    more: bool = False


ACTIONS: tuple[Action, ...] = (
    Action(
        "audit",
        _("Audit"),
        "a",
        "orders.audit_order",
        BEFORE_CS_AUDIT,
        tone="primary",
        held=False,
    ),
    Action(
        "finance_audit",
        _("Finance audit"),
        "f",
        "orders.finance_audit_order",
        (FINANCE_REVIEW,),
        tone="primary",
        held=False,
    ),
    Action(
        "hold",
        _("Hold"),
        "h",
        "orders.hold_order",
        OPEN,
        asks=True,
        needs_reason=True,
        consequence=_("Held orders stay where they are and pass no audit until they are released."),
        presets=(
            _("Waits for the buyer's answer"),
            _("Address to be confirmed"),
            _("Stock to be confirmed"),
            _("Other carrier wanted"),
        ),
        held=False,
    ),
    Action(
        "release",
        _("Release hold"),
        "r",
        "orders.hold_order",
        OPEN,
        held=True,
    ),
    Action(
        "unaudit",
        _("Un-audit"),
        "u",
        "orders.unaudit_order",
        RESERVED,
        asks=True,
        needs_reason=True,
        consequence=_(
            "The orders go back to the customer service audit, their parcels are called back and their stock is free again."
        ),
        presets=(_("Audited by mistake"), _("Buyer changes the address"), _("Other carrier wanted")),
    ),
    Action(
        "remind",
        _("Remind"),
        "",
        "orders.mark_order",
        OPEN,
        asks=True,
        consequence=_("Everybody who works on the orders sees that the buyer asks for the parcel, and how often."),
        presets=(_("Buyer asks when it is shipped"), _("Platform demands shipment"), _("Buyer threatens to complain")),
        more=True,
    ),
    Action(
        "reprocess",
        _("Process again"),
        "p",
        "orders.edit_order",
        BEFORE_CS_AUDIT,
    ),
    Action(
        "cancel",
        _("Cancel order"),
        "c",
        "orders.cancel_order",
        OPEN,
        tone="danger",
        asks=True,
        needs_reason=True,
        consequence=_(
            "The orders will not be shipped, their parcels are called back and their stock is free again. "
            "This cannot be undone."
        ),
        presets=(_("Buyer does not want it any more"), _("Out of stock for long"), _("Duplicate order")),
    ),
)

BY_NAME = {action.name: action for action in ACTIONS}


def actions_in(stage: str, staff: Staff) -> tuple[Action, ...]:
    """The actions that some order of the stage may need and the staff member may do; one of them at most is the main one."""
    states = OPEN if stage == ALL_OPEN else (stage,)
    return tuple(
        _one_primary(
            [action for action in ACTIONS if staff.has_perm(action.permission) and set(states) & set(action.states)]
        )
    )


def actions_for(order: Order, staff: Staff) -> list[Action]:
    """The actions that the staff member may do to the order as it stands."""
    return _one_primary(
        [
            action
            for action in ACTIONS
            if order.state in action.states
            and action.held in (None, order.held)
            and not (order.intercepted and action.tone == "primary")
            and staff.has_perm(action.permission)
        ]
    )


def main_action(actions: Sequence[Action]) -> Action | None:
    """What is to be done next."""
    return next((action for action in actions if action.tone == "primary"), None)


def _one_primary(actions: list[Action]) -> list[Action]:
    main = main_action(actions)
    return [action if action is main or action.tone != "primary" else replace(action, tone="") for action in actions]
