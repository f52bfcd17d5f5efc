"""Fields that hold text: words within it, whole numbers and names, and sealed values found by their blind index."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from oms.catalog.models import Receiver
from oms.core.crypto import blind_index
from oms.core.errors import UnableTo
from orders.filtering.base import (
    HAS_OR_NOT,
    LONGEST_TEXT,
    PRESENT,
    Asker,
    Choice,
    Field,
    Form,
    Op,
    Values,
    any_of,
    enumerate_words,
    join_values,
    split_values,
)

_INDEX = re.compile(r"~([0-9a-f]{32})")


def _short_texts(text: str, *, blanks: bool, most: int) -> Values:
    values = split_values(text, blanks=blanks, most=most)
    for value in values:
        if len(value) > LONGEST_TEXT:
            raise UnableTo(_("At most %(count)s characters.") % {"count": LONGEST_TEXT}, code="filter_too_long")
    return tuple(values)


@dataclass(frozen=True, slots=True)
class _Typed(Field):
    """What fields have in common whose values are typed into one box, parted as ``split_values`` parts them."""

    def compose(self, form: Form) -> str:
        return "".join(form.get("value", ())[:1]).strip()

    def decompose(self, values: Values) -> Form:
        return {"value": [self.canonical(values)]}


@dataclass(frozen=True, slots=True)
class Words(_Typed):
    """A text that contains words, in capitals or not; or is there at all."""

    column: str
    control: ClassVar[str] = "words"
    operators: ClassVar[Mapping[Op, Promise]] = {**PRESENT, **HAS_OR_NOT}

    def read(self, text: str, asker: Asker) -> Values:
        return _short_texts(text, blanks=False, most=20)

    def condition(self, values: Values, asker: Asker) -> Q:
        return any_of(Q(**{f"{self.column}__icontains": word}) for word in values)

    def q(self, op: Op, values: Values, asker: Asker) -> Q:
        if op in {Op.SOME, Op.NONE}:
            empty = Q(**{self.column: ""})
            return empty if op == Op.NONE else ~empty
        found = self.condition(values, asker)
        # Said twice, since there is an index over the orders that have such a text at all.
        return ~found if op == Op.NOT else ~Q(**{self.column: ""}) & found


@dataclass(frozen=True, slots=True)
class Exact(_Typed):
    """One of many whole texts: ``lookup`` makes the condition of them. ``most`` are taken at once; ``blanks`` part them too."""

    lookup: Callable[[list[str]], Q]
    blanks: bool = True
    most: int = 2000
    control: ClassVar[str] = "list"
    longest: ClassVar[int] = 60_000

    def read(self, text: str, asker: Asker) -> Values:
        return _short_texts(text, blanks=self.blanks, most=self.most)

    def condition(self, values: Values, asker: Asker) -> Q:
        return self.lookup(list(values))


@dataclass(frozen=True, slots=True)
class Sealed(_Typed):
    """A value of the receiver that is encrypted at rest, typed whole. An address holds its blind index, not the value itself."""

    column: str
    purpose: str
    masked: str
    control: ClassVar[str] = "list"

    def read(self, text: str, asker: Asker) -> Values:
        return tuple(map(self._choice, _short_texts(text, blanks=False, most=50)))

    def _choice(self, text: str) -> Choice:
        given = _INDEX.fullmatch(text)
        index = bytes.fromhex(given[1]) if given else blind_index(text, self.purpose)
        if index is None:
            raise UnableTo(_("Say what it is compared with."), code="filter_empty")
        return Choice(f"~{index.hex()}", "", index)

    def condition(self, values: Values, asker: Asker) -> Q:
        # The table of receivers is asked first, by its index: that reads a handful of orders and not all of them.
        found = Receiver.objects.filter(
            **{f"{self.column}__in": [choice.key for choice in values]}, erased_at__isnull=True
        )
        return Q(receiver__in=found.values("id"))

    def words(self, values: Values) -> str:
        keys = [choice.key for choice in values]
        rows = Receiver.objects.filter(**{f"{self.column}__in": keys}, erased_at__isnull=True).order_by("id")
        shown = dict(rows.values_list(self.column, self.masked)[:200])
        known = {bytes(key): label for key, label in shown.items()}
        return enumerate_words([known.get(key, "***") for key in keys])

    def canonical(self, values: Values) -> str:
        return join_values(choice.code for choice in values)
