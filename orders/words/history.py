"""Sentences for the codes that history keeps as the reason of a change."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.core.web.timeline import say_reasons
from orders.explain import REASONS

SPLIT: dict[str, Promise] = {
    "hand": _("Split by hand."),
    "product": _("Split by product."),
    "box": _("Split by full box."),
    "weight": _("Split by weight."),
    "shortage": _("What is in stock was split off."),
    "warehouse": _("Split by warehouse."),
    "presale": _("What is on pre-sale was split off."),
}
"""Way of a split → sentence; history has it bare for the parts that a rule made, and behind ``split:`` for those of a person."""

HISTORY_REASONS: dict[str, Promise] = {
    **{code: _(sentence) for code, (sentence, _advice) in REASONS.items()},
    **SPLIT,
    **{f"split:{way}": sentence for way, sentence in SPLIT.items()},
    "merge": _("Merged with other orders of the receiver."),
    "follow_trade": _("The trade was changed on the platform."),
    "undo:split": _("The split was undone."),
    "undo:merge": _("The merge was undone."),
}


def register() -> None:
    """Make them known to every timeline, also to those of floors below."""
    say_reasons(HISTORY_REASONS)
