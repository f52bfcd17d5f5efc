"""Fields whose values are chosen from a list: fixed ones, and objects that the person may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.scopes import scoped
from orders.filtering.base import (
    Asker,
    Choice,
    Field,
    Form,
    Values,
    any_of,
    enumerate_words,
    join_values,
    no_such,
    split_values,
)

OFFERED = 100
"""Objects that a control offers at once; more are found by typing."""
NO_VALUE = "none"
_AT_A_GLANCE = 12
"""Choices of a fixed list that need no search."""

Labels = Mapping[str, str | Promise]


@dataclass(frozen=True, slots=True)
class Chosen(Field):
    """What fields have in common whose values are ``Choice``."""

    control: ClassVar[str] = "pick"

    def words(self, values: Values) -> str:
        return enumerate_words([str(choice.label) for choice in values])

    def canonical(self, values: Values) -> str:
        return join_values(choice.code for choice in values)

    def decompose(self, values: Values) -> Form:
        return {"value": [choice.code for choice in values]}

    @property
    def searchable(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _Labelled(Chosen):
    """What fields have in common that offer a fixed list."""

    labels: Labels

    def read(self, text: str, asker: Asker) -> Values:
        found = []
        for code in split_values(text):
            if code not in self.labels:
                raise no_such(code)
            found.append(Choice(code, self.labels[code]))
        return tuple(found)

    @property
    def searchable(self) -> bool:
        return len(self.labels) > _AT_A_GLANCE

    def choices(self, asker: Asker, text: str = "") -> list[Choice]:
        wanted = text.casefold()
        return [Choice(code, label) for code, label in self.labels.items() if wanted in str(label).casefold()]


@dataclass(frozen=True, slots=True)
class Listed(_Labelled):
    """A column that holds one of a few codes (a number where ``numeric``); ``none`` is an empty text."""

    column: str
    numeric: bool = False

    def condition(self, values: Values, asker: Asker) -> Q:
        codes = [int(choice.code) if self.numeric else choice.code.replace(NO_VALUE, "") for choice in values]
        return Q(**{f"{self.column}__in": codes})


@dataclass(frozen=True, slots=True)
class Cases(_Labelled):
    """A few cases, each with a condition of its own."""

    case: Callable[[str, Asker], Q]

    def condition(self, values: Values, asker: Asker) -> Q:
        return any_of(self.case(choice.code, asker) for choice in values)


@dataclass(frozen=True, slots=True)
class Codes(_Labelled):
    """Columns with arrays of codes, any of which may hold the value."""

    columns: tuple[str, ...]

    def condition(self, values: Values, asker: Asker) -> Q:
        codes = [choice.code for choice in values]
        # The index holds the orders that have any: it serves a condition that says so.
        return any_of(~Q(**{column: []}) & Q(**{f"{column}__overlap": codes}) for column in self.columns)


def yes_or_no(condition: Q) -> Callable[[str, Asker], Q]:
    """The case of a field that is yes or no."""
    return lambda code, _asker: condition if code == "yes" else ~condition


YES_NO: Labels = {"yes": _("Yes"), "no": _("No")}


@dataclass(frozen=True, slots=True)
class References(Chosen):
    """A column that points at objects which the person may see, found by ``search`` (lookups) and called ``title``.

    ``without`` is what no object at all is called; None where there always is one. Where ``of_all`` is said, everybody sees them.
    ``called`` is the column that is the title, where one is: what is offered is then read without the rest.
    """

    column: str
    rows: Callable[[], QuerySet[Any]]
    search: tuple[str, ...]
    title: Callable[[Any], str] = str
    without: Promise | None = None
    of_all: bool = False
    called: str = ""

    def read(self, text: str, asker: Asker) -> Values:
        codes = split_values(text)
        ids = {int(code) for code in codes if code.isascii() and code.isdigit() and len(code) < 19}
        found = {str(row.pk): row for row in self._mine(asker).filter(pk__in=ids)} if ids else {}
        return tuple(self._choice(code, found.get(code)) for code in codes)

    def _choice(self, code: str, row: Model | None) -> Choice:
        if code == NO_VALUE and self.without is not None:
            return Choice(NO_VALUE, self.without)
        if row is None:
            raise no_such(code)
        return Choice(str(row.pk), self.title(row), row.pk)

    def condition(self, values: Values, asker: Asker) -> Q:
        keys = [choice.key for choice in values if choice.key is not None]
        found = Q(**{f"{self.column}__in": keys}) if keys else Q()
        if len(keys) < len(values):
            found |= Q(**{f"{self.column}__isnull": True})
        return found

    def choices(self, asker: Asker, text: str = "") -> list[Choice]:
        rows = self._mine(asker)
        if text:
            rows = rows.filter(any_of(Q(**{f"{lookup}__icontains": text}) for lookup in self.search)).distinct()
        if self.called:
            found = [Choice(str(pk), name, pk) for pk, name in rows.values_list("pk", self.called)[:OFFERED]]
        else:
            found = [Choice(str(row.pk), self.title(row), row.pk) for row in rows[:OFFERED]]
        return found if self.without is None or text else [Choice(NO_VALUE, self.without), *found]

    def _mine(self, asker: Asker) -> QuerySet[Any]:
        return self.rows() if self.of_all else scoped(self.rows(), asker.staff)
