"""The kinds of rule there are: which model keeps them, what of it is their content, and what makes a content impossible.

A kind is declared once, where its model lives, and registered when its app is ready. Content is plain JSON: amounts as text, dates in
ISO form, related rows as ids, children (rates of a table, tiers of a scheme) as lists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a content is refused, or what its author should know (``warning``). ``field`` names the part it is about."""

    field: str
    code: str
    sentence: str
    warning: bool = False


def _no_problems(_content: Mapping[str, Any], _rule_id: int | None) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True, slots=True)
class Children:
    """Rows that belong to a rule and are replaced with it: their model, its foreign key to the rule, and their fields."""

    name: str
    model: type[models.Model]
    parent: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One kind of rule. The model has ``version``; ``fields`` and ``children`` make the content; ``check`` finds contradictions."""

    name: str
    model: type[models.Model]
    fields: tuple[str, ...]
    children: tuple[Children, ...] = ()
    check: Callable[[Mapping[str, Any], int | None], Iterable[Problem]] = field(default=_no_problems)

    def content_of(self, rule: models.Model) -> Content:
        """What the rule says now."""
        content = _read(rule, self.fields)
        for children in self.children:
            rows = children.model._default_manager.filter(**{children.parent: rule.pk}).order_by("pk")
            content[children.name] = [_read(row, children.fields) for row in rows]
        return content

    def complete(self, content: Mapping[str, Any]) -> Content:
        """The content with the defaults of what it leaves out. Raises KeyError for a name that the kind does not have."""
        unknown = content.keys() - {*self.fields, *(children.name for children in self.children)}
        if unknown:
            raise KeyError(f"{self.name} has no {sorted(unknown)}")
        full = _read(self.model(), self.fields)
        full.update({children.name: [] for children in self.children})
        return {**full, **_plain(dict(content))}

    def instance(self, content: Mapping[str, Any], rule_id: int | None = None, version: int = 0) -> models.Model:
        """A rule that says the content, not saved. Raises ValidationError."""
        rule = self.model(pk=rule_id, version=version, **_write(self.model, self.fields, content))
        # Constraints are checked against the other rules, not against what this one says so far.
        rule._state.adding = rule_id is None
        return rule

    def child_instances(
        self, content: Mapping[str, Any], rule_id: int
    ) -> Iterable[tuple[Children, list[models.Model]]]:
        """The children that the content names, not saved. Raises ValidationError."""
        for children in self.children:
            parent = children.model._meta.get_field(children.parent).attname  # type: ignore[union-attr]
            yield (
                children,
                [
                    children.model(**{parent: rule_id}, **_write(children.model, children.fields, item))
                    for item in content.get(children.name, ())
                ],
            )


def _column(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    found = model._meta.get_field(name)
    if not isinstance(found, models.Field):
        raise TypeError(f"{model.__name__}.{name} is no column")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return str(value)
    return value


def _read(row: models.Model, names: Iterable[str]) -> Content:
    return {name: _plain(getattr(row, _column(type(row), name).attname)) for name in names}


def _write(model: type[models.Model], names: Iterable[str], content: Mapping[str, Any]) -> Content:
    values: Content = {}
    for name in names:
        if name not in content:
            continue
        column = _column(model, name)
        try:
            values[column.attname] = column.to_python(content[name])
        except ValidationError as error:
            raise ValidationError({name: error}) from error
    return values


_kinds: dict[str, RuleKind] = {}


def register(kind: RuleKind) -> None:
    """Make a kind known under its name; the same kind again changes nothing."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise RuntimeError(f"two kinds of rule are called {kind.name}")


def kind_of(name: str) -> RuleKind:
    """The kind of this name. Raises KeyError."""
    return _kinds[name]


def kinds() -> list[RuleKind]:
    """All kinds, by name."""
    return [_kinds[name] for name in sorted(_kinds)]
