"""The field of the region: provinces, cities and districts by their code, whose beginning is that of the place around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from oms.catalog.models import Region
from oms.core.errors import UnableTo
from orders.filtering.base import Asker, Choice, Values, any_of, no_such, split_values
from orders.filtering.lists import NO_VALUE, OFFERED, Chosen

_DIGITS = 6


def _full_names(regions: Iterable[Region]) -> list[Choice]:
    """Each region under the names of the places around it; one query."""
    rows = list(regions)
    codes = {row.code[:length].ljust(_DIGITS, "0") for row in rows for length in (2, 4)}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
    found = []
    for row in rows:
        above = (names.get(row.code[:length].ljust(_DIGITS, "0"), "") for length in (2, 4)[: row.level - 1])
        found.append(Choice(row.code, " ".join(dict.fromkeys(filter(None, (*above, row.name)))), row))
    return found


@dataclass(frozen=True, slots=True)
class Regions(Chosen):
    """Where the parcel goes. A name may be given for a code, where only one place of its size begins so."""

    def read(self, text: str, asker: Asker) -> Values:
        wanted = split_values(text)
        codes = [code for code in wanted if code.isdigit()]
        known = {choice.code: choice for choice in _full_names(Region.objects.filter(code__in=codes))}
        return tuple(self._choice(one, known) for one in wanted)

    def _choice(self, text: str, known: dict[str, Choice]) -> Choice:
        if text == NO_VALUE:
            return Choice(NO_VALUE, _("Region unknown"))
        if text.isdigit():
            if text not in known:
                raise no_such(text)
            return known[text]
        named = list(Region.objects.filter(name__startswith=text).order_by("level", "code")[:20])
        largest = [row for row in named if row.level == named[0].level]
        if not largest:
            raise no_such(text)
        if len(largest) > 1:
            names = ", ".join(str(choice.label) for choice in _full_names(largest[:4]))
            raise UnableTo(
                _("Several places are called so: %(names)s. Choose one.") % {"names": names}, code="filter_places"
            )
        return _full_names(largest)[0]

    def condition(self, values: Values, asker: Asker) -> Q:
        return any_of(_within(choice.key) for choice in values)

    def choices(self, asker: Asker, text: str = "") -> list[Choice]:
        if text:
            # The last word is the place, those before it lie around it.
            found = _full_names(
                Region.objects.filter(name__icontains=text.split()[-1]).order_by("level", "code")[:OFFERED]
            )
            return [choice for choice in found if _holds(str(choice.label), text.split())]
        return [Choice(NO_VALUE, _("Region unknown")), *_full_names(Region.objects.filter(level=1).order_by("code"))]


def _holds(label: str, words: Sequence[str]) -> bool:
    return all(word in label for word in words)


def _within(region: Region | None) -> Q:
    """The codes of the region and of everything in it."""
    if region is None:
        return Q(region__isnull=True)
    prefix = region.code[: 2 * region.level]
    return Q(region__gte=prefix.ljust(_DIGITS, "0"), region__lte=prefix.ljust(_DIGITS, "9"))
