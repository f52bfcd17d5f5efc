"""What every kind of field has in common."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from oms.accounts.models import Staff
from oms.core.errors import UnableTo

LONGEST_TEXT = 100
MOST_VALUES = 200
_NAMED = 3
"""Values that a sentence names before it counts the others."""
_COMMA = re.compile(r"(?<!\\)[,，\n\r]+")
_COMMA_OR_BLANK = re.compile(r"(?<!\\)[,，;；\s]+")

Form = Mapping[str, Sequence[str]]
Values = tuple[Any, ...]


class Op(StrEnum):
    """How a field is compared; its code stands in the address behind the field's name, but for ``IS``."""

    IS = "is"
    NOT = "not"
    ONLY = "only"
    SOME = "some"
    NONE = "none"


ALONE = frozenset({Op.SOME, Op.NONE})
"""Operators that need no value."""

IS_OR_NOT: dict[Op, Promise] = {Op.IS: pgettext_lazy("filter", "is"), Op.NOT: pgettext_lazy("filter", "is not")}
HAS_OR_NOT: dict[Op, Promise] = {
    Op.IS: pgettext_lazy("filter", "contains"),
    Op.NOT: pgettext_lazy("filter", "does not contain"),
}
WITHIN_OR_NOT: dict[Op, Promise] = {
    Op.IS: pgettext_lazy("filter", "within"),
    Op.NOT: pgettext_lazy("filter", "not within"),
}
PRESENT: dict[Op, Promise] = {Op.SOME: pgettext_lazy("filter", "present"), Op.NONE: pgettext_lazy("filter", "empty")}


class Group(StrEnum):
    """Under which heading the builder offers a field."""

    ORDER = "order"
    GOODS = "goods"
    FIGURES = "figures"
    TIMES = "times"
    PEOPLE = "people"
    WORDS = "words"


GROUPS: dict[Group, Promise] = {
    Group.ORDER: gettext_lazy("Order and processing"),
    Group.GOODS: gettext_lazy("Goods and gifts"),
    Group.FIGURES: gettext_lazy("Amounts and sizes"),
    Group.TIMES: gettext_lazy("Times"),
    Group.PEOPLE: gettext_lazy("Buyer and receiver"),
    Group.WORDS: gettext_lazy("Messages and marks"),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, at which moment, and whether among the open orders alone (there more can be asked for at no cost)."""

    staff: Staff
    now: dt.datetime
    open_only: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a field: as it stands in the address, and as a person reads it; ``key`` is what SQL compares."""

    code: str
    label: str | Promise
    key: Any = None


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that orders can be narrowed by. ``control`` names the part of ``orders/_filter_value.html`` that asks for its value."""

    name: str
    label: Promise
    group: Group

    control: ClassVar[str] = ""
    operators: ClassVar[Mapping[Op, Promise]] = IS_OR_NOT
    longest: ClassVar[int] = 4000
    """Characters that the text of one condition may have in an address."""

    def read(self, text: str, asker: Asker) -> Values:
        """The values that a text of the address names. Raises UnableTo."""
        raise NotImplementedError

    def condition(self, values: Values, asker: Asker) -> Q:
        """What an order must meet to have one of the values."""
        raise NotImplementedError

    def q(self, op: Op, values: Values, asker: Asker) -> Q:
        """What an order must meet. An order that says nothing (NULL) is not one of the values, so ``NOT`` keeps it."""
        found = self.condition(values, asker)
        return ~found if op == Op.NOT else found

    def words(self, values: Values) -> str:
        """The values as a person reads them."""
        return enumerate_words([str(value) for value in values])

    def canonical(self, values: Values) -> str:
        """The values as they should stand in an address."""
        return join_values(str(value) for value in values)

    def compose(self, form: Form) -> str:
        """The text of an address for what was chosen in the field's control."""
        return join_values(filter(None, (value.strip() for value in form.get("value", ()))))

    def decompose(self, values: Values) -> Form:
        """What the field's control shows for the values: the inverse of ``compose``."""
        return {"value": [str(value) for value in values]}

    @property
    def searchable(self) -> bool:
        """Whether what can be chosen is so much that one types to find it."""
        return False

    def choices(self, asker: Asker, text: str = "") -> list[Choice]:
        """What can be chosen, narrowed down by what was typed; for controls that offer a choice."""
        return []

    def sentence(self, op: Op, values: Values) -> str:
        """The condition in words, as on its chip."""
        parts = {"field": self.label, "operator": self.operators[op]}
        if op in ALONE:
            return _("%(field)s: %(operator)s") % parts
        return _("%(field)s %(operator)s %(values)s") % {**parts, "values": self.words(values)}


def enumerate_words(names: Sequence[str]) -> str:
    """The first few names, and how many there are when there are more."""
    # Translators: what stands between the items of an enumeration.
    text = _(", ").join(names[:_NAMED])
    return text if len(names) <= _NAMED else _("%(names)s … (%(count)s)") % {"names": text, "count": len(names)}


def split_values(text: str, *, blanks: bool = False, most: int = MOST_VALUES) -> list[str]:
    """The values of one condition, each once; ``\\,`` is a comma within one. Raises UnableTo when there is none or are too many."""
    parts = (_COMMA_OR_BLANK if blanks else _COMMA).split(text)
    values = list(dict.fromkeys(filter(None, (part.replace("\\,", ",").strip() for part in parts))))
    if not values:
        raise UnableTo(_("Say what it is compared with."), code="filter_empty")
    if len(values) > most:
        raise UnableTo(_("At most %(count)s values can be given at once.") % {"count": most}, code="filter_too_many")
    return values


def join_values(values: Iterable[str]) -> str:
    """The text of one condition for its values."""
    return ",".join(value.replace(",", "\\,") for value in values)


def any_of(conditions: Iterable[Q]) -> Q:
    """One of the conditions."""
    found = Q()
    for condition in conditions:
        found |= condition
    return found


def no_such(text: str) -> UnableTo:
    """The refusal of a value that is none of those that can be chosen."""
    return UnableTo(_("“%(text)s” is none of what can be chosen here.") % {"text": text[:40]}, code="filter_no_such")
