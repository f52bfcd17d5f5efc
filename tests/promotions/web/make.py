"""What the forms of a browser would send."""

from __future__ import annotations

from typing import Any

Sent = dict[str, Any]


def sent_campaign(**values: Any) -> Sent:
    """The form of a campaign."""
    return {
        "name": "双12",
        "starts_at": "2026-12-10T00:00",
        "ends_at": "2026-12-13T00:00",
        "priority": "100",
        "note": "",
    } | values


def sent_scheme(*gifts: tuple[str, str], **values: Any) -> Sent:
    """The form of a scheme by amount with one step (from 300 yuan on) that gives ``gifts`` (code, units)."""
    step = {
        "step": ["s0"],
        "s0-from": "300",
        "s0-choice": "all",
        "s0-pick": "1",
        "s0-code": [code for code, _units in gifts],
        "s0-units": [units for _code, units in gifts],
    }
    return {
        "name": "满300送",
        "enabled": "on",
        "kind": "amount_reached",
        "mode": "highest",
        "by_payment": "1",
        "total_unit": "units",
        "day_unit": "units",
        "buyer_unit": "units",
        "no_stock": "drop",
        "give_back_on_cancel": "on",
        **step,
    } | values
