"""What a person can do with orders on the pages: one table, from which buttons, keys, menus and dialogs are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.models import Staff
from oms.core.actions import ActionResult
from orders import audit
from orders.audit import Versions
from orders.models import Order
from orders.queries import ALL_OPEN
from orders.states import BEFORE_CS_AUDIT, FINANCE_REVIEW, OPEN, RESERVED

Run = Callable[[Sequence[int], int, str, Versions], ActionResult]


@dataclass(frozen=True, slots=True)
class Action:
    """One action. ``asks`` opens a dialog with the consequence and a reason; ``tone`` is primary, danger or empty.

    ``held`` limits it to orders that are (True) or are not (False) held; None is for both.
    """

    name: str
    label: Promise
    key: str
    permission: str
    states: tuple[str, ...]
    run: Run
    tone: str = ""
    asks: bool = False
    needs_reason: bool = False
    consequence: Promise | str = ""
    presets: tuple[Promise, ...] = ()
    held: bool | None = None


ACTIONS: tuple[Action, ...] = (
    Action(
        "audit",
        _("Audit"),
        "a",
        "orders.audit_order",
        BEFORE_CS_AUDIT,
        lambda ids, actor, _reason, versions: audit.audit(ids, actor_id=actor, versions=versions),
        tone="primary",
        held=False,
    ),
    Action(
        "finance_audit",
        _("Finance audit"),
        "f",
        "orders.finance_audit_order",
        (FINANCE_REVIEW,),
        lambda ids, actor, _reason, versions: audit.finance_audit(ids, actor_id=actor, versions=versions),
        tone="primary",
        held=False,
    ),
    Action(
        "hold",
        _("Hold"),
        "h",
        "orders.hold_order",
        OPEN,
        lambda ids, actor, reason, versions: audit.hold(ids, actor_id=actor, reason=reason, versions=versions),
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
        lambda ids, actor, _reason, versions: audit.release(ids, actor_id=actor, versions=versions),
        held=True,
    ),
    Action(
        "unaudit",
        _("Un-audit"),
        "u",
        "orders.unaudit_order",
        RESERVED,
        lambda ids, actor, reason, versions: audit.unaudit(ids, actor_id=actor, reason=reason, versions=versions),
        asks=True,
        needs_reason=True,
        consequence=_(
            "The orders go back to the customer service audit, their parcels are called back and their stock is free again."
        ),
        presets=(_("Audited by mistake"), _("Buyer changes the address"), _("Other carrier wanted")),
    ),
    Action(
        "reprocess",
        _("Process again"),
        "p",
        "orders.edit_order",
        BEFORE_CS_AUDIT,
        lambda ids, actor, _reason, versions: audit.reprocess(ids, actor_id=actor, versions=versions),
    ),
    Action(
        "cancel",
        _("Cancel order"),
        "c",
        "orders.cancel_order",
        OPEN,
        lambda ids, actor, reason, versions: audit.cancel(ids, actor_id=actor, reason=reason, versions=versions),
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


def actions_in(stage: str, staff: Staff) -> list[Action]:
    """The actions that some order of the stage may need and the staff member may do; one of them at most is the main one."""
    states = OPEN if stage == ALL_OPEN else (stage,)
    return _one_primary(
        [action for action in ACTIONS if staff.has_perm(action.permission) and set(states) & set(action.states)]
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
