"""From the parameters of an address to orders: the one place where a stage and conditions become a scoped queryset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.accounts.models import Staff
from oms.core.errors import UnableTo
from orders.filtering.base import ALONE, Asker, Field, Op, Values
from orders.filtering.fields import FIELDS
from orders.filtering.pasted import unpack
from orders.models import Order
from orders.queries import ALL_OPEN, order_list
from orders.states import OPEN, STATES, SUPERSEDED

STAGES = (ALL_OPEN, *(state for state in STATES if state != SUPERSEDED))
OF_THE_PAGE = frozenset({"stage", "sort", "page", "view"})
"""Parameters of a list that narrow nothing."""
MOST_CONDITIONS = 30
_SHOWN = 40
"""Characters that are shown of a name which is no field's."""

Params = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it stands in an address (``key`` = ``text``); with a ``problem`` it could not be understood and narrows nothing."""

    key: str
    text: str
    field: Field | None = None
    op: Op = Op.IS
    values: Values = ()
    problem: str = ""
    code: str = "filter_unknown"

    @property
    def name(self) -> str:
        """The field's name, or what stands for it."""
        return self.key.partition(".")[0]

    @property
    def sentence(self) -> str:
        """What is asked for, or what is wrong."""
        if self.field is None or self.problem:
            return f"{self.field.label if self.field else self.key[:_SHOWN]}: {self.problem}"
        return self.field.sentence(self.op, self.values)

    def q(self, asker: Asker) -> Q:
        """What an order must meet. Raises UnableTo when that could not be understood."""
        if self.field is None or self.problem:
            raise UnableTo(self.sentence, code=self.code)
        return self.field.q(self.op, self.values, asker)


def make_asker(staff: Staff, stage: str, now: dt.datetime | None = None) -> Asker:
    """Who asks for a stage, now."""
    return Asker(staff, now or timezone.now(), open_only=stage == ALL_OPEN or stage in OPEN)


def read_conditions(params: Params, asker: Asker) -> list[Condition]:
    """The conditions of an address, those with a mistake with a sentence. Empty values are none; the page's own parameters neither."""
    given = [(key, text) for key, texts in params.items() if key not in OF_THE_PAGE for text in texts if text.strip()]
    found = [read_condition(key, text, asker) for key, text in given[:MOST_CONDITIONS]]
    for key, text in given[MOST_CONDITIONS : MOST_CONDITIONS + 1]:
        problem = _("At most %(count)s conditions.") % {"count": MOST_CONDITIONS}
        found.append(Condition(key, text, problem=problem, code="filter_too_many"))
    return found


def read_condition(key: str, text: str, asker: Asker) -> Condition:
    """One condition; a mistake is told by its sentence."""
    name, dot, code = key.partition(".")
    field = FIELDS.get(name)
    if field is None:
        return Condition(key, text, problem=_("There is no such condition."))
    op = next((known for known in field.operators if known == (code or Op.IS)), None)
    if op is None or (dot and op == Op.IS):
        return Condition(key, text, field, problem=_("It cannot be compared in this way."), code="filter_operator")
    try:
        return Condition(key, text, field, op, _read(field, op, text, asker))
    except UnableTo as error:
        return Condition(key, text, field, op, problem=str(error), code=error.code)


def _read(field: Field, op: Op, text: str, asker: Asker) -> Values:
    if op in ALONE:
        return ()
    if "\x00" in text:
        raise UnableTo(_("It holds a character that no order has."), code="filter_character")
    text = unpack(text)
    if len(text) > field.longest:
        raise UnableTo(_("At most %(count)s characters.") % {"count": field.longest}, code="filter_too_long")
    return field.read(text, asker)


def apply_conditions(found: QuerySet[Order], conditions: Iterable[Condition], asker: Asker) -> QuerySet[Order]:
    """The orders that meet all of the conditions; those with a problem narrow nothing."""
    for condition in conditions:
        if not condition.problem:
            found = found.filter(condition.q(asker))
    return found


def orders_matching(staff: Staff, stage: str, params: Params, *, now: dt.datetime | None = None) -> QuerySet[Order]:
    """The orders of a stage that the staff member may see and that meet all conditions of the parameters, in the list's order.

    ``params`` are those of the page's address (``dict(request.GET.lists())``). Raises UnableTo with a sentence that names the field for
    a stage, a condition or a value that is not understood: what is done to "all that match" must not be done to more.
    """
    if stage not in STAGES:
        raise UnableTo(_("There is no stage “%(stage)s”.") % {"stage": stage[:40]}, code="filter_stage")
    asker = make_asker(staff, stage, now)
    conditions = read_conditions(params, asker)
    found = order_list(staff, stage)
    for condition in conditions:
        found = found.filter(condition.q(asker))
    return found
