"""Comparisons that PostgreSQL has and the ORM lacks."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Lookup
from django.db.models.fields.related import ForeignObject
from django.db.models.sql.compiler import SQLCompiler

from oms.core.bulk import array_text, column_type_of


class AnyOf(Lookup):
    """The column equals one of an array's elements: ``column = ANY(array)``."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """The comparison and its parameters."""
        column, column_params = self.process_lhs(compiler, connection)
        array, array_params = self.process_rhs(compiler, connection)
        if self.rhs_is_direct_value():
            array, array_params = f"{array}::{column_type_of(self.lhs.output_field)}[]", (array_text(self.rhs),)
        return f"{column} = ANY({array})", (*column_params, *array_params)


def register() -> None:
    """Make the lookups known to every field; harmless when done twice."""
    for kind in (Field, ForeignObject):
        kind.register_lookup(AnyOf)
