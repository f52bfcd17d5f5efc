"""The conditions of an approval policy as rows of a form: a kind, and its fields as they are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.engine.approval.base import BadCondition
from orders.engine.approval.kinds import CLASSES, KINDS, read_condition
from orders.rule_sentences import worded
from orders.web.rules import fields

MOST = 30
_GOODS = (
    ("only", gettext_lazy("nothing else")),
    ("any", gettext_lazy("one of them")),
    ("none", gettext_lazy("none of them")),
)
_TEXT = (
    ("absent", gettext_lazy("is empty")),
    ("present", gettext_lazy("is not empty")),
    ("contains", gettext_lazy("contains one of")),
    ("lacks", gettext_lazy("contains none of")),
)


def _fields_of(kind: str) -> dict[str, fields.Kept]:
    """The form's fields of a condition's fields."""
    if kind in {"message", "memo"}:
        return {"mode": fields.Choice(choices=_TEXT), "words": fields.Names(label=gettext_lazy("Words"))}
    if kind == "products":
        return {"mode": fields.Choice(choices=_GOODS), "skus": fields.Skus(label=gettext_lazy("Merchant codes"))}
    if kind == "category":
        return {"mode": fields.Choice(choices=_GOODS), "categories": fields.Names(label=gettext_lazy("Categories"))}
    if kind == "region":
        where = (("in", gettext_lazy("goes to")), ("out", gettext_lazy("does not go to")))
        return {"mode": fields.Choice(choices=where), "regions": fields.Regions(label=gettext_lazy("Regions"))}
    if kind == "payment":
        return {
            "payment": fields.Choice(
                choices=(("online", gettext_lazy("Paid online")), ("cod", gettext_lazy("Cash on delivery")))
            )
        }
    if kind == "margin":
        units = (("yuan", gettext_lazy("yuan")), ("percent", gettext_lazy("percent")))
        return {
            "least": fields.Text(label=gettext_lazy("At least"), required=False, max_length=12),
            "unit": fields.Choice(choices=units),
        }
    if kind == "hours":
        return {
            "start": fields.Text(label=gettext_lazy("From (09:30)"), required=False, max_length=5),
            "end": fields.Text(label=gettext_lazy("To (18:00)"), required=False, max_length=5),
            "days": fields.Names(label=gettext_lazy("Days (1 to 7)")),
        }
    if kind == "first_time":
        return {"wanted": fields.Flag(label=gettext_lazy("asks for new buyers"))}
    return {
        name: fields.Text(
            label=gettext_lazy("At least") if name == "min" else gettext_lazy("At most"), required=False, max_length=16
        )
        for name in KINDS[kind].FIELDS
    }


@dataclass(frozen=True, slots=True)
class Row:
    """A condition on the page: its number there, kind, the form of its fields, and what is wrong with it."""

    number: str
    kind: str
    label: str
    form: forms.Form
    error: str = ""


def row_of(number: str, kind: str, data: QueryDict | None = None, value: Mapping[str, Any] | None = None) -> Row:
    """The row of a condition, as it is kept or as it was typed."""
    form = forms.Form(data, prefix=f"condition-{number}")
    for name, field in _fields_of(kind).items():
        if isinstance(field, forms.Field):
            form.fields[name] = field
            if value is not None and name in value:
                form.initial[name] = field.show(value[name])
    return Row(number, kind, _(KINDS[kind].LABEL), form)


def rows_of(conditions: Sequence[Any]) -> list[Row]:
    """The rows of kept conditions; one that cannot be read is left out."""
    known = [one for one in conditions if isinstance(one, Mapping) and one.get("kind") in KINDS]
    return [row_of(str(n), str(one["kind"]), value=one) for n, one in enumerate(known)]


def read_rows(data: QueryDict) -> tuple[list[Row], list[dict[str, Any]], bool]:
    """The rows as they were typed, the conditions of them, and whether all can be read."""
    rows: list[Row] = []
    conditions: list[dict[str, Any]] = []
    good = True
    for number in list(dict.fromkeys(data.getlist("condition")))[:MOST]:
        kind = data.get(f"condition-{number}-kind", "")
        if kind not in KINDS or not number.isalnum() or len(number) > 8:
            continue
        row = row_of(number, kind, data)
        content: dict[str, Any] = {"kind": kind}
        error = ""
        if row.form.is_valid():
            content.update({name: value for name, value in row.form.cleaned_data.items() if value not in ("", None)})
            try:
                read_condition(content)
            except BadCondition as problem:
                error = worded(problem.sentence)
        else:
            error = _first_error(row.form)
        good = good and not error
        rows.append(Row(row.number, row.kind, row.label, row.form, error))
        conditions.append(content)
    return rows, conditions, good


def _first_error(form: forms.Form) -> str:
    found: list[ValidationError] = [error for errors in form.errors.as_data().values() for error in errors]
    return " ".join(message for error in found for message in error.messages)


def fresh_rows() -> list[Row]:
    """An empty row of each kind, from which the page makes new ones."""
    return [row_of("NEW", cls.KIND) for cls in CLASSES]
