"""The form of a rule, made from its page; the time span of a comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.accounts.models import Staff
from oms.accounts.scopes import scoped
from oms.catalog.models import Shop
from oms.core.columns import LineError
from oms.core.rule_kinds import Problem
from orders.tariff_rows import CELLS, ReadRows, read_typed, show_rows
from orders.web.rules import conditions
from orders.web.rules.fields import Kept
from orders.web.rules.pages import Page

ROWS_SHOWN = 500
"""Rows of a table that can be edited on the page; longer ones are changed by import."""

STEP = 10


class RuleForm(forms.Form):
    """Everything that a rule says, as it is typed. ``version`` is that of the rule which the person looked at."""

    note = forms.CharField(label=gettext_lazy("Note to the change"), max_length=300, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        page: Page,
        staff: Staff,
        data: QueryDict | None = None,
        *,
        content: Mapping[str, Any] | None = None,
        version: int | None = None,
        priority: int | None = None,
    ) -> None:
        super().__init__(data)
        self.page = page
        ranked = {} if priority is None else {"priority": priority}
        self._base = page.rule_kind.complete({**page.fixed, **ranked, **(content or {})})
        self.initial["version"] = version
        self.warnings: list[str] = []
        self.row_errors: list[LineError] = []
        described = page.fields(staff)
        for name, field in described.items():
            if isinstance(field, Kept) and (content is not None or field.initial is None):
                self.initial[name] = field.show(self._base[name])
        self.fields = {**described, **self.fields}
        self._names = tuple(described)
        self._read_children(data)

    def _read_children(self, data: QueryDict | None) -> None:
        self.conditions: list[conditions.Row] = []
        self.table: list[list[str]] = []
        self._good = True
        if "conditions" in self._base:
            if data is None:
                self.conditions = conditions.rows_of(self._base["conditions"])
            else:
                self.conditions, self._base["conditions"], self._good = conditions.read_rows(data)
        if self.page.rows:
            if data is None:
                self.table = show_rows(self.page.rows, self._base[self.page.rows][:ROWS_SHOWN])
            elif self.edits_rows:
                self.table = typed_rows(self.page.rows, data)
                self.take_rows(read_typed(self.page.rows, self.table))

    @property
    def edits_rows(self) -> bool:
        """Whether the rows can be typed on the page."""
        return bool(self.page.rows) and len(self._base[self.page.rows]) <= ROWS_SHOWN

    @property
    def row_count(self) -> int:
        return len(self._base[self.page.rows]) if self.page.rows else 0

    def take_rows(self, read: ReadRows) -> None:
        """Put rows that were read into the content."""
        self._base[self.page.rows] = list(read.rows)
        self.row_errors = list(read.errors)
        self._good = self._good and not read.errors

    def is_valid(self) -> bool:
        """Whether everything can be read: the fields, the conditions and the rows."""
        return super().is_valid() and self._good

    def content(self) -> dict[str, Any]:
        """The content that the form describes."""
        typed = {}
        for name in self._names:
            field = self.fields[name]
            if isinstance(field, Kept):
                typed[name] = field.keep(self.cleaned_data[name])
        return {**self._base, **typed, **self.page.fixed}

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Put each sentence at the field it is about; warnings are kept apart."""
        for problem in problems:
            if problem.warning:
                self.warnings.append(problem.sentence)
            else:
                self.add_error(problem.field if problem.field in self.fields else None, problem.sentence)

    def plain_fields(self) -> list[Any]:
        """The fields of the rule, without note and version."""
        return [self[name] for name in self._names]


def typed_rows(children: str, data: QueryDict) -> list[list[str]]:
    """The rows of a table as they were typed; rows without anything are left out."""
    columns: Sequence[Sequence[str]] = [data.getlist(f"row-{cell.name}") for cell in CELLS[children]]
    rows = [[cell.replace("\x00", "").strip()[:200] for cell in row] for row in zip(*columns, strict=False)]
    return [row for row in rows if any(row)]


def next_priority(page: Page) -> int:
    """The rank of a new rule: after all others of its page."""
    last = page.rule_kind.model._default_manager.filter(**page.fixed).order_by("-priority").first()
    return STEP if last is None else int(getattr(last, "priority", 0)) + STEP


class SpanForm(forms.Form):
    """The past days, and shops, that a comparison looks at."""

    since = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    shop = forms.MultipleChoiceField(label=gettext_lazy("Shops"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, staff: Staff, data: QueryDict | None = None) -> None:
        today = timezone.localdate()
        super().__init__(data, initial={"since": today - dt.timedelta(days=6), "until": today})
        shops = scoped(Shop.objects.order_by("name"), staff).values_list("id", "name")
        self.fields["shop"].choices = [(str(pk), name) for pk, name in shops]  # type: ignore[attr-defined]

    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """From the first moment of the first day to that after the last one."""
        zone = timezone.get_current_timezone()
        first, last = self.cleaned_data["since"], self.cleaned_data["until"] + dt.timedelta(days=1)
        return (
            dt.datetime.combine(first, dt.time(), tzinfo=zone),
            dt.datetime.combine(last, dt.time(), tzinfo=zone),
        )

    def shop_ids(self) -> list[int]:
        return [int(one) for one in self.cleaned_data["shop"]]

    def sentence(self) -> str:
        """What is wrong with it."""
        found = [str(error) for errors in self.errors.values() for error in errors]
        return " ".join(found) or _("Give the first and the last day.")
