"""The conditions of a list of orders as its page shows them: quick filters in a row, and a chip for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.accounts.who import signed_in
from orders.filtering.base import Choice, Op
from orders.filtering.fields import FIELDS, QUICK
from orders.filtering.matching import Condition, apply_conditions, make_asker, read_conditions
from orders.models import Order

SEARCH = "q"
NOTHING_CHOSEN: dict[str, Promise] = {
    "shop": _("All shops"),
    "warehouse": _("All warehouses"),
    "carrier": _("All carriers"),
    "deadline": _("Any deadline"),
    "reason": _("Any reason"),
    "hint": _("Any hint"),
}


@dataclass(frozen=True, slots=True)
class Quick:
    """A select above the list."""

    name: str
    label: str | Promise
    empty: str | Promise
    choices: Sequence[Choice]
    chosen: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition in words, or what is wrong with it; ``without`` is the address that lacks it, ``place`` its place among all."""

    condition: Condition
    without: str
    place: int


def params_of(request: HttpRequest) -> dict[str, list[str]]:
    """The parameters of the address."""
    return dict(request.GET.lists())


def address_without(given: QueryDict, condition: Condition) -> str:
    """The query string without this condition, at its first page."""
    query = given.copy()
    query.pop("page", None)
    kept = [text for text in query.getlist(condition.key) if text != condition.text]
    query.setlist(condition.key, kept)
    return query.urlencode()


class ListConditions:
    """What narrows the list down, read from the address once."""

    def __init__(self, request: HttpRequest, stage: str) -> None:
        self.asker = make_asker(signed_in(request), stage)
        self.all = read_conditions(params_of(request), self.asker)
        self._request = request
        self._of_row = self._find_row()

    def apply(self, found: QuerySet[Order]) -> QuerySet[Order]:
        """The orders that meet them."""
        return apply_conditions(found, self.all, self.asker)

    @property
    def active(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.all)

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by parameter."""
        return {condition.key: condition.problem for condition in self.all if condition.problem}

    def _find_row(self) -> dict[str, Condition]:
        """The conditions that the row above the list shows in its own controls: the first plain one of each field."""
        found: dict[str, Condition] = {}
        for condition in self.all:
            plain = not condition.problem and condition.op == Op.IS and len(condition.values) == 1
            if plain and condition.name in (SEARCH, *QUICK):
                found.setdefault(condition.name, condition)
        return found

    @property
    def search(self) -> str:
        """What stands in the search box."""
        return self._of_row[SEARCH].text if SEARCH in self._of_row else ""

    @property
    def quick(self) -> list[Quick]:
        """The selects of the row."""
        return [self._quick(name) for name in QUICK]

    def _quick(self, name: str) -> Quick:
        field, condition = FIELDS[name], self._of_row.get(name)
        choices = field.choices(self.asker)
        chosen = condition.values[0].code if condition else ""
        if condition and all(choice.code != chosen for choice in choices):
            choices = [*choices, condition.values[0]]
        return Quick(name, field.label, NOTHING_CHOSEN[name], choices, chosen)

    @cached_property
    def others(self) -> list[Condition]:
        """The conditions that the row does not show."""
        shown = {id(condition) for condition in self._of_row.values()}
        return [condition for condition in self.all if id(condition) not in shown]

    @cached_property
    def chips(self) -> list[Chip]:
        """Everything that the row does not show."""
        others = {id(condition) for condition in self.others}
        return [
            Chip(condition, address_without(self._request.GET, condition), place)
            for place, condition in enumerate(self.all)
            if id(condition) in others
        ]

    @cached_property
    def address(self) -> str:
        """The query string but for the stage and the page."""
        query = self._request.GET.copy()
        for name in ("stage", "page"):
            query.pop(name, None)
        return query.urlencode()
