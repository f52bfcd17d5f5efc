"""What the actions of people on orders have in common: the check before the deed, the version, the line of history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from oms.core.actions import Refusal
from oms.core.history import HistoryRow, write_history
from orders.explain import state_label
from orders.models import Order
from orders.states import ORDER


def check_rows(
    order_ids: Sequence[int],
    locked: Mapping[int, Mapping[str, Any]],
    states: Collection[str],
    versions: Mapping[int, int] | None,
) -> dict[int, Refusal]:
    """Refusals of orders that are gone, not in one of the states, or were changed since the caller read their version."""
    refused: dict[int, Refusal] = {}
    for order_id in order_ids:
        row = locked.get(order_id)
        if row is None:
            refused[order_id] = Refusal("not_found", _("This order does not exist any more."))
        elif row["state"] not in states:
            refused[order_id] = Refusal(
                "wrong_state",
                _("The order is in the state “%(state)s”; this cannot be done there.")
                % {"state": state_label(row["state"])},
            )
        elif versions is not None and versions.get(order_id, row["version"]) != row["version"]:
            refused[order_id] = Refusal(
                "changed_meanwhile",
                _("Somebody or the platform changed the order meanwhile. Look at it again, then repeat the action."),
            )
    return refused


def final_payment_missing() -> Refusal:
    """Why nothing can be done yet with an order of which only the deposit is paid."""
    return Refusal(
        "final_payment_missing",
        _("Only the deposit is paid. The order goes on by itself when the buyer pays the rest."),
    )


NEXT_VERSION = "version = t.version + 1"
"""What counts up an order's version where its state is changed (``oms.core.lifecycle``)."""


def bump(order_ids: Sequence[int], **values: Any) -> None:
    """Set columns of the orders and count their version up."""
    Order.objects.filter(id__in=order_ids).update(version=F("version") + 1, **values)


def note(order_ids: Sequence[int], action: str, *, actor_id: int | None, reason: str = "", **changes: Any) -> None:
    """Write a line of history for an action that changes no state."""
    write_history(
        HistoryRow(
            kind=ORDER.kind,
            subject_id=order_id,
            action=action,
            reason=reason,
            actor_id=actor_id,
            changes=changes or None,
        )
        for order_id in order_ids
    )
