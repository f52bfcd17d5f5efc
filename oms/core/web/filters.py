"""Filters above a list: django-filter's sets with what ``parts/filters.html`` asks of them.

A value that cannot be read is shown with its reason and filters nothing; the others apply.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.utils.functional import Promise


class ListFilters(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of one list, read from the address: ``SomeFilters(request, queryset).qs``."""

    def __init__(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().__init__(request.GET, queryset=queryset, request=request)

    @property
    def visible_fields(self) -> list[BoundField]:
        """The fields in the order of their declaration, each with its ``widget_type``."""
        return list(self.form.visible_fields())

    @property
    def active(self) -> bool:
        """Whether anything is filtered by, so that it can be cleared."""
        return any(self.data.get(name, "").strip() for name in self.form.fields)


def search_box(placeholder: str | Promise) -> forms.TextInput:
    """The widget of a filter one types into; ``data-search`` is where the key / leads."""
    return forms.TextInput(
        attrs={"type": "search", "placeholder": placeholder, "maxlength": 100, "autocomplete": "off", "data-search": ""}
    )


def day_box() -> forms.DateInput:
    """The widget of a filter by day."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
