"""Words for gifts of campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from orders.engine.reasons import ExceptionReason
from promotions import words

REASONS: dict[str, tuple[str, str]] = {
    ExceptionReason.GIFT_OUT_OF_STOCK: (
        N_("A gift that the order earned is out of stock, and its scheme lets the order wait."),
        N_("The order goes on by itself when goods arrive; or have the scheme leave the gift out."),
    ),
}

STAGES = {"promote": N_("Gifts")}

DECISIONS = {
    "gift_given": N_("%(gifts)s from the campaign “%(campaign)s”, scheme “%(rule)s” (version %(version)s)."),
    "no_further_gift": N_("Other schemes gave nothing."),
}

PASSED_OVER = words.PASSED


def values_of(code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they read in a sentence."""
    return {"gifts": listed(facts["gifts"]) or _("nothing")} if code == "gift_given" else {}


def listed(units: Mapping[str, int]) -> str:
    """BAG-01 × 1, CUP-02 × 2."""
    return _(", ").join(f"{code} × {count}" for code, count in units.items())


def extra_sentences(code: str, facts: Mapping[str, Any]) -> list[str]:
    """What of the gifts was missing."""
    if not facts.get("missing"):
        return []
    if code in (ExceptionReason.GIFT_OUT_OF_STOCK.value, "gift_given"):
        return [_("Out of stock: %(gifts)s.") % {"gifts": listed(facts["missing"])}]
    return []
