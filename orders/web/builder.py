"""The builder of conditions: a dialog of rows (field, operator, value), made and checked here, applied as an address."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from oms.accounts.gate import needs
from oms.accounts.who import signed_in
from oms.core.errors import UnableTo
from orders.filtering.base import ALONE, GROUPS, Asker, Choice, Field, Form, Op, join_values
from orders.filtering.fields import BY_GROUP, FIELDS
from orders.filtering.matching import (
    MOST_CONDITIONS,
    OF_THE_PAGE,
    Condition,
    make_asker,
    read_condition,
    read_conditions,
)
from orders.filtering.pasted import pack
from orders.states import CS_REVIEW
from orders.web.conditions import SEARCH, params_of

_KEPT = (*sorted(OF_THE_PAGE - {"page"}), SEARCH)
"""Parameters that the builder hands on as they are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One condition in the dialog; ``form`` is what its control shows, ``at`` tells its inputs from those of other rows."""

    at: str
    field: Field
    op: Op
    form: Form
    choices: Sequence[Choice] = ()
    problem: str = ""
    focus: bool = False

    @property
    def operators(self) -> list[tuple[str, str | Promise]]:
        return [(op.value, label) for op, label in self.field.operators.items()]

    @property
    def alone(self) -> bool:
        """Whether there is nothing to compare with."""
        return self.op in ALONE

    @property
    def chosen(self) -> Sequence[str]:
        return self.form.get("value", ())

    @property
    def text(self) -> str:
        return "".join(self.chosen[:1])

    @property
    def low(self) -> str:
        return "".join(self.form.get("low", ())[:1])

    @property
    def high(self) -> str:
        return "".join(self.form.get("high", ())[:1])

    @property
    def preset(self) -> str:
        return "".join(self.form.get("preset", ())[:1])


def _choices(field: Field, form: Form, asker: Asker, text: str = "") -> list[Choice]:
    """What can be chosen, with what is chosen already in front of it."""
    offered = field.choices(asker, text)
    preset = "".join(form.get("preset", ())[:1])
    if preset and all(choice.code != preset for choice in offered):
        # A span that no button offers came by the address: it stays one that can be chosen.
        return [*offered, Choice(preset, field.words(field.read(preset, asker)))]
    if not field.searchable or not form.get("value"):
        return offered
    try:
        chosen = list(field.read(join_values(form["value"]), asker))
    except UnableTo:
        return offered
    codes = {choice.code for choice in chosen}
    return chosen + [choice for choice in offered if choice.code not in codes]


def _make_row(
    field: Field, op: Op, form: Form, asker: Asker, *, at: str = "", problem: str = "", focus: bool = False
) -> Row:
    choices = [] if op in ALONE else _choices(field, form, asker)
    return Row(at or _new_name(), field, op, form, choices, problem, focus)


def _row_of(condition: Condition, asker: Asker, *, focus: bool) -> Row | None:
    """The row that edits a condition; None where no field is known by its name."""
    field = condition.field
    if field is None or field.name == SEARCH:
        return None
    op = condition.op if condition.op in field.operators else next(iter(field.operators))
    form: Form = field.decompose(condition.values) if condition.values else {}
    if condition.problem and not condition.values and op not in ALONE:
        form = {"value": [condition.text]}
    return _make_row(field, op, form, asker, problem=condition.problem, focus=focus)


def _asked_stage(given: QueryDict) -> str:
    return given.get("stage", "") or CS_REVIEW


def _context(given: QueryDict, rows: Sequence[Row]) -> dict[str, object]:
    groups = [(GROUPS[group], fields) for group, fields in BY_GROUP.items()]
    kept = [(name, given[name]) for name in _KEPT if given.get(name)]
    return {"rows": rows, "groups": groups, "kept": kept, "editing": any(row.focus or row.problem for row in rows)}


@require_safe
@needs("orders.view_order")
def filter_dialog(request: HttpRequest) -> HttpResponse:
    """The rows for the conditions of an address; ``edit`` is the place of the one that is to be changed."""
    asker = make_asker(signed_in(request), _asked_stage(request.GET))
    edited = request.GET.get("edit", "")
    given = {key: texts for key, texts in params_of(request).items() if key != "edit"}
    conditions = read_conditions(given, asker)
    rows = [_row_of(condition, asker, focus=str(place) == edited) for place, condition in enumerate(conditions)]
    return _render(request, "orders/_filter_builder.html", _context(request.GET, [row for row in rows if row]))


@require_safe
@needs("orders.view_order")
def filter_row(request: HttpRequest) -> HttpResponse:
    """A row for a field, new or with another operator."""
    field = FIELDS.get(request.GET.get("field", ""))
    if field is None or field.name == SEARCH:
        raise Http404
    asker = make_asker(signed_in(request), _asked_stage(request.GET))
    at = _name(request.GET.get("at", ""))
    wanted = request.GET.get(f"{at}-op", "")
    op = next((known for known in field.operators if known == wanted), next(iter(field.operators)))
    row = _make_row(field, op, _form_of(request.GET, at), asker, at=at, focus=True)
    return _render(request, "orders/_filter_row.html", {"row": row})


@require_safe
@needs("orders.view_order")
def filter_choices(request: HttpRequest) -> HttpResponse:
    """What can be chosen in a row, narrowed down by what was typed; what is chosen stays."""
    field = FIELDS.get(request.GET.get("field", ""))
    if field is None:
        raise Http404
    asker = make_asker(signed_in(request), _asked_stage(request.GET))
    at = _name(request.GET.get("at", ""))
    form = _form_of(request.GET, at)
    text = request.GET.get(f"{at}-search", "").replace("\0", "").strip()[:100]
    row = Row(at, field, Op.IS, form, _choices(field, form, asker, text))
    return _render(request, "orders/_filter_choices.html", {"row": row})


@require_POST
@needs("orders.view_order")
def filter_apply(request: HttpRequest) -> HttpResponse:
    """To the address with the conditions of the dialog; back to the dialog with a sentence at every row that is wrong."""
    asker = make_asker(signed_in(request), _asked_stage(request.POST))
    rows, pairs = [], [(name, request.POST[name]) for name in _KEPT if request.POST.get(name)]
    for at in request.POST.getlist("row")[: MOST_CONDITIONS + 1]:
        field = FIELDS.get(request.POST.get(f"{at}-field", ""))
        if field is None or field.name == SEARCH:
            continue
        form = _form_of(request.POST, at)
        condition = _read(field, request.POST.get(f"{at}-op", ""), form, asker)
        rows.append(
            _make_row(
                field, condition.op, form, asker, at=_name(at), problem=condition.problem, focus=bool(condition.problem)
            )
        )
        if not condition.problem:
            text = "yes" if condition.op in ALONE else pack(field.canonical(condition.values))
            pairs.append((condition.key, text))
    if len(rows) > MOST_CONDITIONS or any(row.problem for row in rows):
        first = next((row for row in rows if row.problem), None)
        context = _context(request.POST, rows)
        if first is None:
            context["problem"] = _("At most %(count)s conditions.") % {"count": MOST_CONDITIONS}
        return _render(request, "orders/_filter_builder.html", context)
    return HttpResponseClientRedirect(f"{reverse('orders:workbench')}?{urlencode(pairs)}")


def _read(field: Field, op: str, form: Form, asker: Asker) -> Condition:
    """The condition that a row asks for."""
    key = field.name if op == Op.IS else f"{field.name}.{op}"
    return read_condition(key, "yes" if op in ALONE else field.compose(form), asker)


def _form_of(given: QueryDict, at: str) -> dict[str, list[str]]:
    """What the inputs of a row say."""
    names = ("value", "low", "high", "preset")
    return {name: given.getlist(f"{at}-{name}") for name in names if f"{at}-{name}" in given}


def _name(text: str) -> str:
    """The text if it can tell inputs apart; a new one otherwise."""
    return text if re.fullmatch(r"r[0-9a-z]{1,15}", text) else _new_name()


def _new_name() -> str:
    return f"r{secrets.token_hex(4)}"


def _render(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response
