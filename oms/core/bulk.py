"""Bulk writes: COPY for new rows, UPDATE … FROM unnest for changed ones.

One statement whatever the number of rows. Values travel as PostgreSQL's COPY text format
(https://www.postgresql.org/docs/current/sql-copy.html, "Text Format") and as arrays with explicit types.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

Row = Sequence[Any]

_SPECIAL = re.compile(r"[\\\t\n\r\b\f\v\x00]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\x00": ""}


class Json:
    """Marks a value that is to be stored as jsonb. NUL characters, which PostgreSQL cannot hold, are dropped."""

    __slots__ = ("text",)

    def __init__(self, value: Any) -> None:
        self.text = orjson.dumps(value).decode().replace("\\u0000", "")


def _escape(text: str) -> str:
    return text if _SPECIAL.search(text) is None else _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text)


def _quoted(value: Any) -> str:
    text = str(value).replace("\x00", "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


_IN_ARRAY: dict[type[Any], Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    int: str,
    bool: lambda value: "t" if value else "f",
    Decimal: str,
    dt.datetime: dt.datetime.isoformat,
    bytes: lambda value: '"\\\\x' + value.hex() + '"',
    memoryview: lambda value: '"\\\\x' + value.hex() + '"',
}


def array_text(values: Iterable[Any]) -> str:
    """The values as one array in PostgreSQL's text form, for a parameter that says what it is: ``%s::bigint[]``.

    A list travels as ARRAY[…], of which PostgreSQL reads every element as an expression: four times the time of all else in a statement
    that changes five hundred rows. Source of the form: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO.
    """
    return "{" + ",".join([_IN_ARRAY.get(type(value), _quoted)(value) for value in values]) + "}"


_TO_COPY: dict[type[Any], Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    int: str,
    bool: lambda value: "t" if value else "f",
    str: _escape,
    Decimal: str,
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
    bytes: lambda value: "\\\\x" + value.hex(),
    memoryview: lambda value: "\\\\x" + value.hex(),
    uuid.UUID: str,
    # JSON holds no raw control characters, so that the backslash alone is to be escaped.
    Json: lambda value: value.text.replace("\\", "\\\\"),
    dict: lambda value: Json(value).text.replace("\\", "\\\\"),
    list: lambda value: _escape(array_text(value)),
    tuple: lambda value: _escape(array_text(value)),
}


def copy_text(value: Any) -> str:
    """One value in COPY text format; str subclasses such as enumerations count as text. Raises TypeError."""
    convert = _TO_COPY.get(type(value))
    if convert is None:
        if not isinstance(value, str):
            raise TypeError(f"no COPY form for {type(value).__name__}")
        convert = _TO_COPY[type(value)] = lambda member: _escape(str.__str__(member))
    return convert(value)


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert the rows by COPY into the model's table and return how many.

    ``columns`` are column names, not field names. Constraints and triggers apply as for INSERT.
    """
    lines: list[str] = []
    for row in rows:
        try:
            lines.append("\t".join([_TO_COPY[type(value)](value) for value in row]))
        except KeyError:
            lines.append("\t".join(map(copy_text, row)))
    if not lines:
        return 0
    lines.append("")
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO("\n".join(lines)))
    return len(lines) - 1


def column_type_of(field: models.Field[Any, Any]) -> str:
    """The type of the field's column. Raises TypeError when it has none."""
    column_type = field.rel_db_type(connection) if field.remote_field else field.db_type(connection)
    if column_type is None:
        raise TypeError(f"{field} has no column")
    return column_type


def _text_cast(field: models.Field[Any, Any]) -> str:
    """The cast of a value that travelled as text."""
    column_type = column_type_of(field)
    return f"::{column_type}" if column_type == "jsonb" or isinstance(field, ArrayField) else ""


def update_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    key: Sequence[str] = ("id",),
    where: str = "",
    params: Sequence[Any] = (),
    assignments: str = "",
    returning: Sequence[str] = ("id",),
) -> list[tuple[Any, ...]]:
    """Update many rows, each to its own values, by one UPDATE … FROM unnest, and return what RETURNING gives.

    Each row holds the key columns first, then ``columns``. ``where`` is an extra condition (``t`` is the table,
    ``v`` the values) that a row must meet to be changed: rows that do not are simply not returned.
    ``assignments`` are further SET items in SQL, such as ``"version = t.version + 1"``.
    """
    if not rows:
        return []
    quote = connection.ops.quote_name
    values, arrays = values_of(model, (*key, *columns), rows)
    sets = [*set_items(model, columns), *([assignments] if assignments else [])]
    match = " AND ".join(f"t.{quote(name)} = v.{quote(name)}" for name in key)
    condition = f" AND ({where})" if where else ""
    statement = (
        f"UPDATE {quote(model._meta.db_table)} t SET {', '.join(sets)} FROM {values} "
        f"WHERE {match}{condition} RETURNING {', '.join('t.' + quote(name) for name in returning)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*arrays, *params])
        return list(cursor.fetchall())


def values_of(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, also: Mapping[str, str] | None = None
) -> tuple[str, list[str]]:
    """The rows as a table ``v`` with the model's columns, and its parameters, one array a column.

    ``also`` are columns that the model has not, with their types; a row holds their values last.
    """
    further = also or {}
    fields = _fields_of(model)
    arrays, casts = [], []
    for position, name in enumerate(columns):
        column_type = column_type_of(fields[name])
        values = [row[position] for row in rows]
        if column_type == "jsonb":
            values = [None if v is None else (v.text if type(v) is Json else orjson.dumps(v).decode()) for v in values]
            casts.append("%s::text[]")
        elif isinstance(fields[name], ArrayField):
            # unnest would flatten an array of arrays, so each travels as its text form.
            values = [None if v is None else array_text(v) for v in values]
            casts.append("%s::text[]")
        else:
            casts.append(f"%s::{column_type}[]")
        arrays.append(array_text(values))
    for position, column_type in enumerate(further.values(), start=len(columns)):
        arrays.append(array_text([row[position] for row in rows]))
        casts.append(f"%s::{column_type}[]")
    names = ", ".join(map(connection.ops.quote_name, (*columns, *further)))
    return f"unnest({', '.join(casts)}) AS v({names})", arrays


def set_items(model: type[models.Model], columns: Iterable[str]) -> list[str]:
    """The SET items that put the values of ``v`` (``values_of``) into the model's columns."""
    fields, quote = _fields_of(model), connection.ops.quote_name
    return [f"{quote(name)} = v.{quote(name)}{_text_cast(fields[name])}" for name in columns]


def _fields_of(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    return {field.column: field for field in model._meta.concrete_fields if field.column}
