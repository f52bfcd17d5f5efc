"""The steps of a scheme's form: read as they were typed, shown again as they were typed, and turned into the scheme's content.

A step's fields share a key: ``step`` lists the keys in their order on the page, ``<key>-from``, ``<key>-choice`` and ``<key>-pick`` are the
step's own, ``<key>-code`` and ``<key>-units`` list its gifts. A row that is empty is no gift.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from promotions.engine.values import Choice

MOST_STEPS = 20
MOST_GIFTS = 30
_LONGEST = 64
_HIGHEST = 1_000_000
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


@dataclass(slots=True)
class GiftRow:
    """A gift as it was typed."""

    code: str = ""
    units: str = "1"


@dataclass(slots=True)
class StepRow:
    """A step as it was typed, and what is wrong with it."""

    key: str
    threshold: str = ""
    choice: str = Choice.ALL.value
    pick: str = "1"
    gifts: list[GiftRow] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def filled(self) -> list[GiftRow]:
        """The gifts that name a code."""
        return [gift for gift in self.gifts if gift.code]

    @property
    def is_blank(self) -> bool:
        """Whether nobody has typed anything into it."""
        return not self.threshold and not self.filled

    @property
    def rows(self) -> list[GiftRow]:
        """The gifts, with an empty row to type into when there is none."""
        return self.gifts or [GiftRow()]


def read_steps(data: QueryDict) -> list[StepRow]:
    """The steps of a form that was sent."""
    return [_read(data, key) for key in dict.fromkeys(data.getlist("step")[:MOST_STEPS]) if key.isalnum()]


def _read(data: QueryDict, key: str) -> StepRow:
    codes, units = data.getlist(f"{key}-code")[:MOST_GIFTS], data.getlist(f"{key}-units")[:MOST_GIFTS]
    units += ["1"] * (len(codes) - len(units))
    gifts = [
        GiftRow(code.replace("\0", "").strip()[:_LONGEST], count.strip()[:_LONGEST])
        for code, count in zip(codes, units, strict=False)
    ]
    return StepRow(
        key,
        data.get(f"{key}-from", "").strip()[:_LONGEST],
        data.get(f"{key}-choice", Choice.ALL.value),
        data.get(f"{key}-pick", "1").strip()[:_LONGEST],
        gifts,
    )


def steps_of(tiers: Iterable[Mapping[str, Any]], codes: Mapping[int, str]) -> list[StepRow]:
    """The steps of a stored content; ``codes`` are the merchant codes by SKU."""
    return [
        StepRow(
            f"s{number}",
            _plain(tier["threshold"]),
            tier["choice"],
            str(tier["pick"]),
            [GiftRow(codes.get(int(sku), str(sku)), str(units)) for sku, units in tier["gifts"]],
        )
        for number, tier in enumerate(sorted(tiers, key=lambda tier: Decimal(tier["threshold"])))
    ]


def _plain(threshold: str) -> str:
    return f"{Decimal(threshold):f}".removesuffix(".00")


def content_of(
    steps: Sequence[StepRow], skus: Mapping[str, int], *, by_amount: bool, same: bool
) -> list[dict[str, Any]]:
    """The tiers of the content. What cannot be read is told at its step and left out, so that the rest can be read back."""
    return [tier for step in steps if (tier := _tier(step, skus, by_amount=by_amount, same=same)) is not None]


def _tier(step: StepRow, skus: Mapping[str, int], *, by_amount: bool, same: bool) -> dict[str, Any] | None:
    if step.is_blank:
        return None
    threshold = _number(step.threshold)
    if threshold is None or threshold > _HIGHEST:
        step.errors.append(_("Write from which figure on the step is reached, such as 3 or 299.00."))
        return None
    if not by_amount and threshold != threshold.to_integral_value():
        step.errors.append(_("Units are whole numbers."))
        return None
    if step.choice not in list(Choice):
        step.choice = Choice.ALL.value
    pick = _whole(step.pick)
    if pick is None and (same or step.choice == Choice.ANY_OF):
        step.errors.append(_("Write how many units are given, as a whole number."))
    gifts = [] if same else _gifts(step, skus)
    choice = Choice.ALL.value if same else step.choice
    return {"threshold": f"{threshold:.2f}", "choice": choice, "pick": pick or 0, "gifts": gifts}


def _gifts(step: StepRow, skus: Mapping[str, int]) -> list[list[int]]:
    unknown = [gift.code for gift in step.filled if gift.code not in skus]
    if unknown:
        step.errors.append(_("These merchant codes do not exist: %(codes)s.") % {"codes": ", ".join(unknown)})
    found: list[list[int]] = []
    for gift in step.filled:
        units = _whole(gift.units)
        if units is None:
            step.errors.append(_("Write the units of %(code)s as a whole number.") % {"code": gift.code})
        elif gift.code in skus:
            found.append([skus[gift.code], units])
    return found


def _number(text: str) -> Decimal | None:
    plain = text.replace(",", "").replace("，", "")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text[:9] or 0) <= _HIGHEST and len(text) < 8 else None
